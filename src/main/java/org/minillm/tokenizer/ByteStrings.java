package org.minillm.tokenizer;

import java.util.Arrays;

/**
 * A set of byte strings, numbered in the order they came: all bytes in one array, found through an
 * open-addressing table. Half the memory of a HashMap of strings, and no objects. Finding is safe
 * from any thread once nothing is added any more.
 */
final class ByteStrings {
  private byte[] bytes;
  private int[] ends;
  private int size;
  private int[] table;

  ByteStrings(int expected) {
    bytes = new byte[expected * 8];
    ends = new int[expected];
    table = new int[Integer.highestOneBit(Math.max(8, expected)) << 2];
    Arrays.fill(table, -1);
  }

  int size() {
    return size;
  }

  int start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  int end(int index) {
    return ends[index];
  }

  /** The byte at a place between {@link #start} and {@link #end} of some string. */
  byte at(int offset) {
    return bytes[offset];
  }

  byte[] get(int index) {
    return Arrays.copyOfRange(bytes, start(index), end(index));
  }

  /** The bytes of all strings together. */
  int byteCount() {
    return start(size);
  }

  /** The number here of the other set's string {@code index}, which is added if it is new. */
  int addFrom(ByteStrings other, int index) {
    return add(other.bytes, other.start(index), other.end(index));
  }

  /** Forgets all strings and keeps the arrays. */
  void clear() {
    size = 0;
    Arrays.fill(table, -1);
  }

  /** The number of this string, or -1. */
  int find(byte[] source, int from, int to) {
    return table[slot(source, from, to)];
  }

  /** The number of this string, which is added if it is new. */
  int add(byte[] source, int from, int to) {
    int slot = slot(source, from, to);
    if (table[slot] >= 0) {
      return table[slot];
    }
    int start = start(size);
    int length = to - from;
    if (start + length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.addExact(start + length, (start + length) >> 1));
    }
    if (size == ends.length) {
      ends = Arrays.copyOf(ends, size + (size >> 1) + 8);
    }
    System.arraycopy(source, from, bytes, start, length);
    ends[size] = start + length;
    table[slot] = size;
    if (++size * 2 > table.length) {
      grow();
    }
    return size - 1;
  }

  private int slot(byte[] source, int from, int to) {
    int mask = table.length - 1;
    int slot = hash(source, from, to) & mask;
    while (table[slot] >= 0) {
      int index = table[slot];
      if (Arrays.equals(bytes, start(index), end(index), source, from, to)) {
        break;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    table = new int[table.length * 2];
    Arrays.fill(table, -1);
    int mask = table.length - 1;
    for (int i = 0; i < size; i++) {
      int slot = hash(bytes, start(i), end(i)) & mask;
      while (table[slot] >= 0) {
        slot = (slot + 1) & mask;
      }
      table[slot] = i;
    }
  }

  static int hash(byte[] source, int from, int to) {
    int h = to - from;
    for (int i = from; i < to; i++) {
      h = (h ^ source[i]) * 0x01000193;
    }
    h *= 0x9E3779B1;
    return h ^ h >>> 15;
  }
}
