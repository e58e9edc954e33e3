package org.minillm.app.doctor;

/**
 * Characters that nobody sees: controls but tab and line feed, soft hyphens, zero-width spaces and
 * joints, byte-order marks. A carriage return or form feed ends a line.
 */
final class ControlCharacters {
  private int removed;
  private int firstAt = -1;

  /** The text without them; the same object where there is none. */
  String remove(String text) {
    removed = 0;
    firstAt = -1;
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!isControl(text, i)) {
        if (out != null) {
          out.append(c);
        }
        continue;
      }
      if (out == null) {
        out = new StringBuilder(text.length()).append(text, 0, i);
        firstAt = i;
      }
      removed++;
      boolean pair = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
      if ((c == '\r' && !pair) || c == '\f') {
        out.append('\n');
      }
    }
    return out == null ? text : out.toString();
  }

  /** Characters that the last {@link #remove} took out or replaced. */
  int removed() {
    return removed;
  }

  int firstAt() {
    return firstAt;
  }

  private static boolean isControl(String text, int at) {
    char c = text.charAt(at);
    if (c < 0x20) {
      return c != '\n' && c != '\t';
    }
    if (c == 0xAD) { // "Ã" and a soft hyphen are an í that was decoded wrongly
      return at == 0 || (text.charAt(at - 1) != 'Ã' && text.charAt(at - 1) != 'Â');
    }
    return c == 0x7F || c == 0x200B || c == 0x2060 || c == 0xFEFF;
  }
}
