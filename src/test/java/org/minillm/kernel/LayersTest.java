package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minillm.base.WorkerPool;

/**
 * Layers against references in double; gradients are central differences of Σ y·dy of the
 * reference.
 */
@Tag("kernel")
class LayersTest {
  private static final WorkerPool ONE = new WorkerPool(1);
  private static final WorkerPool THREE = new WorkerPool(3);
  private static final int[] WIDTHS = {1, 2, 5, 16, 33, 64, 129};
  private static final double STEP = 1e-5;

  private static double[] doubles(float[] x, int off, int n) {
    double[] y = new double[n];
    for (int i = 0; i < n; i++) {
      y[i] = x[off + i];
    }
    return y;
  }

  private static void near(
      double[] expected, float[] found, int off, double tolerance, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertEquals(
          expected[i], found[off + i], tolerance * (1 + Math.abs(expected[i])), what + " " + i);
    }
  }

  /** d(Σ f(x)·dy)/dx by central differences. */
  private static double[] slope(Function<double[], double[]> f, double[] x, double[] dy) {
    double[] slope = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double kept = x[i];
      x[i] = kept + STEP;
      double[] above = f.apply(x);
      x[i] = kept - STEP;
      double[] below = f.apply(x);
      x[i] = kept;
      for (int j = 0; j < dy.length; j++) {
        slope[i] += (above[j] - below[j]) * dy[j] / (2 * STEP);
      }
    }
    return slope;
  }

  private static double[] rmsNorm(double[] x, double[] gain) {
    int d = gain.length;
    double[] y = new double[x.length];
    for (int r = 0; r < x.length / d; r++) {
      double squares = 0;
      for (int i = 0; i < d; i++) {
        squares += x[r * d + i] * x[r * d + i];
      }
      for (int i = 0; i < d; i++) {
        y[r * d + i] = x[r * d + i] / Math.sqrt(squares / d + 1e-5) * gain[i];
      }
    }
    return y;
  }

  private static double[] layerNorm(double[] x, double[] gain, double[] bias) {
    int d = gain.length;
    double[] y = new double[x.length];
    for (int r = 0; r < x.length / d; r++) {
      double mean = 0;
      double variance = 0;
      for (int i = 0; i < d; i++) {
        mean += x[r * d + i] / d;
      }
      for (int i = 0; i < d; i++) {
        variance += (x[r * d + i] - mean) * (x[r * d + i] - mean) / d;
      }
      for (int i = 0; i < d; i++) {
        y[r * d + i] = (x[r * d + i] - mean) / Math.sqrt(variance + 1e-5) * gain[i] + bias[i];
      }
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void rmsNormAndItsGradients(Kernels kernels) {
    int rows = 19;
    for (int d : WIDTHS) {
      int n = rows * d;
      float[] x = KernelsUnderTest.random(1, n + 1);
      float[] gain = KernelsUnderTest.random(2, d + 2);
      float[] dy = KernelsUnderTest.random(3, n + 3);
      float[] y = new float[n + 4];
      float[] rstd = new float[rows + 5];
      kernels.rmsNormForward(THREE, y, 4, rstd, 5, x, 1, gain, 2, rows, d, 1e-5f);
      double[] xs = doubles(x, 1, n);
      double[] gains = doubles(gain, 2, d);
      double[] dys = doubles(dy, 3, n);
      near(rmsNorm(xs, gains), y, 4, 2e-6, "y");

      float[] dx = KernelsUnderTest.random(6, n + 6);
      float[] dGain = KernelsUnderTest.random(7, d + 7);
      double[] dxs = plus(slope(v -> rmsNorm(v, gains), xs, dys), dx, 6);
      double[] dGains = plus(slope(v -> rmsNorm(xs, v), gains, dys), dGain, 7);
      float[] dxOne = dx.clone();
      float[] dGainOne = dGain.clone();
      kernels.rmsNormBackward(THREE, dx, 6, dGain, 7, dy, 3, x, 1, gain, 2, rstd, 5, rows, d);
      near(dxs, dx, 6, d == 1 ? 1e-4 : 2e-5, "dx of " + d);
      near(dGains, dGain, 7, 2e-5, "dGain of " + d);
      kernels.rmsNormBackward(ONE, dxOne, 6, dGainOne, 7, dy, 3, x, 1, gain, 2, rstd, 5, rows, d);
      assertArrayEquals(dxOne, dx);
      assertArrayEquals(dGainOne, dGain);
    }
  }

  private static double[] plus(double[] slope, float[] before, int off) {
    for (int i = 0; i < slope.length; i++) {
      slope[i] += before[off + i];
    }
    return slope;
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void layerNormAndItsGradients(Kernels kernels) {
    int rows = 18;
    for (int d : new int[] {4, 5, 16, 33, 64, 129}) {
      int n = rows * d;
      float[] x = KernelsUnderTest.random(1, n + 1);
      float[] gain = KernelsUnderTest.random(2, d + 2);
      float[] bias = KernelsUnderTest.random(8, d + 3);
      float[] dy = KernelsUnderTest.random(3, n + 3);
      float[] y = new float[n + 4];
      float[] mean = new float[rows + 1];
      float[] rstd = new float[rows + 5];
      kernels.layerNormForward(
          THREE, y, 4, mean, 1, rstd, 5, x, 1, gain, 2, bias, 3, rows, d, 1e-5f);
      double[] xs = doubles(x, 1, n);
      double[] gains = doubles(gain, 2, d);
      double[] biases = doubles(bias, 3, d);
      double[] dys = doubles(dy, 3, n);
      near(layerNorm(xs, gains, biases), y, 4, 4e-6, "y");

      float[] dx = KernelsUnderTest.random(6, n + 6);
      float[] dGain = KernelsUnderTest.random(7, d + 7);
      float[] dBias = KernelsUnderTest.random(9, d + 2);
      double[] dxs = plus(slope(v -> layerNorm(v, gains, biases), xs, dys), dx, 6);
      double[] dGains = plus(slope(v -> layerNorm(xs, v, biases), gains, dys), dGain, 7);
      double[] dBiases = plus(slope(v -> layerNorm(xs, gains, v), biases, dys), dBias, 2);
      float[] dxOne = dx.clone();
      float[] dGainOne = dGain.clone();
      float[] dBiasOne = dBias.clone();
      kernels.layerNormBackward(
          THREE, dx, 6, dGain, 7, dBias, 2, dy, 3, x, 1, gain, 2, mean, 1, rstd, 5, rows, d);
      near(dxs, dx, 6, 5e-5, "dx of " + d);
      near(dGains, dGain, 7, 2e-5, "dGain of " + d);
      near(dBiases, dBias, 2, 2e-5, "dBias of " + d);
      kernels.layerNormBackward(
          ONE, dxOne, 6, dGainOne, 7, dBiasOne, 2, dy, 3, x, 1, gain, 2, mean, 1, rstd, 5, rows, d);
      assertArrayEquals(dxOne, dx);
      assertArrayEquals(dGainOne, dGain);
      assertArrayEquals(dBiasOne, dBias);
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void ropeTurnsPairsByTheirPositionAndBack(Kernels kernels) {
    for (int headDim : new int[] {2, 6, 16, 50, 64, 128}) {
      int half = headDim / 2;
      int time = 7;
      int rows = 2 * time;
      int heads = 3;
      int position0 = 5;
      int ldx = heads * headDim + 3;
      float[] cos = new float[(position0 + time) * half];
      float[] sin = new float[cos.length];
      for (int p = 0; p < position0 + time; p++) {
        for (int i = 0; i < half; i++) {
          double angle = p * Math.pow(10_000, -2.0 * i / headDim);
          cos[p * half + i] = (float) Math.cos(angle);
          sin[p * half + i] = (float) Math.sin(angle);
        }
      }
      float[] x = KernelsUnderTest.random(headDim, 2 + rows * ldx);
      float[] y = x.clone();
      kernels.rope(THREE, y, 2, ldx, cos, sin, rows, time, position0, heads, headDim, false);
      float[] expected = x.clone();
      for (int r = 0; r < rows; r++) {
        for (int h = 0; h < heads; h++) {
          for (int i = 0; i < half; i++) {
            int lo = 2 + r * ldx + h * headDim + i;
            double angle = (position0 + r % time) * Math.pow(10_000, -2.0 * i / headDim);
            double c = Math.cos(angle);
            double s = Math.sin(angle);
            expected[lo] = (float) (x[lo] * c - x[lo + half] * s);
            expected[lo + half] = (float) (x[lo + half] * c + x[lo] * s);
          }
        }
      }
      assertArrayEquals(expected, y, 2e-6f);
      // The rotation is orthogonal, so its gradient is the rotation back.
      kernels.rope(ONE, y, 2, ldx, cos, sin, rows, time, position0, heads, headDim, true);
      assertArrayEquals(x, y, 2e-6f);
    }
  }

  private static double silu(double g) {
    return g / (1 + Math.exp(-g));
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void swigluAndItsGradients(Kernels kernels) {
    for (int n : KernelsUnderTest.SIZES) {
      float[] gate = KernelsUnderTest.random(1, n + 1);
      float[] up = KernelsUnderTest.random(2, n + 2);
      float[] dH = KernelsUnderTest.random(3, n + 3);
      kernels.scale(gate, 0, 4f, n + 1);
      float[] h = new float[n + 4];
      float[] dGate = new float[n + 5];
      float[] dUp = new float[n + 6];
      kernels.swigluForward(THREE, h, 4, gate, 1, up, 2, n);
      kernels.swigluBackward(THREE, dGate, 5, dUp, 6, dH, 3, gate, 1, up, 2, n);
      for (int i = 0; i < n; i++) {
        double g = gate[1 + i];
        double u = up[2 + i];
        double upstream = dH[3 + i];
        double slope = (silu(g + STEP) - silu(g - STEP)) / (2 * STEP);
        assertEquals(silu(g) * u, h[4 + i], 2e-6 * (1 + Math.abs(g * u)));
        assertEquals(upstream * u * slope, dGate[5 + i], 1e-5);
        assertEquals(upstream * silu(g), dUp[6 + i], 2e-6 * (1 + Math.abs(g * upstream)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void swigluMayOverwriteItsInputs(Kernels kernels) {
    int n = 9001;
    float[] gate = KernelsUnderTest.random(1, n);
    float[] up = KernelsUnderTest.random(2, n);
    float[] dH = KernelsUnderTest.random(3, n);
    gate[0] = -1000f;
    gate[1] = 1000f;
    float[] h = new float[n];
    kernels.swigluForward(ONE, h, 0, gate, 0, up, 0, n);
    assertEquals(0f, Math.abs(h[0]));
    assertEquals(1000f * up[1], h[1]);
    float[] inGate = gate.clone();
    float[] inUp = up.clone();
    kernels.swigluForward(THREE, inGate, 0, inGate, 0, up, 0, n);
    kernels.swigluForward(THREE, inUp, 0, gate, 0, inUp, 0, n);
    assertArrayEquals(h, inGate);
    assertArrayEquals(h, inUp);
    float[] dGate = new float[n];
    float[] dUp = new float[n];
    kernels.swigluBackward(ONE, dGate, 0, dUp, 0, dH, 0, gate, 0, up, 0, n);
    float[] over = dH.clone();
    float[] spare = new float[n];
    kernels.swigluBackward(THREE, over, 0, spare, 0, over, 0, gate, 0, up, 0, n);
    assertArrayEquals(dGate, over);
    over = dH.clone();
    kernels.swigluBackward(THREE, spare, 0, over, 0, over, 0, gate, 0, up, 0, n);
    assertArrayEquals(dUp, over);
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void adamWEqualsTheFormulaAtAnyOffsets(Kernels kernels) {
    int n = 40_001;
    float[] w = KernelsUnderTest.random(1, n + 3);
    float[] g = KernelsUnderTest.random(2, n + 3);
    float[] m = KernelsUnderTest.random(3, n + 3);
    float[] v = KernelsUnderTest.random(4, n + 3);
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.abs(v[i]);
    }
    float[] w0 = w.clone();
    float[] m0 = m.clone();
    float[] v0 = v.clone();
    kernels.adamW(
        THREE, w, 2, g, 2, m, 2, v, 2, n, 0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.1f, 0.05f, 0.5f);
    assertEquals(w0[1], w[1]);
    assertEquals(w0[n + 2], w[n + 2]);
    for (int i = 2; i < n + 2; i++) {
      double gradient = g[i] * 0.5;
      double first = 0.9 * m0[i] + 0.1 * gradient;
      double second = 0.95 * v0[i] + 0.05 * gradient * gradient;
      double update = first / 0.1 / (Math.sqrt(second / 0.05) + 1e-8) + 0.1 * w0[i];
      assertEquals(first, m[i], 1e-6);
      assertEquals(second, v[i], 2e-6);
      assertEquals(w0[i] - 0.01 * update, w[i], 2e-6 * (1 + Math.abs(update)));
    }
    // The loop for unequal offsets gives the same bits.
    float[] shifted = new float[n];
    System.arraycopy(g, 2, shifted, 0, n);
    float[] w1 = w0.clone();
    float[] m1 = m0.clone();
    float[] v1 = v0.clone();
    kernels.adamW(
        ONE, w1, 2, shifted, 0, m1, 2, v1, 2, n, 0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.1f, 0.05f,
        0.5f);
    assertArrayEquals(w, w1);
    assertArrayEquals(m, m1);
    assertArrayEquals(v, v1);
  }
}
