package org.minillm.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Token ids in memory, for texts that are read once and thrown away (a measurement): grows in
 * blocks, two bytes an id where the vocabulary allows, four otherwise; growing copies nothing.
 */
final class HeapTokens implements TokenStore, TokenSink {
  private static final int BLOCK = 1 << 16;

  private final boolean wide;
  private final List<char[]> narrowBlocks = new ArrayList<>();
  private final List<int[]> wideBlocks = new ArrayList<>();
  private long size;

  HeapTokens(int vocabSize) {
    wide = vocabSize > 1 << 16;
  }

  @Override
  public void add(int id) {
    int at = (int) (size % BLOCK);
    if (at == 0) {
      if (wide) {
        wideBlocks.add(new int[BLOCK]);
      } else {
        narrowBlocks.add(new char[BLOCK]);
      }
    }
    int block = (int) (size / BLOCK);
    if (wide) {
      wideBlocks.get(block)[at] = id;
    } else {
      narrowBlocks.get(block)[at] = (char) id;
    }
    size++;
  }

  @Override
  public int get(long index) {
    int block = (int) (index / BLOCK);
    int at = (int) (index % BLOCK);
    return wide ? wideBlocks.get(block)[at] : narrowBlocks.get(block)[at];
  }

  @Override
  public void copy(long from, int[] to, int offset, int count) {
    for (int i = 0; i < count; i++) {
      to[offset + i] = get(from + i);
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long bytes() {
    return (long) BLOCK * (2L * narrowBlocks.size() + 4L * wideBlocks.size());
  }
}
