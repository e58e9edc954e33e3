package org.minillm.app.doctor;

/** Short pieces of text for people: one line, cut at its ends. */
final class Excerpt {
  private static final int LENGTH = 72;

  private Excerpt() {}

  /** The beginning of a text. */
  static String of(String text) {
    return around(text, 0);
  }

  /** What stands around a place of a text. */
  static String around(String text, int at) {
    int from = Math.max(0, Math.min(at - LENGTH / 3, text.length() - LENGTH));
    int to = Math.min(text.length(), from + LENGTH);
    while (from > 0 && from < at && !Character.isWhitespace(text.charAt(from - 1))) {
      from++;
    }
    if (to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
      to--;
    }
    String piece = visible(text.substring(from, to));
    return (from > 0 ? "…" : "") + piece + (to < text.length() ? "…" : "");
  }

  /** White space becomes one space, what nobody sees its code. */
  private static String visible(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\t' || c == ' ') {
        if (out.length() > 0 && out.charAt(out.length() - 1) != ' ') {
          out.append(' ');
        }
      } else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
        out.append(String.format("<U+%04X>", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.toString().strip();
  }
}
