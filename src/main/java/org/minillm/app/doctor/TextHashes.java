package org.minillm.app.doctor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Locale;
import org.minillm.tokenizer.ChatMessage;

/**
 * The 128-bit hashes of texts in an open table, each with a number. A hash is the first half of
 * SHA-256 of the text in lower case, composed (NFC), with single spaces: two different texts share
 * one with no chance that matters.
 */
final class TextHashes {
  /** Bytes a text takes, while the table grows. */
  static final int BYTES = 64;

  private final int most;
  private final MessageDigest sha;
  private long[] hashes = new long[2 << 10];
  private int[] numbers = new int[1 << 10];
  private int size;
  private long high;
  private long low;

  /**
   * @param most texts to remember
   */
  TextHashes(int most) {
    this.most = most;
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /** The number of the text that is the same, -1 if there is none; its hash is kept for add. */
  int find(Content content) {
    ByteBuffer hash = ByteBuffer.wrap(sha.digest(normalised(content)));
    high = hash.getLong();
    low = hash.getLong() | 1; // 0 0 means a free place
    return numberAt(slot(hashes, high, low));
  }

  /** Remembers the text that was looked for last; false if there is no room. */
  boolean add(int number) {
    if (size >= most) {
      return false;
    }
    if (2 * (size + 1) > numbers.length) {
      grow();
    }
    int at = slot(hashes, high, low);
    hashes[2 * at] = high;
    hashes[2 * at + 1] = low;
    numbers[at] = number;
    size++;
    return true;
  }

  private int numberAt(int slot) {
    return hashes[2 * slot + 1] == 0 ? -1 : numbers[slot];
  }

  private void grow() {
    long[] larger = new long[2 * hashes.length];
    int[] largerNumbers = new int[2 * numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      if (hashes[2 * i + 1] != 0) {
        int at = slot(larger, hashes[2 * i], hashes[2 * i + 1]);
        larger[2 * at] = hashes[2 * i];
        larger[2 * at + 1] = hashes[2 * i + 1];
        largerNumbers[at] = numbers[i];
      }
    }
    hashes = larger;
    numbers = largerNumbers;
  }

  private static int slot(long[] table, long high, long low) {
    int mask = table.length / 2 - 1;
    int at = (int) high & mask;
    while (table[2 * at + 1] != 0 && (table[2 * at] != high || table[2 * at + 1] != low)) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private static byte[] normalised(Content content) {
    StringBuilder text = new StringBuilder();
    for (ChatMessage message : content.messages()) {
      text.append(message.role()).append('\u0001');
      appendNormalised(text, message.content());
      text.append('\u0002');
    }
    appendNormalised(text, content.text());
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void appendNormalised(StringBuilder out, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    String composed =
        Normalizer.isNormalized(lower, Normalizer.Form.NFC)
            ? lower
            : Normalizer.normalize(lower, Normalizer.Form.NFC);
    boolean space = true;
    int begin = out.length();
    for (int i = 0; i < composed.length(); i++) {
      char c = composed.charAt(i);
      boolean blank = Character.isWhitespace(c) || c == '\u00A0';
      if (!blank) {
        out.append(c);
      } else if (!space) {
        out.append(' ');
      }
      space = blank;
    }
    if (out.length() > begin && out.charAt(out.length() - 1) == ' ') {
      out.setLength(out.length() - 1);
    }
  }
}
