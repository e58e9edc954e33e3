package org.minillm.tokenizer;

import java.util.Arrays;

/**
 * Merges neighbouring symbols of one word until no pair can be merged: always the pair of the best
 * priority, the leftmost of equals. Short words search the best pair anew after each merge; long
 * ones keep the pairs in a heap and the symbols in a linked list, O(n log n). Holds the scratch
 * arrays of one thread.
 */
final class SymbolMerger {
  /** Which pairs merge, how soon and into what. */
  interface Pairs {
    /** What {@link #find} answers for a pair that does not merge. */
    long NONE = Long.MAX_VALUE;

    /** {@code priority << 32 | merged id}, the smallest priority first, or {@link #NONE}. */
    long find(int left, int right);
  }

  private static final int LONG_WORD = 96;
  private static final int DEAD = -1;

  private long[] found = new long[LONG_WORD];
  private int[] next = {};
  private int[] previous = {};
  private long[] heap = {};
  private int heapSize;

  /** Merges symbols[0, count) in place and returns how many are left. */
  int merge(int[] symbols, int count, Pairs pairs) {
    return count <= LONG_WORD
        ? mergeShort(symbols, count, pairs)
        : mergeLong(symbols, count, pairs);
  }

  int mergeShort(int[] symbols, int count, Pairs pairs) {
    if (found.length < count) {
      found = new long[count];
    }
    int n = count;
    for (int i = 0; i + 1 < n; i++) {
      found[i] = pairs.find(symbols[i], symbols[i + 1]);
    }
    while (n > 1) {
      int best = 0;
      for (int i = 1; i + 1 < n; i++) {
        if (found[i] >>> 32 < found[best] >>> 32) {
          best = i;
        }
      }
      if (found[best] == Pairs.NONE) {
        break;
      }
      symbols[best] = (int) found[best];
      System.arraycopy(symbols, best + 2, symbols, best + 1, n - best - 2);
      n--;
      if (best + 1 < n) {
        System.arraycopy(found, best + 2, found, best + 1, n - best - 2);
        found[best] = pairs.find(symbols[best], symbols[best + 1]);
      }
      if (best > 0) {
        found[best - 1] = pairs.find(symbols[best - 1], symbols[best]);
      }
    }
    return n;
  }

  int mergeLong(int[] symbols, int count, Pairs pairs) {
    if (next.length < count) {
      next = new int[count];
      previous = new int[count];
    }
    if (found.length < count) {
      found = new long[count];
    }
    if (heap.length < count) {
      heap = new long[count];
    }
    heapSize = 0;
    for (int i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : DEAD;
      previous[i] = i - 1;
      found[i] = Pairs.NONE;
    }
    for (int i = 0; i + 1 < count; i++) {
      enter(i, symbols, pairs);
    }
    while (heapSize > 0) {
      long top = pop();
      int at = (int) top;
      if (symbols[at] == DEAD || found[at] == Pairs.NONE || found[at] >>> 32 != top >>> 32) {
        continue; // the pair that entered the heap here is gone
      }
      int second = next[at];
      symbols[at] = (int) found[at];
      symbols[second] = DEAD;
      next[at] = next[second];
      if (next[at] >= 0) {
        previous[next[at]] = at;
      }
      enter(at, symbols, pairs);
      if (previous[at] >= 0) {
        enter(previous[at], symbols, pairs);
      }
    }
    int n = 0;
    for (int i = 0; i < count; i++) {
      if (symbols[i] != DEAD) {
        symbols[n++] = symbols[i];
      }
    }
    return n;
  }

  /** Looks the pair that begins at {@code at} up and puts it into the heap. */
  private void enter(int at, int[] symbols, Pairs pairs) {
    found[at] = next[at] < 0 ? Pairs.NONE : pairs.find(symbols[at], symbols[next[at]]);
    if (found[at] != Pairs.NONE) {
      push(found[at] >>> 32 << 32 | at);
    }
  }

  private void push(long value) {
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, heapSize + (heapSize >> 1) + 8);
    }
    int i = heapSize++;
    while (i > 0 && value < heap[(i - 1) >> 1]) {
      heap[i] = heap[(i - 1) >> 1];
      i = (i - 1) >> 1;
    }
    heap[i] = value;
  }

  private long pop() {
    long top = heap[0];
    long last = heap[--heapSize];
    int i = 0;
    while (2 * i + 1 < heapSize) {
      int child = 2 * i + 1;
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
