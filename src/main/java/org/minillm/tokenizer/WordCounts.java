package org.minillm.tokenizer;

import java.util.Arrays;

/** How often each word of a corpus occurs, words being what {@link PreTokenizer} cuts. */
final class WordCounts {
  private final ByteStrings words = new ByteStrings(1 << 12);
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
      add(buffer, length, 1);
      all += length;
      i = end;
    }
    bytes += all;
  }

  /** Adds all that another one counted. */
  void addAll(WordCounts other) {
    for (int i = 0; i < other.words.size(); i++) {
      byte[] word = other.words.get(i);
      add(word, word.length, other.counts[i]);
    }
    bytes += other.bytes;
  }

  private void add(byte[] word, int length, long count) {
    int index = words.add(word, 0, length);
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
