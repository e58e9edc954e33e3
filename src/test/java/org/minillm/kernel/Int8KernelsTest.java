package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minillm.base.HalfFloat;
import org.minillm.base.WorkerPool;

@Tag("kernel")
class Int8KernelsTest {
  private static final WorkerPool POOL = new WorkerPool(2);
  private static final WorkerPool ALONE = new WorkerPool(1);

  static Stream<Int8Kernels> all() {
    return KernelChoice.vectorModulePresent() && VectorInt8Kernels.runsHere()
        ? Stream.of(Int8Kernels.scalar(), new VectorInt8Kernels())
        : Stream.of(Int8Kernels.scalar());
  }

  /** A matrix of quants with every value there is, and scales that differ by block. */
  private record Matrix(byte[] w, int wOff, float[] scales, int scaleOff, int rows, int cols) {
    static Matrix random(int rows, int cols, int off, long seed) {
      Random random = new Random(seed);
      byte[] w = new byte[off + rows * cols + 3];
      random.nextBytes(w);
      byte[] extremes = {-127, 127, -128, 0};
      for (int i = off; i < w.length; i += 5) {
        w[i] = extremes[random.nextInt(4)];
      }
      float[] scales = new float[off + rows * Int8Blocks.count(cols) + 2];
      for (int i = 0; i < scales.length; i++) {
        scales[i] = random.nextFloat() * 0.01f + 1e-4f;
      }
      return new Matrix(w, off, scales, off, rows, cols);
    }

    double at(int row, int col) {
      int scale = scaleOff + row * Int8Blocks.count(cols) + col / 32;
      return (double) w[wOff + row * cols + col] * scales[scale];
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void matvecEqualsSumsInDouble(Int8Kernels int8) {
    for (int cols : KernelsUnderTest.SIZES) {
      for (int rows : new int[] {1, 3, 4, 6}) {
        for (int off : KernelsUnderTest.OFFSETS) {
          Matrix m = Matrix.random(rows, cols, off, cols + off);
          float[] x = KernelsUnderTest.random(rows, off + cols + 1);
          float[] y = new float[off + rows + 1];
          y[off + rows] = 77;
          int8.matvec(POOL, y, off, m.w, m.wOff, m.scales, m.scaleOff, x, off, rows, cols);
          for (int r = 0; r < rows; r++) {
            double sum = 0;
            double size = 0;
            for (int c = 0; c < cols; c++) {
              sum += m.at(r, c) * x[off + c];
              size += Math.abs(m.at(r, c) * x[off + c]);
            }
            assertEquals(sum, y[off + r], 1e-6 * size, rows + " × " + cols + ", row " + r);
          }
          assertEquals(77, y[off + rows]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyPlaceOfARowCountsOnce(Int8Kernels int8) {
    for (int cols : new int[] {1, 31, 32, 33, 70, 129}) {
      for (int at = 0; at < cols; at++) {
        for (byte extreme : new byte[] {-128, -127, 127}) {
          byte[] w = new byte[5 * cols];
          float[] scales = new float[5 * Int8Blocks.count(cols)];
          java.util.Arrays.fill(scales, 0.5f);
          float[] x = new float[cols];
          java.util.Arrays.fill(x, 2f);
          for (int r = 0; r < 5; r++) {
            w[r * cols + at] = extreme;
          }
          float[] y = new float[5];
          int8.matvec(POOL, y, 0, w, 0, scales, 0, x, 0, 5, cols);
          for (float value : y) {
            assertEquals(extreme, value);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aRowHasTheSameBitsAloneAmongOthersAndOnAnyNumberOfThreads(Int8Kernels int8) {
    int rows = 1003;
    int cols = 172;
    Matrix m = Matrix.random(rows, cols, 1, 5);
    float[] x = KernelsUnderTest.random(6, cols);
    float[] two = new float[rows];
    float[] one = new float[rows];
    int8.matvec(POOL, two, 0, m.w, 1, m.scales, 1, x, 0, rows, cols);
    int8.matvec(ALONE, one, 0, m.w, 1, m.scales, 1, x, 0, rows, cols);
    assertArrayEquals(one, two);
    int blocks = Int8Blocks.count(cols);
    for (int r = 0; r < rows; r += 7) {
      float[] single = new float[1];
      int8.matvec(POOL, single, 0, m.w, 1 + r * cols, m.scales, 1 + r * blocks, x, 0, 1, cols);
      assertEquals(one[r], single[0], 0f);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void dequantizingIsExact(Int8Kernels int8) {
    for (int n : KernelsUnderTest.SIZES) {
      for (int off : KernelsUnderTest.OFFSETS) {
        Matrix m = Matrix.random(1, n, off, n);
        float[] to = new float[off + n + 1];
        int8.dequantize(to, off, m.w, m.wOff, m.scales, m.scaleOff, n);
        for (int i = 0; i < n; i++) {
          float expected = m.w[off + i] * m.scales[off + i / 32];
          assertEquals(expected, to[off + i], 0f);
        }
        assertEquals(0f, to[off + n]);
      }
    }
  }

  /** The product of many rows has the bits of the float product of the same values. */
  @ParameterizedTest
  @MethodSource("all")
  void batchedProductEqualsTheFloatProductBitForBit(Int8Kernels int8) {
    Kernels kernels = Kernels.best();
    int[][] shapes = {{2, 5, 7}, {3, 64, 33}, {17, 130, 1030}, {64, 700, 96}, {5, 33, 2100}};
    for (int[] s : shapes) {
      int m = s[0];
      int n = s[1];
      int k = s[2];
      Matrix w = Matrix.random(n, k, 3, n);
      float[] a = KernelsUnderTest.random(8, 2 + m * (k + 1));
      float[] floats = new float[n * k];
      for (int r = 0; r < n; r++) {
        int scale = 3 + r * Int8Blocks.count(k);
        int8.dequantize(floats, r * k, w.w, 3 + r * k, w.scales, scale, k);
      }
      float[] expected = new float[m * (n + 2)];
      kernels.gemmNT(POOL, expected, 0, n + 2, a, 2, k + 1, floats, 0, k, m, n, k, false);
      float[] got = new float[m * (n + 2)];
      int8.gemmNT(POOL, kernels, got, 0, n + 2, a, 2, k + 1, w.w, 3, w.scales, 3, m, n, k);
      assertArrayEquals(expected, got, m + " × " + n + " × " + k);
    }
  }

  @Test
  void quantizingErrsByHalfAStepAndKeepsTheLargest() {
    for (int n : KernelsUnderTest.SIZES) {
      float[] x = KernelsUnderTest.random(n, n + 2);
      byte[] q = new byte[n + 1];
      float[] scales = new float[Int8Blocks.count(n) + 1];
      assertTrue(Int8Blocks.quantize(q, 1, scales, 1, x, 2, n));
      for (int b = 0; b < n; b += 32) {
        float largest = 0;
        int extreme = 0;
        float scale = scales[1 + b / 32];
        assertEquals(scale, HalfFloat.toFloat(HalfFloat.fromFloat(scale)));
        for (int i = b; i < Math.min(n, b + 32); i++) {
          largest = Math.max(largest, Math.abs(x[2 + i]));
          extreme = Math.max(extreme, Math.abs(q[1 + i]));
          // Half a step, and half precision of the scale: 2⁻¹¹ of 127 steps.
          assertEquals(x[2 + i], q[1 + i] * scale, scale * (0.5 + 127 * 0x1p-11));
        }
        assertEquals(127, extreme);
        assertEquals(largest / 127, scale, largest / 127 * 0x1p-11);
      }
    }
  }

  @Test
  void zerosStayZeroAndWhatIsNoNumberIsReported() {
    byte[] q = new byte[64];
    float[] scales = new float[2];
    assertTrue(Int8Blocks.quantize(q, 0, scales, 0, new float[64], 0, 64));
    assertArrayEquals(new byte[64], q);
    assertArrayEquals(new float[2], scales);
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 9e6f}) {
      float[] x = new float[64];
      x[40] = bad;
      assertFalse(Int8Blocks.quantize(q, 0, scales, 0, x, 0, 64), "value " + bad);
    }
    float[] tiny = new float[64];
    tiny[3] = Float.MIN_VALUE;
    assertTrue(Int8Blocks.quantize(q, 0, scales, 0, tiny, 0, 64));
    assertEquals(0, q[3] * scales[0]);
  }
}
