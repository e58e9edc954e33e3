package org.minillm.train.text;

import java.util.Arrays;

/**
 * The words of a text as 64-bit hashes: runs of letters and digits, in lower case. One object
 * serves text after text.
 */
public final class Words {
  private static final long FNV_OFFSET = 0xCBF29CE484222325L;
  private static final long FNV_PRIME = 0x100000001B3L;

  private long[] hashes = new long[1 << 10];
  private int[] ends = new int[1 << 10];
  private int[] starts = new int[1 << 10];
  private int count;
  private int accents;
  private int latin;
  private int letters;

  /** Forgets the words before and takes those of this text. */
  public Words read(String text) {
    count = 0;
    accents = 0;
    latin = 0;
    letters = 0;
    long hash = FNV_OFFSET;
    int start = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isWordPart(c)) {
        start = start < 0 ? i : start;
        hash = (hash ^ Character.toLowerCase(c)) * FNV_PRIME;
        look(c);
      } else {
        accents += c == '¿' || c == '¡' ? 1 : 0;
        if (start >= 0) {
          add(mix(hash), start, i);
          hash = FNV_OFFSET;
          start = -1;
        }
      }
    }
    if (start >= 0) {
      add(mix(hash), start, text.length());
    }
    return this;
  }

  /** Whether a word goes on with this character: a letter or a digit. */
  public static boolean isWordPart(char c) {
    return c < 128
        ? (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        : Character.isLetterOrDigit(c);
  }

  /** The hash that a text of one word has. */
  public static long hashOf(String word) {
    return new Words().read(word).hash(0);
  }

  private void look(char c) {
    if (c < 128) {
      int letter = c > '9' ? 1 : 0;
      letters += letter;
      latin += letter;
      return;
    }
    letters++;
    latin += c < 0x250 ? 1 : 0;
    accents += "ñáíóúÑÁÍÓÚ".indexOf(c) >= 0 ? 1 : 0;
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

  /** Words of the text. */
  public int count() {
    return count;
  }

  /** Of the word with this number, from 0. */
  public long hash(int word) {
    return hashes[word];
  }

  /** The place in the text at which a word begins. */
  public int start(int word) {
    return starts[word];
  }

  /** The place behind its last character. */
  public int end(int word) {
    return ends[word];
  }

  /** Letters and marks that Spanish has and English has not. */
  public int spanishMarks() {
    return accents;
  }

  /** Share of the letters that are of the Latin alphabet; 1 without letters. */
  public double latinShare() {
    return letters == 0 ? 1 : (double) latin / letters;
  }

  /** A hash of {@code n} words from {@code first} on; never 0. */
  public long gram(int first, int n) {
    long h = n;
    for (int i = first; i < first + n; i++) {
      h = h * 0x9E3779B97F4A7C15L + hashes[i];
    }
    h = mix(h);
    return h == 0 ? 1 : h;
  }

  /** David Stafford's variant 13 of the finaliser of MurmurHash3. */
  public static long mix(long h) {
    h = (h ^ (h >>> 30)) * 0xBF58476D1CE4E5B9L;
    h = (h ^ (h >>> 27)) * 0x94D049BB133111EBL;
    return h ^ (h >>> 31);
  }
}
