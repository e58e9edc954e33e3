package org.minillm.kernel;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Working memory of the attention kernels, allocated once and reused: one slice for each task that
 * may run at the same time. It never grows.
 */
public final class AttentionScratch {
  /** Queries of one block. */
  static final int QUERIES = 64;

  /** Queries that share one packing of a block of keys. */
  static final int SPAN = 256;

  /** Floats of the largest tile of a product. */
  static final int TILE = 512;

  final float[] data;
  private final int headDim;
  private final int chunk;
  private final int slice;
  private final AtomicIntegerArray taken;

  /**
   * @param threads threads of the pool it will be used with
   * @param headDim largest head dimension
   * @param chunk largest block of keys
   */
  public AttentionScratch(int threads, int headDim, int chunk) {
    this.headDim = headDim;
    this.chunk = chunk;
    slice = sliceFloats(headDim, chunk);
    data = new float[threads * slice];
    taken = new AtomicIntegerArray(threads);
  }

  /** Floats a scratch of these sizes holds, for the memory plan. */
  public static long floats(int threads, int headDim, int chunk) {
    return (long) threads * sliceFloats(headDim, chunk);
  }

  /** {@code n} rounded up to whole slivers of a packed matrix, whatever the vectors' width. */
  static int padded(int n) {
    return (n + 31) / 32 * 32;
  }

  /** Keys of a block when {@code chunk} are asked for: as many as a product sums in one go. */
  static int keysABlock(int chunk) {
    return Math.min(chunk, Kernels.K_BLOCK);
  }

  private static int sliceFloats(int headDim, int chunk) {
    int keys = keysABlock(chunk);
    int forward =
        headDim * padded(keys) + keys * padded(headDim) + 2 * QUERIES * GemmTiles.ROW + 2 * SPAN;
    int backward =
        2 * headDim * QUERIES
            + 2 * QUERIES * padded(headDim)
            + keys * padded(headDim)
            + 3 * keys * GemmTiles.ROW
            + QUERIES;
    return Math.max(forward, backward) + TILE;
  }

  void check(AttentionShape shape) {
    if (shape.headDim() > headDim || shape.chunk() > chunk) {
      throw new IllegalArgumentException(
          "scratch for heads of "
              + headDim
              + " and blocks of "
              + chunk
              + " keys, asked for "
              + shape.headDim()
              + " and "
              + shape.chunk());
    }
  }

  /** Takes a free slice and returns where it begins; waits when more threads run than planned. */
  int take() {
    while (true) {
      for (int i = 0; i < taken.length(); i++) {
        if (taken.get(i) == 0 && taken.compareAndSet(i, 0, 1)) {
          return i * slice;
        }
      }
      Thread.onSpinWait();
    }
  }

  void giveBack(int offset) {
    taken.set(offset / slice, 0);
  }
}
