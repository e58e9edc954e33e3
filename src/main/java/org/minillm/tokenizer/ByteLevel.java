package org.minillm.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's spelling of bytes as printable characters, in which tokenizer.json and GGUF write tokens:
 * printable Latin-1 bytes are themselves, the other 68 are U+0100 onwards. A space is "Ġ".
 */
final class ByteLevel {
  private static final char[] CHAR_OF_BYTE = new char[256];
  private static final short[] BYTE_OF_CHAR = new short[0x144];
  private static final int[] ALPHABET = new int[256];

  static {
    Arrays.fill(BYTE_OF_CHAR, (short) -1);
    int extra = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      CHAR_OF_BYTE[b] = (char) (printable ? b : extra++);
      BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = (short) b;
    }
    int n = 0;
    for (short b : BYTE_OF_CHAR) {
      if (b >= 0) {
        ALPHABET[n++] = b;
      }
    }
  }

  private ByteLevel() {}

  /** The bytes in the order of their characters: the order of their ids in every GPT-2 family. */
  static int alphabet(int index) {
    return ALPHABET[index];
  }

  static String spell(byte[] bytes) {
    char[] chars = new char[bytes.length];
    for (int i = 0; i < chars.length; i++) {
      chars[i] = CHAR_OF_BYTE[bytes[i] & 0xFF];
    }
    return new String(chars);
  }

  /** The bytes of a spelling; a character outside the alphabet gives an empty array. */
  static byte[] read(String spelling) {
    byte[] bytes = new byte[spelling.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = spelling.charAt(i);
      if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
        return new byte[0];
      }
      bytes[i] = (byte) BYTE_OF_CHAR[c];
    }
    return bytes;
  }

  /** Bytes as text where they are whole characters, else as {@code <0xC3>} for each byte. */
  static String show(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
      return text;
    }
    StringBuilder hex = new StringBuilder();
    for (byte b : bytes) {
      hex.append(String.format("<0x%02X>", b & 0xFF));
    }
    return hex.toString();
  }
}
