package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/** The batched product of {@link Int8Kernels}: some rows of W at a time become floats. */
final class DequantizedGemm {
  private static final int ROWS = 64;

  private static final ThreadLocal<float[]> BUFFER =
      ThreadLocal.withInitial(() -> new float[ROWS * Kernels.K_BLOCK]);

  private DequantizedGemm() {}

  static void multiply(
      WorkerPool pool,
      Kernels kernels,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      Int8Panels w,
      int from,
      int m,
      int n) {
    int k = w.cols;
    // Narrow products in thinner pieces, so that every thread gets some.
    int height = n >= 4 * ROWS * pool.threads() ? ROWS : ROWS / 2;
    pool.run(
        (n + height - 1) / height,
        chunk -> {
          int j = chunk * height;
          int rows = Math.min(height, n - j);
          float[] floats = BUFFER.get();
          // The blocks of k that the float product has, so cutting here changes no bit.
          for (int p = 0, deep; p < k; p += deep) {
            deep = Kernels.depth(p, k, k);
            for (int r = 0; r < rows; r++) {
              w.dequantize(floats, r * deep, 1, from + j + r, p, deep);
            }
            // Inside a chunk the product runs on this thread.
            kernels.gemmNT(
                pool, c, cOff + j, ldc, a, aOff + p, lda, floats, 0, deep, m, rows, deep, p > 0);
          }
        });
  }
}
