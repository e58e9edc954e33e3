package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/** The batched product of {@link Int8Kernels}: a panel of W at a time becomes floats. */
final class Int8Panels {
  private static final int ROWS = 64;

  /** A multiple of the block of k in which products add, so cutting here changes no bit. */
  private static final int COLUMNS = 4 * Kernels.K_BLOCK;

  private static final ThreadLocal<float[]> PANEL =
      ThreadLocal.withInitial(() -> new float[ROWS * COLUMNS]);

  private Int8Panels() {}

  static void multiply(
      Int8Kernels int8,
      WorkerPool pool,
      Kernels kernels,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      byte[] w,
      int wOff,
      float[] scales,
      int scaleOff,
      int m,
      int n,
      int k) {
    int blocks = Int8Blocks.count(k);
    // Narrow products in thinner panels, so that every thread gets some.
    int height = n >= 4 * ROWS * pool.threads() ? ROWS : ROWS / 2;
    pool.run(
        (n + height - 1) / height,
        chunk -> {
          int j = chunk * height;
          int rows = Math.min(height, n - j);
          float[] panel = PANEL.get();
          for (int p = 0; p < k; p += COLUMNS) {
            int deep = Math.min(COLUMNS, k - p);
            for (int r = 0; r < rows; r++) {
              int row = j + r;
              int at = scaleOff + row * blocks + p / Int8Blocks.SIZE;
              int8.dequantize(panel, r * deep, w, wOff + row * k + p, scales, at, deep);
            }
            // Inside a chunk the product runs on this thread.
            kernels.gemmNT(
                pool, c, cOff + j, ldc, a, aOff + p, lda, panel, 0, deep, m, rows, deep, p > 0);
          }
        });
  }
}
