package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.minillm.app.corpus.Piece.Alternatives;
import org.minillm.app.corpus.Piece.ByGender;
import org.minillm.app.corpus.Piece.Draw;
import org.minillm.app.corpus.Piece.Literal;
import org.minillm.app.corpus.Piece.Print;

/** Makes one text of a skeleton. For one text only. */
final class Renderer {
  private final Choices choices;
  private final Map<String, Entry> bound = new HashMap<>();
  private final List<Entry> taken = new ArrayList<>();
  private final StringBuilder out = new StringBuilder();

  private Renderer(Choices choices) {
    this.choices = choices;
  }

  /** The turns of a dialogue, or the one text of a story. */
  static List<String> render(Skeleton skeleton, Choices choices) {
    Renderer renderer = new Renderer(choices);
    List<String> turns = new ArrayList<>();
    for (List<Piece> turn : skeleton.turns()) {
      renderer.out.setLength(0);
      renderer.append(turn);
      turns.add(tidy(renderer.out));
    }
    return turns;
  }

  private void append(List<Piece> pieces) {
    for (Piece piece : pieces) {
      if (piece instanceof Literal literal) {
        out.append(literal.text());
      } else if (piece instanceof Print print) {
        print(print);
      } else if (piece instanceof Draw draw) {
        Entry entry = choices.entry(draw, taken);
        taken.add(entry);
        bound.put(draw.name(), entry);
        if (draw.print() != null) {
          print(draw.print());
        }
      } else if (piece instanceof ByGender byGender) {
        Gender gender = Objects.requireNonNull(entry(byGender.name()).gender());
        int i = gender.ordinal();
        out.append(byGender.choices().get(i < byGender.choices().size() ? i : 0));
      } else if (piece instanceof Alternatives alternatives) {
        append(alternatives.branches().get(choices.branch(alternatives)));
      }
    }
  }

  private void print(Print print) {
    String text = Objects.requireNonNull(print.form().apply(entry(print.name())));
    @Nullable String noun = print.agreesWith();
    if (noun != null && text.indexOf('@') >= 0) {
      text = text.replace('@', entry(noun).gender() == Gender.FEMININE ? 'a' : 'o');
    }
    out.append(text);
  }

  private Entry entry(String name) {
    return Objects.requireNonNull(bound.get(name), name);
  }

  /** An alternative that was empty leaves no double space and no empty line. */
  private static String tidy(CharSequence text) {
    StringBuilder tidy = new StringBuilder(text.length());
    char pending = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ' || c == '\t') {
        pending = pending == '\n' ? '\n' : ' ';
      } else if (c == '\n') {
        pending = '\n';
      } else {
        if (pending != 0 && !tidy.isEmpty()) {
          tidy.append(pending);
        }
        pending = 0;
        tidy.append(c);
      }
    }
    return tidy.toString();
  }
}
