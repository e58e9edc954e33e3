package org.minillm.tokenizer;

/**
 * UTF-8 with the replacements of the Unicode standard (chapter 3, "maximal subparts"), as Rust and
 * browsers do it: Java's own decoder counts encoded surrogates otherwise, and a stream could then
 * differ from the whole.
 */
final class Utf8 {
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /**
   * Writes UTF-8 of text[from, to) to {@code out}, which must have room for 3 bytes a char; half a
   * surrogate pair becomes U+FFFD. Returns the number of bytes.
   */
  static int encode(String text, int from, int to, byte[] out) {
    int n = 0;
    for (int i = from; i < to; i++) {
      int c = text.charAt(i);
      if (c < 0x80) {
        out[n++] = (byte) c;
      } else if (c < 0x800) {
        out[n++] = (byte) (0xC0 | (c >> 6));
        out[n++] = (byte) (0x80 | (c & 0x3F));
      } else if (i + 1 < to && Character.isSurrogatePair((char) c, text.charAt(i + 1))) {
        c = Character.toCodePoint((char) c, text.charAt(++i));
        out[n++] = (byte) (0xF0 | (c >> 18));
        out[n++] = (byte) (0x80 | ((c >> 12) & 0x3F));
        out[n++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        out[n++] = (byte) (0x80 | (c & 0x3F));
      } else {
        if (Character.isSurrogate((char) c)) {
          c = 0xFFFD;
        }
        out[n++] = (byte) (0xE0 | (c >> 12));
        out[n++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        out[n++] = (byte) (0x80 | (c & 0x3F));
      }
    }
    return n;
  }

  /**
   * Appends the text of bytes[from, to) to {@code text}. A sequence at the end that more bytes
   * could complete is left alone.
   *
   * @return where that sequence begins, {@code to} if there is none
   */
  static int decode(byte[] bytes, int from, int to, StringBuilder text) {
    int i = from;
    while (i < to) {
      int lead = bytes[i] & 0xFF;
      if (lead < 0x80) {
        text.append((char) lead);
        i++;
        continue;
      }
      int length = length(lead);
      int codePoint = lead & (0x7F >> length);
      int read = 1;
      while (read < length && i + read < to && mayFollow(lead, read, bytes[i + read] & 0xFF)) {
        codePoint = (codePoint << 6) | (bytes[i + read] & 0x3F);
        read++;
      }
      if (length > 1 && read == length) {
        text.appendCodePoint(codePoint);
      } else if (length > 1 && i + read == to) {
        return i;
      } else {
        text.append(REPLACEMENT);
      }
      i += read;
    }
    return to;
  }

  /** All of the bytes as text; an unfinished sequence at the end is one U+FFFD. */
  static String decode(byte[] bytes) {
    StringBuilder text = new StringBuilder(bytes.length);
    if (decode(bytes, 0, bytes.length, text) < bytes.length) {
      text.append(REPLACEMENT);
    }
    return text.toString();
  }

  /** The first place from {@code from} on at which no whole character begins, or the end. */
  static int wellFormedEnd(byte[] bytes, int from) {
    int i = from;
    while (i < bytes.length) {
      int lead = bytes[i] & 0xFF;
      int length = length(lead);
      if (length == 1 && lead >= 0x80 || i + length > bytes.length) {
        return i;
      }
      for (int k = 1; k < length; k++) {
        if (!mayFollow(lead, k, bytes[i + k] & 0xFF)) {
          return i;
        }
      }
      i += length;
    }
    return i;
  }

  /** Bytes of the character that begins with this one; 1 of a byte that begins none. */
  private static int length(int lead) {
    return lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
  }

  /** Whether a byte may stand at this place: no overlong form, surrogate or code beyond 10FFFF. */
  private static boolean mayFollow(int lead, int place, int next) {
    int least = 0x80;
    int most = 0xBF;
    if (place == 1) {
      switch (lead) {
        case 0xE0 -> least = 0xA0;
        case 0xED -> most = 0x9F;
        case 0xF0 -> least = 0x90;
        case 0xF4 -> most = 0x8F;
        default -> {}
      }
    }
    return next >= least && next <= most;
  }
}
