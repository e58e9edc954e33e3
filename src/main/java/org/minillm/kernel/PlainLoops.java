package org.minillm.kernel;

import java.util.Arrays;
import org.minillm.base.WorkerPool;

/** Loops that both kernels share, because plain Java is as fast as vectors there. */
final class PlainLoops {
  private static final int WEIGHTS_A_CHUNK = 16_384;
  private static final int SQUARES_A_CHUNK = 65_536;

  private PlainLoops() {}

  /** Σ xᵢ² of n elements on the calling thread. */
  interface Squares {
    double sum(float[] x, int off, int n);
  }

  static int argmax(float[] x, int off, int n) {
    int best = 0;
    float max = x[off];
    for (int i = 1; i < n; i++) {
      if (x[off + i] > max) {
        max = x[off + i];
        best = i;
      }
    }
    return best;
  }

  static void zero(WorkerPool pool, float[] x, int off, int n) {
    pool.run(
        (n + WEIGHTS_A_CHUNK - 1) / WEIGHTS_A_CHUNK,
        chunk -> {
          int from = off + chunk * WEIGHTS_A_CHUNK;
          Arrays.fill(x, from, Math.min(from + WEIGHTS_A_CHUNK, off + n), 0f);
        });
  }

  /** One partial sum a chunk; they are added in order. */
  static double sumOfSquares(WorkerPool pool, float[] x, int off, int n, Squares squares) {
    double[] sums = new double[(n + SQUARES_A_CHUNK - 1) / SQUARES_A_CHUNK];
    pool.run(
        sums.length,
        chunk -> {
          int from = chunk * SQUARES_A_CHUNK;
          sums[chunk] = squares.sum(x, off + from, Math.min(SQUARES_A_CHUNK, n - from));
        });
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  static double sumOfSquares(float[] x, int off, int n) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i <= n - 4; i += 4) {
      s0 += (double) x[off + i] * x[off + i];
      s1 += (double) x[off + i + 1] * x[off + i + 1];
      s2 += (double) x[off + i + 2] * x[off + i + 2];
      s3 += (double) x[off + i + 3] * x[off + i + 3];
    }
    for (; i < n; i++) {
      s0 += (double) x[off + i] * x[off + i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  static void adamW(
      WorkerPool pool,
      float[] w,
      int wOff,
      float[] g,
      int gOff,
      float[] m,
      int mOff,
      float[] v,
      int vOff,
      int n,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay,
      float correction1,
      float correction2,
      float gradScale) {
    pool.run(
        (n + WEIGHTS_A_CHUNK - 1) / WEIGHTS_A_CHUNK,
        chunk -> {
          int from = chunk * WEIGHTS_A_CHUNK;
          int count = Math.min(WEIGHTS_A_CHUNK, n - from);
          if (gOff == wOff && mOff == wOff && vOff == wOff) {
            adamWAligned(
                w,
                g,
                m,
                v,
                wOff + from,
                wOff + from + count,
                lr,
                beta1,
                beta2,
                eps,
                weightDecay,
                correction1,
                correction2,
                gradScale);
            return;
          }
          for (int i = from; i < from + count; i++) {
            float gradient = g[gOff + i] * gradScale;
            float first = beta1 * m[mOff + i] + (1f - beta1) * gradient;
            float second = beta2 * v[vOff + i] + (1f - beta2) * gradient * gradient;
            m[mOff + i] = first;
            v[vOff + i] = second;
            float old = w[wOff + i];
            float update = first / correction1 / ((float) Math.sqrt(second / correction2) + eps);
            w[wOff + i] = old - lr * (update + weightDecay * old);
          }
        });
  }

  /** The same with one index for all four arrays: C2 vectorises only this one. */
  private static void adamWAligned(
      float[] w,
      float[] g,
      float[] m,
      float[] v,
      int from,
      int to,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay,
      float correction1,
      float correction2,
      float gradScale) {
    for (int i = from; i < to; i++) {
      float gradient = g[i] * gradScale;
      float first = beta1 * m[i] + (1f - beta1) * gradient;
      float second = beta2 * v[i] + (1f - beta2) * gradient * gradient;
      m[i] = first;
      v[i] = second;
      float old = w[i];
      float update = first / correction1 / ((float) Math.sqrt(second / correction2) + eps);
      w[i] = old - lr * (update + weightDecay * old);
    }
  }
}
