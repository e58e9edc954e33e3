package org.minillm.app.verbatim;

import java.util.Arrays;

/**
 * The words of a text: runs of letters, digits and combining marks. Words are compared by a hash of
 * 64 bits, without case; what stands between them does not count.
 */
final class Words {
  private static final long PRIME = 0x9E3779B97F4A7C15L;

  private long[] hashes = new long[64];
  private int[] starts = new int[64];
  private int[] ends = new int[64];
  private int count;

  private Words() {}

  /** Hears words in order. */
  @FunctionalInterface
  interface Listener {
    /**
     * @param start where it begins, in characters
     * @param end where it ends
     * @param byteStart where it begins, in bytes of UTF-8
     */
    void word(long hash, int start, int end, int byteStart);
  }

  /** The words of a text in order. */
  static Words of(String text) {
    Words words = new Words();
    scan(text, (hash, start, end, byteStart) -> words.add(hash, start, end));
    return words;
  }

  /**
   * Tells the words of a text; keeps nothing.
   *
   * @return the text's length in bytes of UTF-8
   */
  static int scan(String text, Listener to) {
    int bytes = 0;
    int start = -1;
    int byteStart = 0;
    long hash = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      if (isWordPart(c)) {
        if (start < 0) {
          start = i;
          byteStart = bytes;
          hash = PRIME;
        }
        hash = mix(hash ^ Character.toLowerCase(c));
      } else if (start >= 0) {
        to.word(hash, start, i, byteStart);
        start = -1;
      }
      bytes += utf8Length(c);
      i = next;
    }
    if (start >= 0) {
      to.word(hash, start, text.length(), byteStart);
    }
    return bytes;
  }

  private static boolean isWordPart(int c) {
    int type = Character.getType(c);
    return Character.isLetterOrDigit(c)
        || type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK;
  }

  /** Half of a character, alone, is written as a question mark. */
  private static int utf8Length(int c) {
    boolean half = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    return c < 0x80 || half ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  }

  private static long mix(long h) {
    long x = h * PRIME;
    return x ^ (x >>> 29);
  }

  private void add(long hash, int start, int end) {
    if (count == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * count);
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    hashes[count] = hash;
    starts[count] = start;
    ends[count++] = end;
  }

  int count() {
    return count;
  }

  long hash(int word) {
    return hashes[word];
  }

  /** Where a word begins, in characters. */
  int start(int word) {
    return starts[word];
  }

  /** Where a word ends, in characters. */
  int end(int word) {
    return ends[word];
  }

  /** A hash of {@code length} words in order. */
  long gram(int from, int length) {
    long hash = gramStart(length);
    for (int i = from; i < from + length; i++) {
      hash = gramNext(hash, hashes[i]);
    }
    return mix(hash);
  }

  /** The same of hashes in a ring, the oldest at {@code oldest}. */
  static long gram(long[] ring, int oldest) {
    long hash = gramStart(ring.length);
    for (int i = 0; i < ring.length; i++) {
      hash = gramNext(hash, ring[(oldest + i) % ring.length]);
    }
    return mix(hash);
  }

  private static long gramStart(int length) {
    return length;
  }

  private static long gramNext(long hash, long word) {
    return mix(hash + word);
  }
}
