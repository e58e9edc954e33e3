package org.minillm.app.corpus;

import java.util.Arrays;
import java.util.List;

/**
 * Which texts a run has made: 64-bit hashes in an open table, 24 MB at the most (16 MB and, while
 * it grows, half as much). Behind {@value #MOST} texts new ones are not remembered any more. Two of
 * a million texts share a hash with a chance of one in thirty million: then one is left out.
 */
final class SeenTexts {
  private static final int MOST = 1 << 20;

  private long[] table = new long[1 << 10];
  private int size;

  /** Remembers a text; tells whether it is new. */
  boolean add(List<String> turns) {
    long hash = hash(turns);
    int at = slot(table, hash);
    if (table[at] == hash) {
      return false;
    }
    if (size < MOST) {
      table[at] = hash;
      size++;
      if (size > table.length / 2) {
        grow();
      }
    }
    return true;
  }

  /** Forgets all. */
  void clear() {
    Arrays.fill(table, 0);
    size = 0;
  }

  private void grow() {
    long[] larger = new long[table.length * 2];
    for (long hash : table) {
      if (hash != 0) {
        larger[slot(larger, hash)] = hash;
      }
    }
    table = larger;
  }

  /** Where the hash stands, or the free place for it. */
  private static int slot(long[] table, long hash) {
    int at = (int) (hash >>> 32) & (table.length - 1);
    while (table[at] != 0 && table[at] != hash) {
      at = (at + 1) & (table.length - 1);
    }
    return at;
  }

  /** FNV-1a over UTF-16 units, then mixed (David Stafford's variant 13); never 0. */
  private static long hash(List<String> turns) {
    long h = 0xCBF29CE484222325L;
    for (String turn : turns) {
      for (int i = 0; i < turn.length(); i++) {
        h = (h ^ turn.charAt(i)) * 0x100000001B3L;
      }
      h = (h ^ 0xFFFF) * 0x100000001B3L;
    }
    h = (h ^ (h >>> 30)) * 0xBF58476D1CE4E5B9L;
    h = (h ^ (h >>> 27)) * 0x94D049BB133111EBL;
    h ^= h >>> 31;
    return h == 0 ? 1 : h;
  }
}
