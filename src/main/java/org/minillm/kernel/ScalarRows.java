package org.minillm.kernel;

/** Plain loops over one row of n elements, on the calling thread. */
final class ScalarRows {
  private ScalarRows() {}

  // ---- vectors ----------------------------------------------------------------------------------

  static float dot(float[] a, int aOff, float[] b, int bOff, int n) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i <= n - 4; i += 4) {
      s0 += a[aOff + i] * b[bOff + i];
      s1 += a[aOff + i + 1] * b[bOff + i + 1];
      s2 += a[aOff + i + 2] * b[bOff + i + 2];
      s3 += a[aOff + i + 3] * b[bOff + i + 3];
    }
    for (; i < n; i++) {
      s0 += a[aOff + i] * b[bOff + i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  static float sum(float[] x, int off, int n) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    int i = 0;
    for (; i <= n - 4; i += 4) {
      s0 += x[off + i];
      s1 += x[off + i + 1];
      s2 += x[off + i + 2];
      s3 += x[off + i + 3];
    }
    for (; i < n; i++) {
      s0 += x[off + i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  static float max(float[] x, int off, int n) {
    float max = x[off];
    for (int i = 1; i < n; i++) {
      max = Math.max(max, x[off + i]);
    }
    return max;
  }

  static void add(float[] y, int yOff, float[] x, int xOff, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] += x[xOff + i];
    }
  }

  static void axpy(float[] y, int yOff, float alpha, float[] x, int xOff, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] += alpha * x[xOff + i];
    }
  }

  static void scale(float[] y, int yOff, float alpha, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] *= alpha;
    }
  }

  static void exp(float[] y, int yOff, float[] x, int xOff, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = Exponential.of(x[xOff + i]);
    }
  }

  // ---- softmax and cross-entropy ----------------------------------------------------------------

  static void softmax(float[] x, int off, int n) {
    float max = max(x, off, n);
    for (int i = 0; i < n; i++) {
      x[off + i] = Exponential.of(x[off + i] - max);
    }
    scale(x, off, 1f / sum(x, off, n), n);
  }

  static float crossEntropy(float[] x, int off, int n, int target) {
    float max = max(x, off, n);
    float sum = 0;
    for (int i = 0; i < n; i++) {
      sum += Exponential.of(x[off + i] - max);
    }
    return (float) (Math.log(sum) + max - x[off + target]);
  }

  static float crossEntropyBackward(float[] x, int off, int n, int target, float scale) {
    float max = max(x, off, n);
    float atTarget = x[off + target];
    for (int i = 0; i < n; i++) {
      x[off + i] = Exponential.of(x[off + i] - max);
    }
    float sum = sum(x, off, n);
    scale(x, off, scale / sum, n);
    x[off + target] -= scale;
    return (float) (Math.log(sum) + max - atTarget);
  }
}
