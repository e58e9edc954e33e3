package org.minillm.tokenizer;

import java.util.Arrays;

/** A map from pairs of ids to non-negative ints: open addressing, no objects. */
final class PairTable {
  private static final long FREE = -1;

  private long[] keys;
  private int[] values;
  private int size;

  PairTable(int expected) {
    keys = new long[Integer.highestOneBit(Math.max(8, expected)) << 2];
    values = new int[keys.length];
    Arrays.fill(keys, FREE);
  }

  int size() {
    return size;
  }

  /** The value of the pair, or -1. */
  int get(int left, int right) {
    int slot = slot(key(left, right));
    return keys[slot] == FREE ? -1 : values[slot];
  }

  /** Sets the value of the pair unless it has one; returns the value it has now. */
  int putIfAbsent(int left, int right, int value) {
    long key = key(left, right);
    int slot = slot(key);
    if (keys[slot] != FREE) {
      return values[slot];
    }
    keys[slot] = key;
    values[slot] = value;
    if (++size * 2 > keys.length) {
      grow();
    }
    return value;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new int[keys.length];
    Arrays.fill(keys, FREE);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != FREE) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private int slot(long key) {
    int mask = keys.length - 1;
    long h = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (h >>> 32) & mask;
    while (keys[slot] != FREE && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static long key(int left, int right) {
    return (long) left << 32 | right;
  }
}
