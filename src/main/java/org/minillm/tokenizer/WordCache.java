package org.minillm.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ids of recent words: one slot for each hash, the newest wins; at most some 2 MB. Entries are
 * immutable, so threads may race for a slot: the worst is a word merged twice.
 */
final class WordCache {
  static final int MAX_BYTES = 32;
  private static final int SLOTS = 1 << 14;

  private static final class Entry {
    final byte[] word;
    final int[] ids;

    Entry(byte[] word, int[] ids) {
      this.word = word;
      this.ids = ids;
    }
  }

  private final @Nullable Entry[] entries = new @Nullable Entry[SLOTS];

  int @Nullable [] get(byte[] word, int length) {
    Entry entry = entries[slot(word, length)];
    return entry != null && Arrays.equals(entry.word, 0, entry.word.length, word, 0, length)
        ? entry.ids
        : null;
  }

  void put(byte[] word, int length, int[] ids) {
    entries[slot(word, length)] = new Entry(Arrays.copyOf(word, length), ids);
  }

  void clear() {
    Arrays.fill(entries, null);
  }

  private static int slot(byte[] word, int length) {
    return ByteStrings.hash(word, 0, length) & (SLOTS - 1);
  }
}
