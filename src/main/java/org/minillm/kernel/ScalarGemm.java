package org.minillm.kernel;

import java.util.Arrays;
import org.minillm.base.WorkerPool;

/**
 * Matrix products in plain Java. C2 vectorises {@code y[j] += a·x[j]} only where both sides share
 * one index and lie in arrays it can tell apart, so a block of B is copied into rows of its own and
 * a row of C is summed in a row of its own.
 *
 * <p>The order is that of every product: a chain over k in each block of {@link Kernels#K_BLOCK},
 * blocks added in order; the vector kernels' products have the same bits.
 */
final class ScalarGemm {
  private static final int K_BLOCK = Kernels.K_BLOCK;
  private static final int N_BLOCK = 128;
  private static final int ROWS_A_CHUNK = 256;

  private ScalarGemm() {}

  /** Memory of one chunk, kept by the thread. */
  private static final class Buffer {
    static final ThreadLocal<Buffer> OF_THREAD = ThreadLocal.withInitial(Buffer::new);
    final float[][] b = new float[K_BLOCK][N_BLOCK];
    final float[] sums = new float[N_BLOCK];
  }

  /**
   * C[m,n] = or += op(A) · op(B), where op transposes as told; no block of k reaches over a
   * multiple of {@code segment}.
   */
  static void multiply(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      boolean transposeA,
      float[] b,
      int bOff,
      int ldb,
      boolean transposeB,
      int m,
      int n,
      int k,
      int segment,
      boolean accumulate) {
    if (!accumulate && k == 0) {
      for (int i = 0; i < m; i++) {
        Arrays.fill(c, cOff + i * ldc, cOff + i * ldc + n, 0f);
      }
    }
    int rowA = transposeA ? 1 : lda;
    int colA = transposeA ? lda : 1;
    int rowB = transposeB ? 1 : ldb;
    int colB = transposeB ? ldb : 1;
    int down = (m + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK;
    pool.run(
        down * ((n + N_BLOCK - 1) / N_BLOCK),
        chunk -> {
          int i0 = chunk % down * ROWS_A_CHUNK;
          int j0 = chunk / down * N_BLOCK;
          int rows = Math.min(ROWS_A_CHUNK, m - i0);
          int width = Math.min(N_BLOCK, n - j0);
          Buffer buffer = Buffer.OF_THREAD.get();
          for (int p = 0, deep; p < k; p += deep) {
            deep = Kernels.depth(p, k, segment);
            copy(buffer.b, b, bOff + p * rowB + j0 * colB, rowB, colB, deep, width);
            for (int i = i0; i < i0 + rows; i++) {
              Arrays.fill(buffer.sums, 0f);
              int at = aOff + i * rowA + p * colA;
              int q = 0;
              for (; q + 4 <= deep; q += 4, at += 4 * colA) {
                addFour(
                    buffer.sums,
                    a[at],
                    a[at + colA],
                    a[at + 2 * colA],
                    a[at + 3 * colA],
                    buffer.b[q],
                    buffer.b[q + 1],
                    buffer.b[q + 2],
                    buffer.b[q + 3]);
              }
              for (; q < deep; q++, at += colA) {
                addOne(buffer.sums, a[at], buffer.b[q]);
              }
              int to = cOff + i * ldc + j0;
              if (p == 0 && !accumulate) {
                System.arraycopy(buffer.sums, 0, c, to, width);
              } else {
                ScalarRows.add(c, to, buffer.sums, 0, width);
              }
            }
          }
        });
  }

  private static void copy(
      float[][] to, float[] b, int off, int rowB, int colB, int deep, int width) {
    if (colB == 1) {
      for (int p = 0; p < deep; p++) {
        System.arraycopy(b, off + p * rowB, to[p], 0, width);
      }
    } else {
      for (int j = 0; j < width; j++) {
        for (int p = 0; p < deep; p++) {
          to[p][j] = b[off + p * rowB + j * colB];
        }
      }
    }
  }

  private static void addFour(
      float[] sums,
      float a0,
      float a1,
      float a2,
      float a3,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3) {
    for (int j = 0; j < N_BLOCK; j++) {
      float s = Fma.of(a1, b1[j], Fma.of(a0, b0[j], sums[j]));
      sums[j] = Fma.of(a3, b3[j], Fma.of(a2, b2[j], s));
    }
  }

  private static void addOne(float[] sums, float a, float[] b) {
    for (int j = 0; j < N_BLOCK; j++) {
      sums[j] = Fma.of(a, b[j], sums[j]);
    }
  }
}
