package org.minillm.tokenizer;

import java.util.Arrays;

/** How often each word of a corpus occurs, words being what {@link PreTokenizer} cuts. */
final class WordCounts {
  /**
   * Bytes that a byte of a word takes, and beside them a word, until all pairs are merged: here, in
   * {@link PairMerges} and as arrays that grow.
   */
  private static final long BYTES_PER_BYTE = 16;

  private static final long BYTES_PER_WORD = 40;

  private ByteStrings words = new ByteStrings(1 << 12);
  private long[] counts = new long[1 << 12];
  private byte[] buffer = new byte[256];
  private long bytes;

  /** Counts the words of one document. */
  void addDocument(String text) {
    int n = text.length();
    long all = 0; // a field here would share its cache line with another thread's
    for (int i = 0; i < n; ) {
      int end = PreTokenizer.wordEnd(text, i, n);
      if (buffer.length < (end - i) * 3) {
        buffer = new byte[(end - i) * 3];
      }
      int length = Utf8.encode(text, i, end, buffer);
      count(words.add(buffer, 0, length), 1);
      all += length;
      i = end;
    }
    bytes += all;
  }

  /** Adds all that another one counted. */
  void addAll(WordCounts other) {
    for (int i = 0; i < other.words.size(); i++) {
      count(words.addFrom(other.words, i), other.counts[i]);
    }
    bytes += other.bytes;
  }

  /** Forgets all that was counted. */
  void clear() {
    words.clear();
    Arrays.fill(counts, 0);
    bytes = 0;
  }

  /** Bytes that a training on these words takes, about. */
  long memory() {
    return BYTES_PER_BYTE * words.byteCount() + BYTES_PER_WORD * words.size();
  }

  /**
   * Forgets the rarest words, all that occur as often or less, until {@link #memory} is at most
   * {@code limit}. What is forgotten depends on the counts alone, not on the order of the words.
   *
   * @return how often the forgotten words occurred, all together
   */
  long forgetRarest(long limit) {
    long most = 0;
    long needed = memory();
    while (needed > limit) {
      most = Math.max(1, most * 2);
      needed = 0;
      for (int i = 0; i < words.size(); i++) {
        if (counts[i] > most) {
          needed += BYTES_PER_BYTE * (words.end(i) - words.start(i)) + BYTES_PER_WORD;
        }
      }
    }
    ByteStrings kept = new ByteStrings(1 << 12);
    long forgotten = 0;
    for (int i = 0; i < words.size(); i++) {
      if (counts[i] > most) {
        counts[kept.addFrom(words, i)] = counts[i]; // never behind i
      } else {
        forgotten += counts[i];
      }
    }
    Arrays.fill(counts, kept.size(), counts.length, 0);
    words = kept;
    return forgotten;
  }

  private void count(int index, long count) {
    if (index == counts.length) {
      counts = Arrays.copyOf(counts, index * 2);
    }
    counts[index] += count;
  }

  ByteStrings words() {
    return words;
  }

  long count(int word) {
    return counts[word];
  }

  /** UTF-8 bytes of all documents. */
  long bytes() {
    return bytes;
  }
}
