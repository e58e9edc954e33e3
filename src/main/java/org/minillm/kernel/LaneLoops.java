package org.minillm.kernel;

import java.util.Arrays;

/**
 * Loops of inference in plain Java with the bits of {@link VectorRows} and {@link VectorLayers}:
 * sums go to as many partial sums as those have lanes, and these are added in the same order. Four
 * lanes at a time stay in registers, also in what C1 compiles.
 *
 * <p>Letters: n elements of a row, lanes L of a vector.
 */
final class LaneLoops {
  /** A dot product of {@link VectorRows#dot} has four vectors of sums. */
  private static final int DOT_VECTORS = 4;

  private LaneLoops() {}

  // ---- sums -------------------------------------------------------------------------------------

  /** {@link VectorRows#dot}. */
  static float dot(float[] a, int aOff, float[] b, int bOff, int n, int lanes) {
    int wide = DOT_VECTORS * lanes;
    float[] sums = new float[wide];
    int whole = n - n % wide;
    int end = n - n % lanes;
    products(sums, wide, a, aOff, b, bOff, 0, whole);
    products(sums, lanes, a, aOff, b, bOff, whole, end);
    float tail = tail(a, aOff, b, bOff, end, n);
    for (int l = 0; l < lanes; l++) {
      sums[l] = (sums[l] + sums[lanes + l]) + (sums[2 * lanes + l] + sums[3 * lanes + l]);
    }
    return addLanes(sums, lanes) + tail;
  }

  /** {@link VectorRows#rowsTimes}: y[rows] = W[rows,cols] · x. */
  static void rowsTimes(
      float[] y,
      int yOff,
      float[] w,
      int wOff,
      int ldw,
      float[] x,
      int xOff,
      int rows,
      int cols,
      int lanes) {
    float[] sums = new float[lanes];
    int end = cols - cols % lanes;
    for (int r = 0; r < rows; r++) {
      int row = wOff + r * ldw;
      Arrays.fill(sums, 0f);
      products(sums, lanes, w, row, x, xOff, 0, end);
      y[yOff + r] = addLanes(sums, lanes) + tail(w, row, x, xOff, end, cols);
    }
  }

  /** sums[l] += Σ aᵢ·bᵢ over i = from + l, from + l + width, … below {@code to}. */
  private static void products(
      float[] sums, int width, float[] a, int aOff, float[] b, int bOff, int from, int to) {
    for (int l = 0; l < width; l += 4) {
      float s0 = sums[l];
      float s1 = sums[l + 1];
      float s2 = sums[l + 2];
      float s3 = sums[l + 3];
      for (int i = from + l; i < to; i += width) {
        s0 = Fma.of(a[aOff + i], b[bOff + i], s0);
        s1 = Fma.of(a[aOff + i + 1], b[bOff + i + 1], s1);
        s2 = Fma.of(a[aOff + i + 2], b[bOff + i + 2], s2);
        s3 = Fma.of(a[aOff + i + 3], b[bOff + i + 3], s3);
      }
      sums[l] = s0;
      sums[l + 1] = s1;
      sums[l + 2] = s2;
      sums[l + 3] = s3;
    }
  }

  private static float tail(float[] a, int aOff, float[] b, int bOff, int from, int n) {
    float tail = 0;
    for (int i = from; i < n; i++) {
      tail = Fma.of(a[aOff + i], b[bOff + i], tail);
    }
    return tail;
  }

  /** {@link Lanes#addLanes}; overwrites {@code sums}. */
  private static float addLanes(float[] sums, int lanes) {
    for (int step = 1; step < lanes; step *= 2) {
      for (int l = 0; l < lanes; l += 2 * step) {
        sums[l] += sums[l + step];
      }
    }
    return sums[0];
  }

  /** {@link VectorRows#expInPlace}: x = exp(α·x - β); returns the sum. */
  static float expInPlace(float[] x, int off, int n, float alpha, float beta, int lanes) {
    float[] sums = new float[lanes];
    int end = n - n % lanes;
    for (int i = 0; i < n; i++) {
      x[off + i] = Exponential.of(Fma.of(alpha, x[off + i], -beta));
    }
    for (int i = 0; i < end; i += lanes) {
      for (int l = 0; l < lanes; l++) {
        sums[l] += x[off + i + l];
      }
    }
    float tail = 0;
    for (int i = end; i < n; i++) {
      tail += x[off + i];
    }
    return addLanes(sums, lanes) + tail;
  }

  /** {@link VectorRows#crossEntropy}; x stays. */
  static float crossEntropy(float[] x, int off, int n, int target, int lanes) {
    float max = ScalarRows.max(x, off, n);
    float[] sums = new float[lanes];
    int end = n - n % lanes;
    for (int i = 0; i < end; i += lanes) {
      for (int l = 0; l < lanes; l++) {
        sums[l] += Exponential.of(x[off + i + l] - max);
      }
    }
    float tail = 0;
    for (int i = end; i < n; i++) {
      tail += Exponential.of(x[off + i] - max);
    }
    return (float) (Math.log(addLanes(sums, lanes) + tail) + max - x[off + target]);
  }

  // ---- layers: on the calling thread, the rows of a start are few -------------------------------

  /** {@link VectorLayers#rmsNormForward}. */
  static void rmsNormForward(
      float[] y,
      int yOff,
      float[] rstd,
      int rstdOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      int rows,
      int d,
      float eps,
      int lanes) {
    for (int r = 0; r < rows; r++) {
      int at = xOff + r * d;
      int to = yOff + r * d;
      float scale = (float) (1.0 / Math.sqrt(dot(x, at, x, at, d, lanes) / d + eps));
      rstd[rstdOff + r] = scale;
      for (int i = 0; i < d; i++) {
        y[to + i] = x[at + i] * scale * gain[gainOff + i];
      }
    }
  }

  /** {@link VectorLayers#rope}. */
  static void rope(
      float[] x,
      int xOff,
      int ldx,
      float[] cos,
      float[] sin,
      int rows,
      int time,
      int position0,
      int heads,
      int headDim,
      boolean inverse) {
    int half = headDim / 2;
    float sign = inverse ? -1f : 1f;
    for (int r = 0; r < rows; r++) {
      int angle = (position0 + r % time) * half;
      for (int h = 0; h < heads; h++) {
        int lo = xOff + r * ldx + h * headDim;
        int hi = lo + half;
        for (int i = 0; i < half; i++) {
          float co = cos[angle + i];
          float si = sin[angle + i] * sign;
          float u = x[lo + i];
          float v = x[hi + i];
          x[lo + i] = u * co - v * si;
          x[hi + i] = v * co + u * si;
        }
      }
    }
  }

  /** {@link VectorLayers#swigluForward}. */
  static void swigluForward(
      float[] h, int hOff, float[] gate, int gateOff, float[] up, int upOff, int n) {
    for (int i = 0; i < n; i++) {
      float g = gate[gateOff + i];
      h[hOff + i] = g / (Exponential.of(-g) + 1f) * up[upOff + i];
    }
  }
}
