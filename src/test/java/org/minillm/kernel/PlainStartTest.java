package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.minillm.base.WorkerPool;

/** The plain loops of a start against the kernels they stand for: the same bits. */
@Tag("kernel")
class PlainStartTest {
  private static final WorkerPool POOL = new WorkerPool(2);
  private final Kernels kernels = Kernels.best();

  @AfterEach
  void ends() {
    Kernels.endPlain();
  }

  private static void assertSameBits(Supplier<float[]> product, String what) {
    Kernels.startPlain();
    float[] plain = product.get();
    Kernels.endPlain();
    assertArrayEquals(bits(product.get()), bits(plain), what);
  }

  private static int[] bits(float[] x) {
    int[] bits = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      bits[i] = Float.floatToRawIntBits(x[i]);
    }
    return bits;
  }

  @Test
  void onlyVectorKernelsThatMayBePlainAreAndOnlyUntilItEnds() {
    Kernels.startPlain();
    if (kernels instanceof VectorKernels vectors) {
      assertTrue(vectors.plain());
      assertFalse(((VectorKernels) Kernels.compiled()).plain());
      Kernels.endPlain();
      assertFalse(vectors.plain());
    } else {
      assertTrue(kernels == Kernels.compiled());
    }
  }

  @Test
  void productsHaveTheSameBits() {
    for (int k : KernelsUnderTest.SIZES) {
      for (int m : new int[] {1, 2, 8, 13, 70}) {
        int n = m == 8 ? 300 : 33;
        float[] a = KernelsUnderTest.random(k, 1 + m * (k + 3));
        float[] b = KernelsUnderTest.random(k + 1, 2 + n * (k + 1));
        for (boolean accumulate : new boolean[] {false, true}) {
          assertSameBits(
              () -> {
                float[] c = KernelsUnderTest.random(5, 3 + m * (n + 2));
                kernels.gemmNT(POOL, c, 3, n + 2, a, 1, k + 3, b, 2, k + 1, m, n, k, accumulate);
                return c;
              },
              m + " x " + k);
        }
      }
    }
  }

  @Test
  void rowsHaveTheSameBits() {
    for (int n : KernelsUnderTest.SIZES) {
      int rows = 11;
      float[] w = KernelsUnderTest.random(n, 3 + rows * (n + 1));
      float[] x = KernelsUnderTest.random(n + 1, 1 + rows * n);
      assertSameBits(
          () -> {
            float[] y = new float[rows + 1];
            kernels.matvec(y, 1, w, 3, n + 1, x, 1, rows, n);
            return y;
          },
          "matvec " + n);
      assertSameBits(
          () -> {
            float[] y = x.clone();
            kernels.add(y, 1, w, 3, n);
            return y;
          },
          "add " + n);
      assertSameBits(
          () -> {
            float[] y = new float[rows * n + rows + 1];
            kernels.rmsNormForward(POOL, y, 1, y, 1 + rows * n, x, 1, w, 3, rows, n, 1e-5f);
            return y;
          },
          "norm " + n);
      assertSameBits(
          () -> {
            float[] y = new float[n + 1];
            kernels.swigluForward(POOL, y, 1, w, 3, x, 1, n);
            return y;
          },
          "swiglu " + n);
      assertSameBits(
          () -> new float[] {kernels.crossEntropy(x, 1, n, n / 2)}, "cross-entropy " + n);
    }
  }

  @Test
  void turnedHeadsHaveTheSameBits() {
    for (int headDim : new int[] {2, 6, 32, 50, 64, 66}) {
      float[] cos = KernelsUnderTest.random(1, 20 * headDim);
      float[] sin = KernelsUnderTest.random(2, 20 * headDim);
      assertSameBits(
          () -> {
            float[] x = KernelsUnderTest.random(3, 9 * (3 * headDim + 1));
            kernels.rope(POOL, x, 2, 3 * headDim + 1, cos, sin, 8, 8, 7, 3, headDim, false);
            return x;
          },
          "head of " + headDim);
    }
  }

  @Test
  void attentionHasTheSameBits() {
    int[][] shapes = {
      // queries, first position, heads, key heads, headDim, chunk
      {1, 0, 1, 1, 1, 1}, {1, 99, 4, 2, 32, 64}, {1, 300, 6, 2, 50, 64}, {2, 0, 2, 1, 8, 3},
      {7, 5, 4, 2, 6, 4}, {8, 0, 4, 4, 64, 64}, {65, 0, 4, 1, 16, 48}, {130, 33, 2, 1, 33, 64},
      {300, 0, 2, 2, 32, 100}, {70, 200, 1, 1, 32, 1000}, {3, 4, 1, 1, 300, 64},
    };
    for (int[] s : shapes) {
      for (boolean apart : new boolean[] {false, true}) {
        int hd = s[4];
        int keys = s[1] + s[0];
        int ldk = apart ? hd : s[3] * hd;
        AttentionShape shape =
            new AttentionShape(
                1, s[0], keys, s[1], s[2], s[3], hd, s[5], apart ? (keys + 2) * hd : hd);
        int width = s[2] * hd;
        float[] q = KernelsUnderTest.random(1, s[0] * width);
        float[] k = KernelsUnderTest.random(2, (keys + 2) * s[3] * hd);
        float[] v = KernelsUnderTest.random(3, (keys + 2) * s[3] * hd);
        AttentionScratch scratch = new AttentionScratch(2, hd, s[5]);
        assertSameBits(
            () -> {
              float[] out = new float[s[0] * width + s[0] * s[2]];
              kernels.attentionForward(
                  POOL,
                  shape,
                  out,
                  0,
                  width,
                  out,
                  s[0] * width,
                  q,
                  0,
                  width,
                  k,
                  0,
                  ldk,
                  v,
                  0,
                  ldk,
                  scratch);
              return out;
            },
            shape.toString());
      }
    }
  }

  @Test
  void int8ProductsHaveTheSameBits() {
    Int8Kernels int8 = Int8Kernels.best();
    for (int cols : new int[] {1, 20, 32, 33, 64, 256, 300, 1024}) {
      int rows = 50;
      Int8Panels w = new Int8Panels(rows, cols);
      Random random = new Random(cols);
      for (int r = 0; r < rows; r++) {
        byte[] quants = new byte[cols];
        random.nextBytes(quants);
        w.setRow(r, quants, KernelsUnderTest.random(r, Int8Blocks.count(cols)));
      }
      float[] x = KernelsUnderTest.random(9, 8 * cols);
      for (int[] part : new int[][] {{0, 50}, {0, 1}, {3, 6}, {5, 30}, {16, 16}, {32, 18}}) {
        assertSameBits(
            () -> {
              float[] y = new float[part[1]];
              int8.rowsTimes(y, 0, w, part[0], part[1], x, 0);
              return y;
            },
            "int8 row of " + cols);
        assertSameBits(
            () -> {
              float[] y = new float[8 * part[1]];
              int8.gemmNT(POOL, kernels, y, 0, part[1], x, 0, cols, w, part[0], 8, part[1]);
              return y;
            },
            "int8 rows of " + cols);
      }
    }
  }
}
