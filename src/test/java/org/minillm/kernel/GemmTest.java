package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minillm.base.WorkerPool;

@Tag("kernel")
class GemmTest {
  private static final WorkerPool ONE = new WorkerPool(1);
  private static final WorkerPool THREE = new WorkerPool(3);
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {1, 5, 3},
    {2, 16, 7},
    {3, 17, 33},
    {4, 32, 64},
    {5, 31, 65},
    {7, 33, 255},
    {8, 64, 256},
    {9, 65, 257},
    {12, 100, 100},
    {16, 127, 513},
    {17, 129, 31},
    {33, 48, 700},
    {64, 513, 20},
    {130, 40, 90},
    {200, 1030, 40},
    {515, 70, 30},
    {1, 4098, 3},
    {4098, 1, 2},
    {1100, 1200, 3},
    {9, 600, 530},
    {2, 3, 4098}
  };

  private enum Form {
    NN,
    NT,
    TN
  }

  private static void run(
      Kernels kernels, Form form, WorkerPool pool, Case x, float[] c, int m, int n, boolean add) {
    switch (form) {
      case NN ->
          kernels.gemmNN(
              pool, c, x.cOff, x.ldc, x.a, x.aOff, x.lda, x.b, x.bOff, x.ldb, m, n, x.k, add);
      case NT ->
          kernels.gemmNT(
              pool, c, x.cOff, x.ldc, x.a, x.aOff, x.lda, x.b, x.bOff, x.ldb, m, n, x.k, add);
      default ->
          kernels.gemmTN(
              pool, c, x.cOff, x.ldc, x.a, x.aOff, x.lda, x.b, x.bOff, x.ldb, m, n, x.k, x.k, add);
    }
  }

  /** Matrices with offsets and leading dimensions that are no multiple of anything. */
  private static final class Case {
    final Form form;
    final int m;
    final int n;
    final int k;
    final int cOff = 3;
    final int aOff = 1;
    final int bOff = 5;
    final int ldc;
    final int lda;
    final int ldb;
    final float[] a;
    final float[] b;
    final float[] c;

    Case(Form form, int m, int n, int k) {
      this.form = form;
      this.m = m;
      this.n = n;
      this.k = k;
      ldc = n + 3;
      lda = (form == Form.TN ? m : k) + 1;
      ldb = (form == Form.NT ? k : n) + 2;
      a = KernelsUnderTest.random(1, aOff + lda * (form == Form.TN ? k : m));
      b = KernelsUnderTest.random(2, bOff + ldb * (form == Form.NT ? n : k));
      c = KernelsUnderTest.random(3, cOff + ldc * m);
    }

    double a(int i, int p) {
      return a[aOff + (form == Form.TN ? p * lda + i : i * lda + p)];
    }

    double b(int p, int j) {
      return b[bOff + (form == Form.NT ? j * ldb + p : p * ldb + j)];
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void productsEqualDoubleSumsAndTouchNothingElse(Kernels kernels) {
    for (Form form : Form.values()) {
      for (int[] s : SHAPES) {
        for (boolean add : new boolean[] {false, true}) {
          Case x = new Case(form, s[0], s[1], s[2]);
          float[] c = x.c.clone();
          run(kernels, form, THREE, x, c, x.m, x.n, add);
          for (int at = 0; at < c.length; at++) {
            int i = Math.floorDiv(at - x.cOff, x.ldc);
            int j = Math.floorMod(at - x.cOff, x.ldc);
            if (i < 0 || j >= x.n) {
              assertEquals(x.c[at], c[at]);
              continue;
            }
            double sum = add ? x.c[at] : 0;
            double size = Math.abs(sum);
            for (int p = 0; p < x.k; p++) {
              sum += x.a(i, p) * x.b(p, j);
              size += Math.abs(x.a(i, p) * x.b(p, j));
            }
            if (Math.abs(c[at] - sum) > 1e-6 * size) {
              throw new AssertionError(
                  form
                      + " "
                      + Arrays.toString(s)
                      + " add "
                      + add
                      + " ("
                      + i
                      + ","
                      + j
                      + "): "
                      + c[at]
                      + " is not "
                      + sum);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void oneHotInputsFindEveryElementOfTheTails(Kernels kernels) {
    for (Form form : Form.values()) {
      for (int[] s : new int[][] {{5, 37, 19}, {11, 70, 9}}) {
        Case x = new Case(form, s[0], s[1], s[2]);
        for (int p = 0; p < x.k; p++) {
          for (int j = 0; j < x.n; j += 3) {
            Arrays.fill(x.b, 0f);
            x.b[x.bOff + (form == Form.NT ? j * x.ldb + p : p * x.ldb + j)] = 1f;
            float[] c = x.c.clone();
            run(kernels, form, ONE, x, c, x.m, x.n, false);
            for (int i = 0; i < x.m; i++) {
              for (int jj = 0; jj < x.n; jj++) {
                float expected = jj == j ? (float) x.a(i, p) : 0f;
                if (c[x.cOff + i * x.ldc + jj] != expected) {
                  throw new AssertionError(form + " p " + p + " j " + j + " at " + i + "," + jj);
                }
              }
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void anElementDoesNotDependOnThreadsRowsOrColumnsBesideIt(Kernels kernels) {
    for (Form form : Form.values()) {
      for (boolean add : new boolean[] {false, true}) {
        Case x = new Case(form, 75, 203, 600);
        float[] whole = x.c.clone();
        run(kernels, form, ONE, x, whole, x.m, x.n, add);
        float[] threaded = x.c.clone();
        run(kernels, form, THREE, x, threaded, x.m, x.n, add);
        assertArrayEquals(whole, threaded);
        for (int part : new int[] {1, 2, 3, 4, 7, 8, 9, 30}) {
          float[] corner = x.c.clone();
          int columns = part * 5;
          run(kernels, form, THREE, x, corner, part, columns, add);
          for (int i = 0; i < part; i++) {
            for (int j = 0; j < columns; j++) {
              int at = x.cOff + i * x.ldc + j;
              assertEquals(Float.floatToRawIntBits(whole[at]), Float.floatToRawIntBits(corner[at]));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void oneProductOverSegmentsHasTheBitsOfOneProductASegment(Kernels kernels) {
    for (int segment : new int[] {1, 7, 100, 256, 300}) {
      Case x = new Case(Form.TN, 45, 70, 3 * segment);
      float[] whole = x.c.clone();
      kernels.gemmTN(
          THREE, whole, x.cOff, x.ldc, x.a, x.aOff, x.lda, x.b, x.bOff, x.ldb, x.m, x.n, x.k,
          segment, true);
      float[] parts = x.c.clone();
      for (int from = 0; from < x.k; from += segment) {
        kernels.gemmTN(
            THREE,
            parts,
            x.cOff,
            x.ldc,
            x.a,
            x.aOff + from * x.lda,
            x.lda,
            x.b,
            x.bOff + from * x.ldb,
            x.ldb,
            x.m,
            x.n,
            segment,
            segment,
            true);
      }
      assertArrayEquals(parts, whole);
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void emptySumsStoreZeroAndAddNothing(Kernels kernels) {
    float[] c = {1, 2, 3, 4};
    kernels.gemmNN(ONE, c, 0, 2, new float[0], 0, 0, new float[0], 0, 2, 2, 2, 0, true);
    assertArrayEquals(new float[] {1, 2, 3, 4}, c);
    kernels.gemmNN(ONE, c, 0, 2, new float[0], 0, 0, new float[0], 0, 2, 2, 2, 0, false);
    assertArrayEquals(new float[4], c);
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void matvecEqualsDoubleSumsAndARowDoesNotDependOnTheOthers(Kernels kernels) {
    for (int[] s :
        new int[][] {{1, 1}, {3, 5}, {4, 64}, {5, 65}, {130, 257}, {1030, 33}, {9, 4098}}) {
      int rows = s[0];
      int cols = s[1];
      int ldw = cols + 3;
      float[] w = KernelsUnderTest.random(4, 7 + rows * ldw);
      float[] x = KernelsUnderTest.random(5, 1 + cols);
      float[] y = new float[rows + 2];
      float[] again = new float[rows + 2];
      kernels.matvec(y, 1, w, 7, ldw, x, 1, rows, cols);
      int cut = rows / 3;
      kernels.matvec(again, 1, w, 7, ldw, x, 1, cut, cols);
      kernels.matvec(again, 1 + cut, w, 7 + cut * ldw, ldw, x, 1, rows - cut, cols);
      assertArrayEquals(y, again);
      assertEquals(0f, y[0]);
      assertEquals(0f, y[rows + 1]);
      for (int r = 0; r < rows; r++) {
        double sum = 0;
        double size = 0;
        for (int i = 0; i < cols; i++) {
          sum += (double) w[7 + r * ldw + i] * x[1 + i];
          size += Math.abs((double) w[7 + r * ldw + i] * x[1 + i]);
        }
        assertTrue(Math.abs(y[1 + r] - sum) <= 1e-6 * size, rows + " x " + cols);
      }
    }
  }
}
