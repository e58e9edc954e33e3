package org.minillm.app.corpus;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a skeleton's text, checked: everything it names exists. */
sealed interface Piece {
  /** Text as it stands. */
  record Literal(String text) implements Piece {}

  /**
   * Draws one of the candidates, not drawn yet in this text, and binds it.
   *
   * @param print what is printed at once, or null for nothing
   */
  record Draw(String name, List<Entry> candidates, @Nullable Print print) implements Piece {}

  /**
   * Prints what a name is bound to.
   *
   * @param agreesWith name whose gender turns {@code @} into o or a, or null
   */
  record Print(String name, Form form, @Nullable String agreesWith) implements Piece {}

  /** Text by the gender of what a name is bound to: masculine, feminine and perhaps neuter. */
  record ByGender(String name, List<String> choices) implements Piece {}

  /** One of several branches. */
  record Alternatives(List<List<Piece>> branches, Place place) implements Piece {}
}
