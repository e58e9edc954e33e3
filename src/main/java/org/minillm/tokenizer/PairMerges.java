package org.minillm.tokenizer;

import java.util.Arrays;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The words of a corpus as symbols, and how often each pair of neighbours occurs. Merging a pair
 * visits only the words in which it stands and corrects the counts of the pairs around it, so the
 * whole training costs little more than the merges themselves.
 *
 * <p>The most frequent pair comes from a heap whose entries may be out of date: counts of a pair
 * only fall (a rise would need a symbol that did not exist), so an entry that comes to the top with
 * an old count goes back with the new one. Ties go to the pair with the smaller left id, then the
 * smaller right id, and overlapping pairs ("aaa" holds two) are counted twice, both as Hugging
 * Face's tokenizers does it; the merges are therefore the same.
 */
final class PairMerges {
  private record Candidate(long count, int left, int right, int pair)
      implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int order = Long.compare(other.count, count);
      if (order == 0) {
        order = Integer.compare(left, other.left);
      }
      return order == 0 ? Integer.compare(right, other.right) : order;
    }
  }

  private final WordCounts counts;
  private final long minFrequency;

  /** Symbols of word w: symbols[start(w), start(w) + lengths[w]). */
  private final int[] symbols;

  private final int[] lengths;

  private final PairTable pairs = new PairTable(1 << 14);
  private int[] lefts = new int[1 << 14];
  private int[] rights = new int[1 << 14];
  private long[] frequency = new long[1 << 14];
  private @Nullable IntList[] wordsOf = new @Nullable IntList[1 << 14];
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>();
  private IntList touched = new IntList(16);

  PairMerges(WordCounts counts, int[] idOfByte, long minFrequency) {
    this.counts = counts;
    this.minFrequency = minFrequency;
    ByteStrings words = counts.words();
    int size = words.size();
    symbols = new int[size == 0 ? 0 : words.end(size - 1)];
    lengths = new int[size];
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = idOfByte[words.at(i) & 0xFF];
    }
    for (int w = 0; w < size; w++) {
      int start = words.start(w);
      lengths[w] = words.end(w) - start;
      for (int i = start; i + 1 < words.end(w); i++) {
        change(symbols[i], symbols[i + 1], counts.count(w), w);
      }
    }
    for (int pair = 0; pair < pairs.size(); pair++) {
      offer(pair);
    }
  }

  /** The most frequent pair that was not taken yet, or -1 if none is frequent enough. */
  int takeBest() {
    while (true) {
      Candidate top = queue.poll();
      if (top == null) {
        return -1;
      }
      if (top.count == frequency[top.pair]) {
        return top.pair;
      }
      offer(top.pair);
    }
  }

  int left(int pair) {
    return lefts[pair];
  }

  int right(int pair) {
    return rights[pair];
  }

  /** Replaces the pair by {@code merged} in all words. */
  void merge(int pair, int merged) {
    IntList words = wordsOf[pair];
    wordsOf[pair] = null;
    frequency[pair] = 0;
    if (words == null) {
      return;
    }
    touched = new IntList(64);
    for (int i = 0; i < words.size(); i++) {
      mergeIn(words.get(i), lefts[pair], rights[pair], merged);
    }
    frequency[pair] = 0; // "aaaa": overlapping pairs were counted that no longer stand anywhere
    for (int i = 0; i < touched.size(); i++) {
      offer(touched.get(i));
    }
  }

  private void mergeIn(int word, int left, int right, int merged) {
    int start = counts.words().start(word);
    int end = start + lengths[word];
    long count = counts.count(word);
    int out = start;
    int i = start;
    while (i < end) {
      if (symbols[i] != left || i + 1 >= end || symbols[i + 1] != right) {
        symbols[out++] = symbols[i++];
        continue;
      }
      if (out > start) {
        change(symbols[out - 1], left, -count, word);
        change(symbols[out - 1], merged, count, word);
      }
      if (i + 2 < end) {
        change(right, symbols[i + 2], -count, word);
        change(merged, symbols[i + 2], count, word);
      }
      symbols[out++] = merged;
      i += 2;
    }
    lengths[word] = out - start;
  }

  private void change(int left, int right, long count, int word) {
    int pair = pairs.putIfAbsent(left, right, pairs.size());
    if (pair == frequency.length) {
      int capacity = pair * 2;
      lefts = Arrays.copyOf(lefts, capacity);
      rights = Arrays.copyOf(rights, capacity);
      frequency = Arrays.copyOf(frequency, capacity);
      wordsOf = Arrays.copyOf(wordsOf, capacity);
    }
    lefts[pair] = left;
    rights[pair] = right;
    frequency[pair] += count;
    if (count > 0) {
      IntList words = wordsOf[pair];
      if (words == null) {
        words = new IntList(2);
        wordsOf[pair] = words;
        touched.add(pair);
      }
      if (words.last() != word) {
        words.add(word);
      }
    }
  }

  private void offer(int pair) {
    if (frequency[pair] >= minFrequency) {
      queue.add(new Candidate(frequency[pair], lefts[pair], rights[pair], pair));
    } else {
      wordsOf[pair] = null; // its count can only fall: it will never be merged
    }
  }
}
