package org.minillm.app.doctor;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * UTF-8 that somebody read as Windows-1252 or ISO-8859-1 and saved again, once or more: {@code Ã±}
 * for ñ.
 *
 * <p>A run of characters beyond ASCII is put back into bytes. Where these are UTF-8 from end to end
 * and mean characters that texts have, the run was mojibake: in a text that was decoded wrongly
 * every such run is. Else the sequences that no Spanish or English text has by chance (those that
 * begin with Ã, Â or â€) are decoded alone. {@code ACABÓ»} would be UTF-8 as well, of a rare
 * Cyrillic letter, and stays.
 */
final class Mojibake {
  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
  private static final Pattern HALF = Pattern.compile("(?<=\\p{Ll})Ã(?=[ \\p{L},.;:!?]|$)");
  private static final int MOST_LAYERS = 4;
  private static final byte[] TO_BYTE = new byte[1 << 16];
  private static final char[] OF_C1 = new char[32];

  static {
    for (int b = 0x80; b < 0x100; b++) {
      TO_BYTE[b] = (byte) b;
    }
    for (int b = 0x80; b < 0xA0; b++) {
      char c = WINDOWS_1252.decode(ByteBuffer.wrap(new byte[] {(byte) b})).get(0);
      boolean defined = c != '\uFFFD' && c >= 0xA0;
      OF_C1[b - 0x80] = defined ? c : (char) b;
      if (defined) {
        TO_BYTE[c] = (byte) b;
      }
    }
  }

  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private int repaired;
  private int firstAt = -1;

  /** The text with its broken sequences put right; the same object where there is none. */
  String repair(String text) {
    repaired = 0;
    firstAt = -1;
    String now = text;
    for (int layer = 0; layer < MOST_LAYERS; layer++) {
      String next = layer(now);
      if (next.equals(now)) {
        break;
      }
      now = next;
    }
    return repaired == 0 ? text : now;
  }

  /** Runs or sequences that the last {@link #repair} put right, of all layers. */
  int repaired() {
    return repaired;
  }

  /** Where in the text the first of them stood, -1 for none. */
  int firstAt() {
    return firstAt;
  }

  /** Where a character is lost for good: U+FFFD, or an Ã that has lost its second half; or -1. */
  static int lostAt(String text) {
    int at = text.indexOf('\uFFFD');
    if (at >= 0 || text.indexOf('Ã') < 0) {
      return at;
    }
    Matcher half = HALF.matcher(text);
    return half.find() ? half.start() : -1;
  }

  private String layer(String text) {
    StringBuilder out = null;
    int copied = 0;
    for (int i = 0; i < text.length(); i++) {
      if (TO_BYTE[text.charAt(i)] == 0) {
        continue;
      }
      int end = i + 1;
      while (end < text.length() && TO_BYTE[text.charAt(end)] != 0) {
        end++;
      }
      String run = text.substring(i, end);
      String right = ofRun(run);
      if (!right.equals(run)) {
        firstAt = firstAt < 0 ? i : firstAt;
        repaired++;
        out = out == null ? new StringBuilder(text.length()) : out;
        out.append(text, copied, i).append(right);
        copied = end;
      }
      i = end;
    }
    return out == null ? text : out.append(text, copied, text.length()).toString();
  }

  private String ofRun(String run) {
    if (run.length() > 1) {
      String whole = decoded(run, 0, run.length());
      if (!whole.isEmpty() && whole.codePoints().allMatch(Mojibake::isPlausible)) {
        return whole;
      }
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < run.length(); ) {
      int length = strongLength(run, i);
      if (length > 0) {
        out.append(decoded(run, i, i + length));
        i += length;
      } else {
        char c = run.charAt(i++);
        out.append(c >= 0x80 && c < 0xA0 ? OF_C1[c - 0x80] : c);
      }
    }
    return out.toString();
  }

  /** Chars of a sequence that stands in no text by chance, 0 for none. */
  private int strongLength(String run, int at) {
    int lead = TO_BYTE[run.charAt(at)] & 0xFF;
    int length = lead == 0xC2 || lead == 0xC3 ? 2 : lead == 0xE2 ? 3 : lead == 0xF0 ? 4 : 0;
    if (length == 0 || at + length > run.length()) {
      return 0;
    }
    String one = decoded(run, at, at + length);
    if (one.isEmpty() || !isPlausible(one.codePointAt(0))) {
      return 0;
    }
    return lead == 0xE2 && run.charAt(at + 1) != '€' && run.charAt(at + 1) != '\u0080' ? 0 : length;
  }

  /** The text whose UTF-8 was read as these characters; empty where they are none. */
  private String decoded(String run, int from, int to) {
    byte[] bytes = new byte[to - from];
    for (int i = from; i < to; i++) {
      bytes[i - from] = TO_BYTE[run.charAt(i)];
    }
    try {
      CharBuffer text = utf8.decode(ByteBuffer.wrap(bytes));
      return text.toString();
    } catch (CharacterCodingException e) {
      return "";
    }
  }

  /** Western letters and signs, Greek, Russian, typography, arrows, symbols and emoji. */
  private static boolean isPlausible(int c) {
    return (c >= 0x80 && c < 0x180)
        || c == 0x192 // ƒ, ˆ and ˜ are bytes of Windows-1252: a text was misread twice
        || c == 0x2C6
        || c == 0x2DC
        || (c >= 0x391 && c <= 0x3C9)
        || (c >= 0x410 && c <= 0x451)
        || (c >= 0x2010 && c <= 0x203A)
        || c == 0x20AC
        || (c >= 0x2122 && c <= 0x22FF)
        || (c >= 0x2500 && c <= 0x27BF)
        || c == 0xFE0F
        || c == 0xFEFF
        || c == 0xFFFD
        || (c >= 0x1F000 && c < 0x20000);
  }
}
