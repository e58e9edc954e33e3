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

  static Stream<Int8Kernels> all() {
    return KernelChoice.vectorModulePresent() && VectorInt8Kernels.runsHere()
        ? Stream.of(Int8Kernels.scalar(), new VectorInt8Kernels())
        : Stream.of(Int8Kernels.scalar());
  }

  /** A matrix of quants with every value there is, and scales that differ by block. */
  private record Matrix(byte[][] w, float[][] scales, Int8Panels panels) {
    static Matrix random(int rows, int cols, long seed) {
      Random random = new Random(seed);
      byte[][] w = new byte[rows][cols];
      float[][] scales = new float[rows][Int8Blocks.count(cols)];
      Int8Panels panels = new Int8Panels(rows, cols);
      byte[] extremes = {-127, 127, -128, 0};
      for (int r = 0; r < rows; r++) {
        random.nextBytes(w[r]);
        for (int i = random.nextInt(5); i < cols; i += 5) {
          w[r][i] = extremes[random.nextInt(4)];
        }
        for (int b = 0; b < scales[r].length; b++) {
          scales[r][b] = random.nextFloat() * 0.01f + 1e-4f;
        }
        panels.setRow(r, w[r], scales[r]);
      }
      return new Matrix(w, scales, panels);
    }

    float at(int row, int col) {
      return w[row][col] * scales[row][col / 32];
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void rowsTimesEqualsSumsInDouble(Int8Kernels int8) {
    for (int cols : KernelsUnderTest.SIZES) {
      Matrix m = Matrix.random(50, cols, cols);
      for (int[] part : new int[][] {{0, 50}, {0, 1}, {3, 6}, {5, 30}, {16, 16}, {32, 18}}) {
        int from = part[0];
        int count = part[1];
        for (int off : KernelsUnderTest.OFFSETS) {
          float[] x = KernelsUnderTest.random(count, off + cols + 1);
          float[] y = new float[off + count + 1];
          y[off + count] = 77;
          int8.rowsTimes(y, off, m.panels, from, count, x, off);
          for (int r = 0; r < count; r++) {
            double sum = 0;
            double size = 0;
            for (int c = 0; c < cols; c++) {
              sum += (double) m.at(from + r, c) * x[off + c];
              size += Math.abs((double) m.at(from + r, c) * x[off + c]);
            }
            assertEquals(sum, y[off + r], 1e-6 * size, cols + " columns, row " + (from + r));
          }
          assertEquals(77, y[off + count]);
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
          byte[] w = new byte[cols];
          w[at] = extreme;
          float[] scales = new float[Int8Blocks.count(cols)];
          java.util.Arrays.fill(scales, 0.5f);
          Int8Panels panels = new Int8Panels(37, cols);
          for (int r = 0; r < 37; r++) {
            panels.setRow(r, w, scales);
          }
          float[] x = new float[cols];
          java.util.Arrays.fill(x, 2f);
          float[] y = new float[37];
          int8.rowsTimes(y, 0, panels, 0, 37, x, 0);
          for (float value : y) {
            assertEquals(extreme, value);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aRowHasTheSameBitsAloneAndAmongAnyOthers(Int8Kernels int8) {
    int rows = 103;
    for (int cols : new int[] {96, 172, 20}) {
      Matrix m = Matrix.random(rows, cols, 5);
      float[] x = KernelsUnderTest.random(6, cols);
      float[] all = new float[rows];
      int8.rowsTimes(all, 0, m.panels, 0, rows, x, 0);
      for (int count : new int[] {1, 4, 16, 17, 32, 40}) {
        for (int from = 0; from + count <= rows; from++) {
          float[] some = new float[count];
          int8.rowsTimes(some, 0, m.panels, from, count, x, 0);
          assertArrayEquals(java.util.Arrays.copyOfRange(all, from, from + count), some);
        }
      }
    }
  }

  @Test
  void panelsGiveBackTheRowsTheyTook() {
    for (int cols : KernelsUnderTest.SIZES) {
      Matrix m = Matrix.random(19, cols, cols);
      byte[] w = new byte[cols];
      float[] scales = new float[Int8Blocks.count(cols)];
      float[] floats = new float[cols + 2];
      for (int r = 0; r < 19; r++) {
        m.panels.getRow(r, w, scales);
        assertArrayEquals(m.w[r], w);
        assertArrayEquals(m.scales[r], scales);
        m.panels.dequantizeRow(r, floats, 1);
        for (int c = 0; c < cols; c++) {
          assertEquals(m.at(r, c), floats[1 + c], 0f);
        }
        assertEquals(0f, floats[cols + 1]);
      }
      long bytes = m.panels.quants.length + 4L * m.panels.scales.length;
      assertEquals(bytes, Int8Panels.bytes(19, cols));
    }
  }

  /** The product of many rows has the bits of the float product of the same values. */
  @ParameterizedTest
  @MethodSource("all")
  void batchedProductEqualsTheFloatProductBitForBit(Int8Kernels int8) {
    Kernels kernels = Kernels.best();
    int[][] shapes = {
      {2, 5, 7, 0},
      {3, 64, 33, 16},
      {17, 130, 1030, 5},
      {64, 700, 96, 0},
      {5, 33, 2100, 32},
      {70, 128, 2100, 0},
      {9, 96, 288, 16}
    };
    for (int[] s : shapes) {
      int m = s[0];
      int n = s[1];
      int k = s[2];
      int from = s[3];
      Matrix w = Matrix.random(from + n + 2, k, n);
      float[] a = KernelsUnderTest.random(8, 2 + m * (k + 1));
      float[] floats = new float[n * k];
      for (int r = 0; r < n; r++) {
        for (int c = 0; c < k; c++) {
          floats[r * k + c] = w.at(from + r, c);
        }
      }
      float[] expected = new float[m * (n + 2)];
      kernels.gemmNT(POOL, expected, 0, n + 2, a, 2, k + 1, floats, 0, k, m, n, k, false);
      float[] got = new float[m * (n + 2)];
      int8.gemmNT(POOL, kernels, got, 0, n + 2, a, 2, k + 1, w.panels, from, m, n);
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
