package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/**
 * The plain Java twin of the kernels: the reference that the vector kernels are tested against, and
 * what runs where the JVM has no vector module. Written for clarity, in loops that C2 vectorises.
 */
final class ScalarKernels implements Kernels {
  private static final int ROWS_A_CHUNK = 8;

  private final String description;

  ScalarKernels(String description) {
    this.description = description;
  }

  @Override
  public String description() {
    return description;
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
    product(pool, c, cOff, ldc, a, aOff, lda, 1, b, bOff, ldb, m, n, k, accumulate);
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
      boolean accumulate) {
    product(pool, c, cOff, ldc, a, aOff, 1, lda, b, bOff, ldb, m, n, k, accumulate);
  }

  /** Rows of C as sums of rows of B; element (i, p) of A stands at i·rowA + p·colA. */
  private static void product(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int rowA,
      int colA,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      boolean accumulate) {
    pool.run(
        chunks(m),
        chunk -> {
          for (int i = chunk * ROWS_A_CHUNK; i < Math.min(m, (chunk + 1) * ROWS_A_CHUNK); i++) {
            int row = cOff + i * ldc;
            if (!accumulate) {
              java.util.Arrays.fill(c, row, row + n, 0f);
            }
            for (int p = 0; p < k; p++) {
              multiplyAdd(c, row, a[aOff + i * rowA + p * colA], b, bOff + p * ldb, n);
            }
          }
        });
  }

  private static void multiplyAdd(float[] y, int yOff, float alpha, float[] x, int xOff, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] += alpha * x[xOff + i];
    }
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
    pool.run(
        chunks(m),
        chunk -> {
          for (int i = chunk * ROWS_A_CHUNK; i < Math.min(m, (chunk + 1) * ROWS_A_CHUNK); i++) {
            for (int j = 0; j < n; j++) {
              float sum = dot(a, aOff + i * lda, b, bOff + j * ldb, k);
              int at = cOff + i * ldc + j;
              c[at] = accumulate ? c[at] + sum : sum;
            }
          }
        });
  }

  @Override
  public void matvec(
      WorkerPool pool,
      float[] y,
      int yOff,
      float[] w,
      int wOff,
      int ldw,
      float[] x,
      int xOff,
      int rows,
      int cols) {
    pool.run(
        (rows + 63) / 64,
        chunk -> {
          for (int r = chunk * 64; r < Math.min(rows, chunk * 64 + 64); r++) {
            y[yOff + r] = dot(w, wOff + r * ldw, x, xOff, cols);
          }
        });
  }

  private static int chunks(int rows) {
    return (rows + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK;
  }

  // ---- vectors ----------------------------------------------------------------------------------

  @Override
  public float dot(float[] a, int aOff, float[] b, int bOff, int n) {
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

  @Override
  public float sum(float[] x, int off, int n) {
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

  @Override
  public float max(float[] x, int off, int n) {
    float max = x[off];
    for (int i = 1; i < n; i++) {
      max = Math.max(max, x[off + i]);
    }
    return max;
  }

  @Override
  public int argmax(float[] x, int off, int n) {
    int best = 0;
    for (int i = 1; i < n; i++) {
      if (x[off + i] > x[off + best]) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public double sumOfSquares(float[] x, int off, int n) {
    double s0 = 0;
    double s1 = 0;
    int i = 0;
    for (; i <= n - 2; i += 2) {
      s0 += (double) x[off + i] * x[off + i];
      s1 += (double) x[off + i + 1] * x[off + i + 1];
    }
    if (i < n) {
      s0 += (double) x[off + i] * x[off + i];
    }
    return s0 + s1;
  }

  @Override
  public void add(float[] y, int yOff, float[] x, int xOff, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] += x[xOff + i];
    }
  }

  @Override
  public void axpy(float[] y, int yOff, float alpha, float[] x, int xOff, int n) {
    multiplyAdd(y, yOff, alpha, x, xOff, n);
  }

  @Override
  public void scale(float[] y, int yOff, float alpha, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] *= alpha;
    }
  }

  @Override
  public void exp(float[] y, int yOff, float[] x, int xOff, int n) {
    for (int i = 0; i < n; i++) {
      y[yOff + i] = (float) Math.exp(x[xOff + i]);
    }
  }

  // ---- softmax and cross-entropy ----------------------------------------------------------------

  @Override
  public void softmax(float[] x, int off, int n) {
    float max = max(x, off, n);
    for (int i = 0; i < n; i++) {
      x[off + i] = (float) Math.exp(x[off + i] - max);
    }
    scale(x, off, 1f / sum(x, off, n), n);
  }

  @Override
  public float crossEntropy(float[] x, int off, int n, int target) {
    float max = max(x, off, n);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (float) Math.exp(x[off + i] - max);
    }
    return (float) (Math.log(sum) + max - x[off + target]);
  }

  @Override
  public float crossEntropyBackward(float[] x, int off, int n, int target, float scale) {
    float max = max(x, off, n);
    float atTarget = x[off + target];
    for (int i = 0; i < n; i++) {
      x[off + i] = (float) Math.exp(x[off + i] - max);
    }
    float sum = sum(x, off, n);
    scale(x, off, scale / sum, n);
    x[off + target] -= scale;
    return (float) (Math.log(sum) + max - atTarget);
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
            float scale = (float) (1.0 / Math.sqrt(dot(x, at, x, at, d) / d + eps));
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
            float mu = sum(x, at, d) / d;
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
            h[hOff + i] = g / (1f + (float) Math.exp(-g)) * up[upOff + i];
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
            float sigmoid = 1f / (1f + (float) Math.exp(-g));
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
    int hd = shape.headDim();
    int group = shape.nHeads() / shape.nKvHeads();
    pool.run(
        shape.batch() * shape.nHeads(),
        task -> {
          int b = task / shape.nHeads();
          int h = task % shape.nHeads();
          float[] scores = new float[shape.chunk()];
          for (int i = 0; i < shape.queries(); i++) {
            int qi = qOff + (b * shape.queries() + i) * ldq + h * hd;
            int oi = outOff + (b * shape.queries() + i) * ldo + h * hd;
            int seen = shape.queryStart() + i + 1;
            float max = Float.NEGATIVE_INFINITY;
            float sum = 0;
            java.util.Arrays.fill(out, oi, oi + hd, 0f);
            for (int from = 0; from < seen; from += shape.chunk()) {
              int count = Math.min(shape.chunk(), seen - from);
              int row = b * shape.keys() + from;
              int head = h / group * hd;
              float blockMax = Float.NEGATIVE_INFINITY;
              for (int j = 0; j < count; j++) {
                scores[j] = dot(q, qi, k, kOff + (row + j) * ldk + head, hd) * shape.scale();
                blockMax = Math.max(blockMax, scores[j]);
              }
              float newMax = Math.max(max, blockMax);
              float shrink = (float) Math.exp(max - newMax);
              scale(out, oi, shrink, hd);
              sum *= shrink;
              for (int j = 0; j < count; j++) {
                float p = (float) Math.exp(scores[j] - newMax);
                sum += p;
                multiplyAdd(out, oi, p, v, vOff + (row + j) * ldv + head, hd);
              }
              max = newMax;
            }
            scale(out, oi, 1f / sum, hd);
            lse[lseOff + (b * shape.nHeads() + h) * shape.queries() + i] =
                (float) (max + Math.log(sum));
          }
        });
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
    int hd = shape.headDim();
    int time = shape.queries();
    int group = shape.nHeads() / shape.nKvHeads();
    pool.run(
        shape.batch() * shape.nKvHeads(),
        task -> {
          int b = task / shape.nKvHeads();
          int kvHead = task % shape.nKvHeads();
          for (int j = 0; j < time; j++) {
            int dkj = dkOff + (b * time + j) * ldk + kvHead * hd;
            int dvj = dvOff + (b * time + j) * ldv + kvHead * hd;
            java.util.Arrays.fill(dk, dkj, dkj + hd, 0f);
            java.util.Arrays.fill(dv, dvj, dvj + hd, 0f);
          }
          for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
            for (int i = 0; i < time; i++) {
              int qi = qOff + (b * time + i) * ldq + h * hd;
              int dqi = dqOff + (b * time + i) * ldq + h * hd;
              int oi = (b * time + i) * ldo + h * hd;
              java.util.Arrays.fill(dq, dqi, dqi + hd, 0f);
              float delta = dot(dOut, dOutOff + oi, out, outOff + oi, hd);
              float norm = lse[lseOff + (b * shape.nHeads() + h) * time + i];
              for (int j = 0; j <= i; j++) {
                int kj = kOff + (b * time + j) * ldk + kvHead * hd;
                int vj = vOff + (b * time + j) * ldv + kvHead * hd;
                float p = (float) Math.exp(dot(q, qi, k, kj, hd) * shape.scale() - norm);
                multiplyAdd(
                    dv, dvOff + (b * time + j) * ldv + kvHead * hd, p, dOut, dOutOff + oi, hd);
                float ds = p * (dot(dOut, dOutOff + oi, v, vj, hd) - delta) * shape.scale();
                multiplyAdd(dq, dqi, ds, k, kj, hd);
                multiplyAdd(dk, dkOff + (b * time + j) * ldk + kvHead * hd, ds, q, qi, hd);
              }
            }
          }
        });
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
    int size = 16_384;
    pool.run(
        (n + size - 1) / size,
        chunk -> {
          for (int i = chunk * size; i < Math.min(n, (chunk + 1) * size); i++) {
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
}
