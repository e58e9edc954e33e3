package org.minillm.tokenizer;

import java.util.Arrays;

/** A growing int array. */
final class IntList {
  private int[] values;
  private int size;

  IntList(int capacity) {
    values = new int[Math.max(1, capacity)];
  }

  void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, size + (size >> 1) + 1);
    }
    values[size++] = value;
  }

  int get(int index) {
    return values[index];
  }

  int size() {
    return size;
  }

  /** The last value, or -1 where there is none; values are never negative here. */
  int last() {
    return size == 0 ? -1 : values[size - 1];
  }

  int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
