package org.minillm.app.corpus;

import java.util.List;

/**
 * A story, or a dialogue: turns of user and assistant, the user's first.
 *
 * @param turns one for a story
 */
record Skeleton(String name, boolean dialogue, Place place, List<List<Piece>> turns) {
  static final List<String> ROLES = List.of("user", "assistant");

  /** Who speaks in a turn. */
  static String role(int turn) {
    return ROLES.get(turn % 2);
  }

  /** The name of its file without folder and ending: {@code stories-home}. */
  String fileName() {
    return place.file().replaceFirst(".*/", "").replaceFirst("\\.txt$", "");
  }

  /** About how many different texts it can make. */
  double texts() {
    double product = 1;
    for (List<Piece> turn : turns) {
      product *= texts(turn);
    }
    return product;
  }

  private static double texts(List<Piece> pieces) {
    double product = 1;
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Draw draw) {
        product *= draw.candidates().size();
      } else if (piece instanceof Piece.Alternatives alternatives) {
        product *= alternatives.branches().stream().mapToDouble(Skeleton::texts).sum();
      }
    }
    return product;
  }
}
