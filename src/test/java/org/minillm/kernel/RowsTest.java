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
class RowsTest {
  private static final WorkerPool POOL = new WorkerPool(2);

  /** Runs a check for each size and offset. */
  private interface Check {
    void run(int n, int off);
  }

  private static void eachSize(Check check) {
    for (int n : KernelsUnderTest.SIZES) {
      for (int off : KernelsUnderTest.OFFSETS) {
        check.run(n, off);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void sumsEqualDoubleSums(Kernels kernels) {
    eachSize(
        (n, off) -> {
          float[] a = KernelsUnderTest.random(n, off + n + 1);
          float[] b = KernelsUnderTest.random(n + 1, n + 8);
          double dot = 0;
          double dotSize = 0;
          double sum = 0;
          double sumSize = 0;
          double squares = 0;
          for (int i = 0; i < n; i++) {
            dot += (double) a[off + i] * b[7 + i];
            dotSize += Math.abs((double) a[off + i] * b[7 + i]);
            sum += a[off + i];
            sumSize += Math.abs(a[off + i]);
            squares += (double) a[off + i] * a[off + i];
          }
          assertEquals(dot, kernels.dot(a, off, b, 7, n), 1e-6 * dotSize, "dot of " + n);
          assertEquals(sum, kernels.sum(a, off, n), 1e-6 * sumSize, "sum of " + n);
          assertEquals(
              squares, kernels.sumOfSquares(POOL, a, off, n), 1e-12 * squares, "squares " + n);
        });
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void squaresOfManyChunksHaveTheSameBitsForAnyThreadsAndZeroClearsThem(Kernels kernels) {
    float[] x = KernelsUnderTest.random(9, 200_003);
    double expected = 0;
    for (int i = 1; i < x.length - 1; i++) {
      expected += (double) x[i] * x[i];
    }
    double two = kernels.sumOfSquares(POOL, x, 1, x.length - 2);
    try (WorkerPool one = new WorkerPool(1)) {
      assertEquals(two, kernels.sumOfSquares(one, x, 1, x.length - 2));
    }
    assertEquals(expected, two, 1e-12 * expected);
    float first = x[0];
    float last = x[x.length - 1];
    kernels.zero(POOL, x, 1, x.length - 2);
    assertEquals(0, kernels.sumOfSquares(POOL, x, 1, x.length - 2));
    assertEquals(first, x[0]);
    assertEquals(last, x[x.length - 1]);
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void oneHotInputsAreFoundAtEveryPlace(Kernels kernels) {
    for (int n : new int[] {1, 5, 37, 130}) {
      float[] x = new float[n + 4];
      float[] ones = new float[n + 4];
      Arrays.fill(ones, 1f);
      x[2] = 100; // beside the row: never to be seen
      x[n + 3] = 100;
      for (int i = 0; i < n; i++) {
        x[3 + i] = 7;
        assertEquals(7f, kernels.dot(x, 3, ones, 1, n));
        assertEquals(7f, kernels.sum(x, 3, n));
        assertEquals(49.0, kernels.sumOfSquares(POOL, x, 3, n));
        assertEquals(7f, kernels.max(x, 3, n));
        assertEquals(i, kernels.argmax(x, 3, n));
        x[3 + i] = 0;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void largestElementAndItsFirstPlace(Kernels kernels) {
    eachSize(
        (n, off) -> {
          float[] x = KernelsUnderTest.random(n, off + n);
          for (int i = off; i < off + n; i++) {
            x[i] = -Math.abs(x[i]) - 1;
          }
          x[off + n / 2] = -0.5f;
          x[off + n - 1] = -0.5f;
          assertEquals(-0.5f, kernels.max(x, off, n));
          assertEquals(n / 2, kernels.argmax(x, off, n));
          x[off + n / 3] = Float.NaN;
          assertTrue(Float.isNaN(kernels.max(x, off, n)), "NaN of " + n);
        });
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void elementwiseLoopsStayInTheirRow(Kernels kernels) {
    eachSize(
        (n, off) -> {
          float[] x = KernelsUnderTest.random(n, n + 5);
          float[] y = KernelsUnderTest.random(n + 1, off + n + 2);
          float[] added = y.clone();
          float[] axpy = y.clone();
          float[] scaled = y.clone();
          kernels.add(added, off, x, 5, n);
          kernels.axpy(axpy, off, -1.5f, x, 5, n);
          kernels.scale(scaled, off, 0.3f, n);
          for (int i = 0; i < y.length; i++) {
            boolean inside = i >= off && i < off + n;
            float other = inside ? x[5 + i - off] : 0f;
            assertEquals(y[i] + other, added[i]);
            double size = Math.abs(y[i]) + 1.5 * Math.abs(other);
            assertEquals(y[i] - 1.5 * other, axpy[i], 2e-7 * size);
            assertEquals(inside ? y[i] * 0.3f : y[i], scaled[i]);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void expIsAccurateToTwoTenMillionths(Kernels kernels) {
    int n = 200_003;
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (-87.3 + i * (88.7 + 87.3) / n);
    }
    float[] y = new float[n];
    kernels.exp(y, 0, x, 0, n);
    for (int i = 0; i < n; i++) {
      double expected = Math.exp(x[i]);
      assertTrue(Math.abs(y[i] - expected) <= 2e-7 * expected, "exp " + x[i] + " = " + y[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void expKnowsItsLimits(Kernels kernels) {
    float[] special = {
      0f,
      -0f,
      Float.NEGATIVE_INFINITY,
      Float.POSITIVE_INFINITY,
      Float.NaN,
      -200f,
      200f,
      88.8f,
      88.72f,
      -87.4f,
      Float.MIN_VALUE
    };
    for (int copies : new int[] {1, 20}) {
      for (float value : special) {
        float[] x = new float[copies];
        Arrays.fill(x, value);
        kernels.exp(x, 0, x, 0, copies);
        double expected = Math.exp(value);
        for (float y : x) {
          if (Float.isNaN(value)) {
            assertTrue(Float.isNaN(y), "exp NaN");
          } else if (expected < 1.3e-38) {
            assertEquals(0f, y, "exp " + value);
          } else if (expected > Float.MAX_VALUE) {
            assertEquals(Float.POSITIVE_INFINITY, y, "exp " + value);
          } else {
            assertEquals(expected, y, 2e-7 * expected, "exp " + value);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void expHasTheBitsOfTheOneFloatFunction(Kernels kernels) {
    float[] x = KernelsUnderTest.random(1, 20_000);
    kernels.scale(x, 0, 30f, x.length);
    float[] y = new float[x.length];
    for (int repeat = 0; repeat < 20; repeat++) { // interpreted first, compiled later
      kernels.exp(y, 0, x, 0, x.length);
      for (int i = 0; i < x.length; i++) {
        if (Float.floatToRawIntBits(y[i]) != Float.floatToRawIntBits(Exponential.of(x[i]))) {
          assertEquals(Exponential.of(x[i]), y[i], "exp " + x[i]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void softmaxAndCrossEntropyEqualDoubleFormulas(Kernels kernels) {
    eachSize(
        (n, off) -> {
          float[] x = KernelsUnderTest.random(n, off + n + 1);
          kernels.scale(x, off, 4f, n);
          int target = n * 2 / 3;
          double sum = 0;
          for (int i = 0; i < n; i++) {
            sum += Math.exp(x[off + i]);
          }
          double loss = Math.log(sum) - x[off + target];
          float[] kept = x.clone();
          assertEquals(loss, kernels.crossEntropy(x, off, n, target), 1e-5);
          assertArrayEquals(kept, x);
          float[] soft = x.clone();
          kernels.softmax(soft, off, n);
          float[] gradient = x.clone();
          assertEquals(loss, kernels.crossEntropyBackward(gradient, off, n, target, 0.25f), 1e-5);
          for (int i = 0; i < n; i++) {
            double p = Math.exp(x[off + i]) / sum;
            assertEquals(p, soft[off + i], 5e-6 * p + 1e-12);
            assertEquals(0.25 * (p - (i == target ? 1 : 0)), gradient[off + i], 1e-6);
          }
          assertEquals(x[off + n], soft[off + n]);
          assertEquals(x[off + n], gradient[off + n]);
        });
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void crossEntropyGradientIsTheSlopeOfTheLoss(Kernels kernels) {
    int n = 37;
    float[] x = KernelsUnderTest.random(5, n);
    float[] gradient = x.clone();
    kernels.crossEntropyBackward(gradient, 0, n, 11, 1f);
    for (int i = 0; i < n; i++) {
      double h = 1e-4;
      double slope = (loss(x, i, h, 11) - loss(x, i, -h, 11)) / (2 * h);
      assertEquals(slope, gradient[i], 1e-6);
    }
  }

  private static double loss(float[] x, int moved, double by, int target) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += Math.exp(x[i] + (i == moved ? by : 0));
    }
    return Math.log(sum) - x[target] - (moved == target ? by : 0);
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void hugeLogitsStayFiniteAndHiddenOnesGetNothing(Kernels kernels) {
    float[] x = new float[40];
    Arrays.fill(x, 1e30f);
    x[7] = Float.NEGATIVE_INFINITY;
    kernels.softmax(x, 0, 40);
    assertEquals(0f, x[7]);
    assertEquals(1.0 / 39, x[39], 1e-7);
  }
}
