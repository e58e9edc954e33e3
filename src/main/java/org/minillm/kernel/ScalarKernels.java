package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/**
 * The plain Java twin of the kernels: the reference that the vector kernels are tested against, and
 * what runs where the JVM has no vector module. Written for clarity, in loops that C2 vectorises.
 */
final class ScalarKernels implements Kernels {
  private static final int ROWS_A_CHUNK = 8;

  @Override
  public String description() {
    return "scalar " + (Fma.AVAILABLE ? "fma" : "mul+add");
  }

  // ---- products ---------------------------------------------------------------------------------

  @Override
  public void gemmNN(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      boolean accumulate) {
    ScalarGemm.multiply(
        pool, c, cOff, ldc, a, aOff, lda, false, b, bOff, ldb, false, m, n, k, k, accumulate);
  }

  @Override
  public void gemmTN(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      int segment,
      boolean accumulate) {
    ScalarGemm.multiply(
        pool, c, cOff, ldc, a, aOff, lda, true, b, bOff, ldb, false, m, n, k, segment, accumulate);
  }

  @Override
  public void gemmNT(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      boolean accumulate) {
    ScalarGemm.multiply(
        pool, c, cOff, ldc, a, aOff, lda, false, b, bOff, ldb, true, m, n, k, k, accumulate);
  }

  @Override
  public void matvec(
      float[] y, int yOff, float[] w, int wOff, int ldw, float[] x, int xOff, int rows, int cols) {
    for (int r = 0; r < rows; r++) {
      y[yOff + r] = ScalarRows.dot(w, wOff + r * ldw, x, xOff, cols);
    }
  }

  private static int chunks(int rows) {
    return (rows + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK;
  }

  // ---- vectors ----------------------------------------------------------------------------------

  @Override
  public float dot(float[] a, int aOff, float[] b, int bOff, int n) {
    return ScalarRows.dot(a, aOff, b, bOff, n);
  }

  @Override
  public float sum(float[] x, int off, int n) {
    return ScalarRows.sum(x, off, n);
  }

  @Override
  public float max(float[] x, int off, int n) {
    return ScalarRows.max(x, off, n);
  }

  @Override
  public int argmax(float[] x, int off, int n) {
    return PlainLoops.argmax(x, off, n);
  }

  @Override
  public double sumOfSquares(WorkerPool pool, float[] x, int off, int n) {
    return PlainLoops.sumOfSquares(pool, x, off, n, PlainLoops::sumOfSquares);
  }

  @Override
  public void zero(WorkerPool pool, float[] x, int off, int n) {
    PlainLoops.zero(pool, x, off, n);
  }

  @Override
  public void add(float[] y, int yOff, float[] x, int xOff, int n) {
    ScalarRows.add(y, yOff, x, xOff, n);
  }

  @Override
  public void axpy(float[] y, int yOff, float alpha, float[] x, int xOff, int n) {
    ScalarRows.axpy(y, yOff, alpha, x, xOff, n);
  }

  @Override
  public void scale(float[] y, int yOff, float alpha, int n) {
    ScalarRows.scale(y, yOff, alpha, n);
  }

  @Override
  public void exp(float[] y, int yOff, float[] x, int xOff, int n) {
    ScalarRows.exp(y, yOff, x, xOff, n);
  }

  @Override
  public void softmax(float[] x, int off, int n) {
    ScalarRows.softmax(x, off, n);
  }

  @Override
  public float crossEntropy(float[] x, int off, int n, int target) {
    return ScalarRows.crossEntropy(x, off, n, target);
  }

  @Override
  public float crossEntropyBackward(float[] x, int off, int n, int target, float scale) {
    return ScalarRows.crossEntropyBackward(x, off, n, target, scale);
  }

  // ---- layers -----------------------------------------------------------------------------------

  @Override
  public void rmsNormForward(
      WorkerPool pool,
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
      float eps) {
    pool.run(
        chunks(rows),
        chunk -> {
          for (int r = chunk * ROWS_A_CHUNK; r < Math.min(rows, (chunk + 1) * ROWS_A_CHUNK); r++) {
            int at = xOff + r * d;
            float scale = (float) (1.0 / Math.sqrt(ScalarRows.dot(x, at, x, at, d) / d + eps));
            rstd[rstdOff + r] = scale;
            for (int i = 0; i < d; i++) {
              y[yOff + r * d + i] = x[at + i] * scale * gain[gainOff + i];
            }
          }
        });
  }

  @Override
  public void rmsNormBackward(
      WorkerPool pool,
      float[] dx,
      int dxOff,
      float[] dGain,
      int dGainOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float[] rstd,
      int rstdOff,
      int rows,
      int d) {
    for (int r = 0; r < rows; r++) {
      int at = r * d;
      float scale = rstd[rstdOff + r];
      float dot = 0;
      for (int i = 0; i < d; i++) {
        dot += dy[dyOff + at + i] * gain[gainOff + i] * x[xOff + at + i];
      }
      float pull = dot * scale * scale * scale / d;
      for (int i = 0; i < d; i++) {
        dx[dxOff + at + i] +=
            dy[dyOff + at + i] * gain[gainOff + i] * scale - pull * x[xOff + at + i];
        dGain[dGainOff + i] += dy[dyOff + at + i] * x[xOff + at + i] * scale;
      }
    }
  }

  @Override
  public void layerNormForward(
      WorkerPool pool,
      float[] y,
      int yOff,
      float[] mean,
      int meanOff,
      float[] rstd,
      int rstdOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float[] bias,
      int biasOff,
      int rows,
      int d,
      float eps) {
    pool.run(
        chunks(rows),
        chunk -> {
          for (int r = chunk * ROWS_A_CHUNK; r < Math.min(rows, (chunk + 1) * ROWS_A_CHUNK); r++) {
            int at = xOff + r * d;
            float mu = ScalarRows.sum(x, at, d) / d;
            float variance = 0;
            for (int i = 0; i < d; i++) {
              variance += (x[at + i] - mu) * (x[at + i] - mu);
            }
            float scale = (float) (1.0 / Math.sqrt(variance / d + eps));
            mean[meanOff + r] = mu;
            rstd[rstdOff + r] = scale;
            for (int i = 0; i < d; i++) {
              y[yOff + r * d + i] =
                  (x[at + i] - mu) * scale * gain[gainOff + i] + bias[biasOff + i];
            }
          }
        });
  }

  @Override
  public void layerNormBackward(
      WorkerPool pool,
      float[] dx,
      int dxOff,
      float[] dGain,
      int dGainOff,
      float[] dBias,
      int dBiasOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float[] mean,
      int meanOff,
      float[] rstd,
      int rstdOff,
      int rows,
      int d) {
    for (int r = 0; r < rows; r++) {
      int at = r * d;
      float mu = mean[meanOff + r];
      float scale = rstd[rstdOff + r];
      float sum = 0;
      float dot = 0;
      for (int i = 0; i < d; i++) {
        float g = dy[dyOff + at + i] * gain[gainOff + i];
        sum += g;
        dot += g * (x[xOff + at + i] - mu) * scale;
      }
      float meanSum = sum / d;
      float meanDot = dot / d;
      for (int i = 0; i < d; i++) {
        float normed = (x[xOff + at + i] - mu) * scale;
        float upstream = dy[dyOff + at + i];
        dx[dxOff + at + i] += (upstream * gain[gainOff + i] - meanSum - normed * meanDot) * scale;
        dGain[dGainOff + i] += upstream * normed;
        dBias[dBiasOff + i] += upstream;
      }
    }
  }

  @Override
  public void rope(
      WorkerPool pool,
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
    pool.run(
        chunks(rows),
        chunk -> {
          for (int r = chunk * ROWS_A_CHUNK; r < Math.min(rows, (chunk + 1) * ROWS_A_CHUNK); r++) {
            int angle = (position0 + r % time) * half;
            for (int h = 0; h < heads; h++) {
              int lo = xOff + r * ldx + h * headDim;
              int hi = lo + half;
              for (int i = 0; i < half; i++) {
                float co = cos[angle + i];
                float si = sign * sin[angle + i];
                float u = x[lo + i];
                float v = x[hi + i];
                x[lo + i] = u * co - v * si;
                x[hi + i] = v * co + u * si;
              }
            }
          }
        });
  }

  @Override
  public void swigluForward(
      WorkerPool pool,
      float[] h,
      int hOff,
      float[] gate,
      int gateOff,
      float[] up,
      int upOff,
      int n) {
    int size = 4096;
    pool.run(
        (n + size - 1) / size,
        chunk -> {
          for (int i = chunk * size; i < Math.min(n, (chunk + 1) * size); i++) {
            float g = gate[gateOff + i];
            h[hOff + i] = g / (1f + Exponential.of(-g)) * up[upOff + i];
          }
        });
  }

  @Override
  public void swigluBackward(
      WorkerPool pool,
      float[] dGate,
      int dGateOff,
      float[] dUp,
      int dUpOff,
      float[] dH,
      int dHOff,
      float[] gate,
      int gateOff,
      float[] up,
      int upOff,
      int n) {
    int size = 4096;
    pool.run(
        (n + size - 1) / size,
        chunk -> {
          for (int i = chunk * size; i < Math.min(n, (chunk + 1) * size); i++) {
            float g = gate[gateOff + i];
            float sigmoid = 1f / (1f + Exponential.of(-g));
            float upstream = dH[dHOff + i];
            float u = up[upOff + i];
            dUp[dUpOff + i] = upstream * g * sigmoid;
            dGate[dGateOff + i] = upstream * u * sigmoid * (1f + g * (1f - sigmoid));
          }
        });
  }

  // ---- attention --------------------------------------------------------------------------------

  @Override
  public void attentionForward(
      WorkerPool pool,
      AttentionShape shape,
      float[] out,
      int outOff,
      int ldo,
      float[] lse,
      int lseOff,
      float[] q,
      int qOff,
      int ldq,
      float[] k,
      int kOff,
      int ldk,
      float[] v,
      int vOff,
      int ldv,
      AttentionScratch scratch) {
    ScalarAttention.forward(
        pool, shape, out, outOff, ldo, lse, lseOff, q, qOff, ldq, k, kOff, ldk, v, vOff, ldv,
        scratch);
  }

  @Override
  public void attentionBackward(
      WorkerPool pool,
      AttentionShape shape,
      float[] dq,
      int dqOff,
      float[] dk,
      int dkOff,
      float[] dv,
      int dvOff,
      float[] dOut,
      int dOutOff,
      float[] out,
      int outOff,
      int ldo,
      float[] lse,
      int lseOff,
      float[] q,
      int qOff,
      int ldq,
      float[] k,
      int kOff,
      int ldk,
      float[] v,
      int vOff,
      int ldv,
      AttentionScratch scratch) {
    ScalarAttention.backward(
        pool, shape, dq, dqOff, dk, dkOff, dv, dvOff, dOut, dOutOff, out, outOff, ldo, lse, lseOff,
        q, qOff, ldq, k, kOff, ldk, v, vOff, ldv, scratch);
  }

  // ---- optimiser --------------------------------------------------------------------------------

  @Override
  public void adamW(
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
    PlainLoops.adamW(
        pool,
        w,
        wOff,
        g,
        gOff,
        m,
        mOff,
        v,
        vOff,
        n,
        lr,
        beta1,
        beta2,
        eps,
        weightDecay,
        correction1,
        correction2,
        gradScale);
  }
}
