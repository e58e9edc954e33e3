package org.minillm.kernel;

import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.SPECIES;
import static org.minillm.kernel.Lanes.addLanes;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.FloatVector;
import org.minillm.base.WorkerPool;

/**
 * Norms, rotary embedding and SwiGLU over R rows of D features, rows divided among the threads.
 * Gradients of gain and bias are sums over rows: there the threads divide the columns and each adds
 * its rows in order.
 */
final class VectorLayers {
  private static final int ROWS_A_CHUNK = 16;
  private static final int COLUMNS_A_CHUNK = 64;
  private static final int ELEMENTS_A_CHUNK = 8192;

  private VectorLayers() {}

  private interface Row {
    void run(int row);
  }

  private static void eachRow(WorkerPool pool, int rows, Row body) {
    pool.run(
        (rows + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK,
        chunk -> {
          int end = Math.min(rows, (chunk + 1) * ROWS_A_CHUNK);
          for (int r = chunk * ROWS_A_CHUNK; r < end; r++) {
            body.run(r);
          }
        });
  }

  // ---- RMSNorm ----------------------------------------------------------------------------------

  static void rmsNormForward(
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
    eachRow(
        pool,
        rows,
        r -> {
          int at = xOff + r * d;
          float scale = (float) (1.0 / Math.sqrt(VectorRows.dot(x, at, x, at, d) / d + eps));
          rstd[rstdOff + r] = scale;
          normalise(y, yOff + r * d, x, at, scale, gain, gainOff, d);
        });
  }

  private static void normalise(
      float[] y, int yOff, float[] x, int xOff, float scale, float[] gain, int gainOff, int d) {
    int i = 0;
    for (; i < SPECIES.loopBound(d); i += LENGTH) {
      load(x, xOff + i).mul(scale).mul(load(gain, gainOff + i)).intoArray(y, yOff + i);
    }
    for (; i < d; i++) {
      y[yOff + i] = x[xOff + i] * scale * gain[gainOff + i];
    }
  }

  static void rmsNormBackward(
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
    gainGradient(pool, dGain, dGainOff, dy, dyOff, x, xOff, rstd, rstdOff, rows, d);
    eachRow(
        pool,
        rows,
        r -> {
          int dyAt = dyOff + r * d;
          int xAt = xOff + r * d;
          float scale = rstd[rstdOff + r];
          float dot = threefold(dy, dyAt, gain, gainOff, x, xAt, d);
          float pull = -dot * scale * scale * scale / d;
          rmsRow(dx, dxOff + r * d, dy, dyAt, x, xAt, gain, gainOff, scale, pull, d);
        });
  }

  /** Σ aᵢ·bᵢ·cᵢ. */
  private static float threefold(
      float[] a, int aOff, float[] b, int bOff, float[] c, int cOff, int n) {
    FloatVector s = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      s = fma(load(a, aOff + i).mul(load(b, bOff + i)), load(c, cOff + i), s);
    }
    float tail = 0;
    for (; i < n; i++) {
      tail = Fma.of(a[aOff + i] * b[bOff + i], c[cOff + i], tail);
    }
    return addLanes(s) + tail;
  }

  /** dx += dy·gain·scale + pull·x. */
  private static void rmsRow(
      float[] dx,
      int dxOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float scale,
      float pull,
      int d) {
    FloatVector towards = all(pull);
    int i = 0;
    for (; i < SPECIES.loopBound(d); i += LENGTH) {
      FloatVector direct = load(dy, dyOff + i).mul(load(gain, gainOff + i)).mul(scale);
      load(dx, dxOff + i).add(fma(towards, load(x, xOff + i), direct)).intoArray(dx, dxOff + i);
    }
    for (; i < d; i++) {
      float direct = dy[dyOff + i] * gain[gainOff + i] * scale;
      dx[dxOff + i] += Fma.of(pull, x[xOff + i], direct);
    }
  }

  /** dGain += Σ over rows of dy·x·rstd, rows in order. */
  private static void gainGradient(
      WorkerPool pool,
      float[] dGain,
      int dGainOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] rstd,
      int rstdOff,
      int rows,
      int d) {
    pool.run(
        (d + COLUMNS_A_CHUNK - 1) / COLUMNS_A_CHUNK,
        chunk -> {
          int from = chunk * COLUMNS_A_CHUNK;
          int n = Math.min(COLUMNS_A_CHUNK, d - from);
          for (int r = 0; r < rows; r++) {
            gainRow(
                dGain,
                dGainOff + from,
                dy,
                dyOff + r * d + from,
                x,
                xOff + r * d + from,
                rstd[rstdOff + r],
                n);
          }
        });
  }

  private static void gainRow(
      float[] dGain, int gOff, float[] dy, int dyOff, float[] x, int xOff, float scale, int n) {
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      fma(load(dy, dyOff + i), load(x, xOff + i).mul(scale), load(dGain, gOff + i))
          .intoArray(dGain, gOff + i);
    }
    for (; i < n; i++) {
      dGain[gOff + i] = Fma.of(dy[dyOff + i], x[xOff + i] * scale, dGain[gOff + i]);
    }
  }

  // ---- LayerNorm --------------------------------------------------------------------------------

  static void layerNormForward(
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
    eachRow(
        pool,
        rows,
        r -> {
          int at = xOff + r * d;
          int to = yOff + r * d;
          float mu = VectorRows.sum(x, at, d) / d;
          float scale = (float) (1.0 / Math.sqrt(squaredDistance(x, at, mu, d) / d + eps));
          mean[meanOff + r] = mu;
          rstd[rstdOff + r] = scale;
          int i = 0;
          for (; i < SPECIES.loopBound(d); i += LENGTH) {
            fma(
                    load(x, at + i).sub(mu).mul(scale),
                    load(gain, gainOff + i),
                    load(bias, biasOff + i))
                .intoArray(y, to + i);
          }
          for (; i < d; i++) {
            y[to + i] = Fma.of((x[at + i] - mu) * scale, gain[gainOff + i], bias[biasOff + i]);
          }
        });
  }

  /** Σ (xᵢ - μ)². */
  private static float squaredDistance(float[] x, int off, float mu, int n) {
    FloatVector s = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      FloatVector away = load(x, off + i).sub(mu);
      s = fma(away, away, s);
    }
    float tail = 0;
    for (; i < n; i++) {
      float away = x[off + i] - mu;
      tail = Fma.of(away, away, tail);
    }
    return addLanes(s) + tail;
  }

  static void layerNormBackward(
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
    pool.run(
        (d + COLUMNS_A_CHUNK - 1) / COLUMNS_A_CHUNK,
        chunk -> {
          int from = chunk * COLUMNS_A_CHUNK;
          int n = Math.min(COLUMNS_A_CHUNK, d - from);
          for (int r = 0; r < rows; r++) {
            int dyAt = dyOff + r * d + from;
            centredGainRow(
                dGain,
                dGainOff + from,
                dy,
                dyAt,
                x,
                xOff + r * d + from,
                mean[meanOff + r],
                rstd[rstdOff + r],
                n);
            VectorRows.add(dBias, dBiasOff + from, dy, dyAt, n);
          }
        });
    eachRow(
        pool,
        rows,
        r -> {
          int dyAt = dyOff + r * d;
          int xAt = xOff + r * d;
          float mu = mean[meanOff + r];
          float scale = rstd[rstdOff + r];
          float sum = VectorRows.dot(dy, dyAt, gain, gainOff, d);
          float dot = centredThreefold(dy, dyAt, gain, gainOff, x, xAt, mu, d) * scale;
          layerRow(
              dx, dxOff + r * d, dy, dyAt, x, xAt, gain, gainOff, mu, scale, sum / d, dot / d, d);
        });
  }

  private static void centredGainRow(
      float[] dGain,
      int gOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float mu,
      float scale,
      int n) {
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      fma(load(dy, dyOff + i), load(x, xOff + i).sub(mu).mul(scale), load(dGain, gOff + i))
          .intoArray(dGain, gOff + i);
    }
    for (; i < n; i++) {
      dGain[gOff + i] = Fma.of(dy[dyOff + i], (x[xOff + i] - mu) * scale, dGain[gOff + i]);
    }
  }

  /** Σ aᵢ·bᵢ·(cᵢ - μ). */
  private static float centredThreefold(
      float[] a, int aOff, float[] b, int bOff, float[] c, int cOff, float mu, int n) {
    FloatVector s = all(0f);
    int i = 0;
    for (; i < SPECIES.loopBound(n); i += LENGTH) {
      s = fma(load(a, aOff + i).mul(load(b, bOff + i)), load(c, cOff + i).sub(mu), s);
    }
    float tail = 0;
    for (; i < n; i++) {
      tail = Fma.of(a[aOff + i] * b[bOff + i], c[cOff + i] - mu, tail);
    }
    return addLanes(s) + tail;
  }

  /** dx += (dy·gain - meanSum - normed·meanDot)·scale. */
  private static void layerRow(
      float[] dx,
      int dxOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float mu,
      float scale,
      float meanSum,
      float meanDot,
      int d) {
    int i = 0;
    for (; i < SPECIES.loopBound(d); i += LENGTH) {
      FloatVector normed = load(x, xOff + i).sub(mu).mul(scale);
      load(dy, dyOff + i)
          .mul(load(gain, gainOff + i))
          .sub(meanSum)
          .sub(normed.mul(meanDot))
          .mul(scale)
          .add(load(dx, dxOff + i))
          .intoArray(dx, dxOff + i);
    }
    for (; i < d; i++) {
      float normed = (x[xOff + i] - mu) * scale;
      dx[dxOff + i] += (dy[dyOff + i] * gain[gainOff + i] - meanSum - normed * meanDot) * scale;
    }
  }

  // ---- RoPE -------------------------------------------------------------------------------------

  static void rope(
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
    eachRow(
        pool,
        rows,
        r -> {
          int angle = (position0 + r % time) * half;
          for (int h = 0; h < heads; h++) {
            rotate(x, xOff + r * ldx + h * headDim, cos, sin, angle, half, sign);
          }
        });
  }

  private static void rotate(
      float[] x, int lo, float[] cos, float[] sin, int angle, int half, float sign) {
    int hi = lo + half;
    int i = 0;
    for (; i < SPECIES.loopBound(half); i += LENGTH) {
      FloatVector co = load(cos, angle + i);
      FloatVector si = load(sin, angle + i).mul(sign);
      FloatVector u = load(x, lo + i);
      FloatVector v = load(x, hi + i);
      u.mul(co).sub(v.mul(si)).intoArray(x, lo + i);
      v.mul(co).add(u.mul(si)).intoArray(x, hi + i);
    }
    for (; i < half; i++) {
      float co = cos[angle + i];
      float si = sin[angle + i] * sign;
      float u = x[lo + i];
      float v = x[hi + i];
      x[lo + i] = u * co - v * si;
      x[hi + i] = v * co + u * si;
    }
  }

  // ---- SwiGLU -----------------------------------------------------------------------------------

  static void swigluForward(
      WorkerPool pool,
      float[] h,
      int hOff,
      float[] gate,
      int gateOff,
      float[] up,
      int upOff,
      int n) {
    pool.run(
        (n + ELEMENTS_A_CHUNK - 1) / ELEMENTS_A_CHUNK,
        chunk -> {
          int end = Math.min(n, (chunk + 1) * ELEMENTS_A_CHUNK);
          int i = chunk * ELEMENTS_A_CHUNK;
          for (; i <= end - LENGTH; i += LENGTH) {
            FloatVector g = load(gate, gateOff + i);
            g.div(Lanes.exp(g.neg()).add(1f)).mul(load(up, upOff + i)).intoArray(h, hOff + i);
          }
          for (; i < end; i++) {
            float g = gate[gateOff + i];
            h[hOff + i] = g / (Exponential.of(-g) + 1f) * up[upOff + i];
          }
        });
  }

  static void swigluBackward(
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
    pool.run(
        (n + ELEMENTS_A_CHUNK - 1) / ELEMENTS_A_CHUNK,
        chunk -> {
          int end = Math.min(n, (chunk + 1) * ELEMENTS_A_CHUNK);
          int i = chunk * ELEMENTS_A_CHUNK;
          FloatVector one = all(1f);
          for (; i <= end - LENGTH; i += LENGTH) {
            FloatVector g = load(gate, gateOff + i);
            FloatVector sigmoid = one.div(Lanes.exp(g.neg()).add(1f));
            FloatVector upstream = load(dH, dHOff + i);
            FloatVector slope = fma(g, one.sub(sigmoid), one).mul(sigmoid);
            FloatVector forGate = upstream.mul(load(up, upOff + i)).mul(slope);
            upstream.mul(g).mul(sigmoid).intoArray(dUp, dUpOff + i);
            forGate.intoArray(dGate, dGateOff + i);
          }
          for (; i < end; i++) {
            float g = gate[gateOff + i];
            float sigmoid = 1f / (Exponential.of(-g) + 1f);
            float upstream = dH[dHOff + i];
            float slope = Fma.of(g, 1f - sigmoid, 1f) * sigmoid;
            float forGate = upstream * up[upOff + i] * slope;
            dUp[dUpOff + i] = upstream * g * sigmoid;
            dGate[dGateOff + i] = forGate;
          }
        });
  }
}
