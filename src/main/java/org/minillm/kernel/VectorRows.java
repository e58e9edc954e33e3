package org.minillm.kernel;

import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.SPECIES;
import static org.minillm.kernel.Lanes.addLanes;
import static org.minillm.kernel.Lanes.addLanesOfFour;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Loops over one row of n elements, on the calling thread, and the matrix-vector product. */
final class VectorRows {
  private static final VectorSpecies<Double> DOUBLES = SPECIES.withLanes(double.class);

  private VectorRows() {}

  // ---- sums -------------------------------------------------------------------------------------

  static float dot(float[] a, int aOff, float[] b, int bOff, int n) {
    FloatVector s0 = all(0f);
    FloatVector s1 = all(0f);
    FloatVector s2 = all(0f);
    FloatVector s3 = all(0f);
    int i = 0;
    for (; i <= n - 4 * LENGTH; i += 4 * LENGTH) {
      s0 = fma(load(a, aOff + i), load(b, bOff + i), s0);
      s1 = fma(load(a, aOff + i + LENGTH), load(b, bOff + i + LENGTH), s1);
      s2 = fma(load(a, aOff + i + 2 * LENGTH), load(b, bOff + i + 2 * LENGTH), s2);
      s3 = fma(load(a, aOff + i + 3 * LENGTH), load(b, bOff + i + 3 * LENGTH), s3);
    }
    for (; i <= n - LENGTH; i += LENGTH) {
      s0 = fma(load(a, aOff + i), load(b, bOff + i), s0);
    }
    float tail = 0;
    for (; i < n; i++) {
      tail = Fma.of(a[aOff + i], b[bOff + i], tail);
    }
    return addLanes(s0.add(s1).add(s2.add(s3))) + tail;
  }

  static float sum(float[] x, int off, int n) {
    FloatVector s0 = all(0f);
    FloatVector s1 = all(0f);
    FloatVector s2 = all(0f);
    FloatVector s3 = all(0f);
    int i = 0;
    for (; i <= n - 4 * LENGTH; i += 4 * LENGTH) {
      s0 = s0.add(load(x, off + i));
      s1 = s1.add(load(x, off + i + LENGTH));
      s2 = s2.add(load(x, off + i + 2 * LENGTH));
      s3 = s3.add(load(x, off + i + 3 * LENGTH));
    }
    for (; i <= n - LENGTH; i += LENGTH) {
      s0 = s0.add(load(x, off + i));
    }
    float tail = 0;
    for (; i < n; i++) {
      tail += x[off + i];
    }
    return addLanes(s0.add(s1).add(s2.add(s3))) + tail;
  }

  /** Largest element; the order of a maximum does not matter. */
  static float max(float[] x, int off, int n) {
    int i = 0;
    float max = x[off];
    if (n >= 2 * LENGTH) {
      FloatVector m0 = load(x, off);
      FloatVector m1 = load(x, off + LENGTH);
      for (i = 2 * LENGTH; i <= n - 2 * LENGTH; i += 2 * LENGTH) {
        m0 = m0.max(load(x, off + i));
        m1 = m1.max(load(x, off + i + LENGTH));
      }
      max = m0.max(m1).reduceLanes(VectorOperators.MAX);
    }
    for (; i < n; i++) {
      max = Math.max(max, x[off + i]);
    }
    return max;
  }

  // ---- elementwise ------------------------------------------------------------------------------

  static void add(float[] y, int yOff, float[] x, int xOff, int n) {
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      load(y, yOff + i).add(load(x, xOff + i)).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] += x[xOff + i];
    }
  }

  static void axpy(float[] y, int yOff, float alpha, float[] x, int xOff, int n) {
    FloatVector a = all(alpha);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      fma(a, load(x, xOff + i), load(y, yOff + i)).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = Fma.of(alpha, x[xOff + i], y[yOff + i]);
    }
  }

  static void scale(float[] y, int yOff, float alpha, int n) {
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      load(y, yOff + i).mul(alpha).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] *= alpha;
    }
  }

  static void exp(float[] y, int yOff, float[] x, int xOff, int n) {
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      Lanes.exp(load(x, xOff + i)).intoArray(y, yOff + i);
    }
    for (; i < n; i++) {
      y[yOff + i] = Exponential.of(x[xOff + i]);
    }
  }

  // ---- softmax and cross-entropy ----------------------------------------------------------------

  /**
   * x = exp(α·x - β); returns the sum. One vector a turn: with a second {@code Lanes.exp} in the
   * loop the JIT stops inlining (NodeCountInliningCutoff), which takes ten times as long.
   */
  static float expInPlace(float[] x, int off, int n, float alpha, float beta) {
    FloatVector a = all(alpha);
    FloatVector b = all(-beta);
    FloatVector s = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      FloatVector e = Lanes.exp(fma(a, load(x, off + i), b));
      e.intoArray(x, off + i);
      s = s.add(e);
    }
    float tail = 0;
    for (; i < n; i++) {
      float e = Exponential.of(Fma.of(alpha, x[off + i], -beta));
      x[off + i] = e;
      tail += e;
    }
    return addLanes(s) + tail;
  }

  /** Σ exp(x - β); x stays. */
  private static float sumOfExp(float[] x, int off, int n, float beta) {
    FloatVector s = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      s = s.add(Lanes.exp(load(x, off + i).sub(beta)));
    }
    float tail = 0;
    for (; i < n; i++) {
      tail += Exponential.of(x[off + i] - beta);
    }
    return addLanes(s) + tail;
  }

  static void softmax(float[] x, int off, int n) {
    float sum = expInPlace(x, off, n, 1f, max(x, off, n));
    scale(x, off, 1f / sum, n);
  }

  static float crossEntropy(float[] x, int off, int n, int target) {
    float max = max(x, off, n);
    return (float) (Math.log(sumOfExp(x, off, n, max)) + max - x[off + target]);
  }

  static float crossEntropyBackward(float[] x, int off, int n, int target, float scale) {
    float max = max(x, off, n);
    float atTarget = x[off + target];
    float sum = expInPlace(x, off, n, 1f, max);
    scale(x, off, scale / sum, n);
    x[off + target] -= scale;
    return (float) (Math.log(sum) + max - atTarget);
  }

  // ---- matrix · vector --------------------------------------------------------------------------

  /** y[rows] = W[rows,cols] · x. */
  static void rowsTimes(
      float[] y, int yOff, float[] w, int wOff, int ldw, float[] x, int xOff, int rows, int cols) {
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
      fourRows(y, yOff + r, w, wOff + r * ldw, ldw, x, xOff, cols);
    }
    for (; r < rows; r++) {
      y[yOff + r] = oneRow(w, wOff + r * ldw, x, xOff, cols);
    }
  }

  /** Four dots that share the loads of x; each adds as {@link #oneRow} does. */
  private static void fourRows(
      float[] y, int yOff, float[] w, int w0, int ldw, float[] x, int xOff, int n) {
    int w1 = w0 + ldw;
    int w2 = w1 + ldw;
    int w3 = w2 + ldw;
    FloatVector s0 = all(0f);
    FloatVector s1 = all(0f);
    FloatVector s2 = all(0f);
    FloatVector s3 = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      FloatVector v = load(x, xOff + i);
      s0 = fma(load(w, w0 + i), v, s0);
      s1 = fma(load(w, w1 + i), v, s1);
      s2 = fma(load(w, w2 + i), v, s2);
      s3 = fma(load(w, w3 + i), v, s3);
    }
    addLanesOfFour(y, yOff, s0, s1, s2, s3);
    float t0 = 0;
    float t1 = 0;
    float t2 = 0;
    float t3 = 0;
    for (; i < n; i++) {
      float v = x[xOff + i];
      t0 = Fma.of(w[w0 + i], v, t0);
      t1 = Fma.of(w[w1 + i], v, t1);
      t2 = Fma.of(w[w2 + i], v, t2);
      t3 = Fma.of(w[w3 + i], v, t3);
    }
    y[yOff] += t0;
    y[yOff + 1] += t1;
    y[yOff + 2] += t2;
    y[yOff + 3] += t3;
  }

  /** One dot in one chain of vectors. */
  private static float oneRow(float[] w, int wOff, float[] x, int xOff, int n) {
    FloatVector s = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      s = fma(load(w, wOff + i), load(x, xOff + i), s);
    }
    float tail = 0;
    for (; i < n; i++) {
      tail = Fma.of(w[wOff + i], x[xOff + i], tail);
    }
    return addLanes(s) + tail;
  }

  /** Σ xᵢ² in double: lower and upper halves of the vectors, then their lanes in order. */
  static double sumOfSquares(float[] x, int off, int n) {
    DoubleVector low = DoubleVector.zero(DOUBLES);
    DoubleVector high = DoubleVector.zero(DOUBLES);
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) {
      FloatVector v = load(x, off + i);
      DoubleVector a = (DoubleVector) v.convert(VectorOperators.F2D, 0);
      DoubleVector b = (DoubleVector) v.convert(VectorOperators.F2D, 1);
      low = a.mul(a).add(low);
      high = b.mul(b).add(high);
    }
    double sum = 0;
    for (double lane : low.add(high).toArray()) {
      sum += lane;
    }
    for (; i < n; i++) {
      sum += (double) x[off + i] * x[off + i];
    }
    return sum;
  }
}
