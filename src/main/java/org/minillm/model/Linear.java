package org.minillm.model;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Int8Panels;
import org.minillm.kernel.Kernels;

/**
 * A product with a weight matrix, without bias: y = x · Wᵀ.
 *
 * <p>Shapes: x [R, in], y [R, out], W [out, in] for R rows. W is float32 or, for inference alone,
 * int8.
 */
final class Linear {
  /** Weights that a thread multiplies before it claims more: about a microsecond. */
  private static final int WEIGHTS_A_CHUNK = 8_192;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final Int8Kernels int8Kernels;
  private final @Nullable Int8Matrix int8;
  private final float[] weights;
  private final int at;
  private final int out;
  private final int in;
  private final @Nullable Adapters adapters;
  private final List<Adapters.Adapter> mine;

  Linear(Transformer model, int at, int out, int in) {
    this.kernels = model.kernels();
    this.pool = model.pool();
    this.int8Kernels = model.int8Kernels();
    this.int8 = model.weights().int8(at);
    this.weights = model.weights().floats();
    this.at = model.weights().floatOffset(at);
    this.out = out;
    this.in = in;
    Optional<Adapters> all = model.adapters();
    adapters = all.orElse(null);
    mine = all.map(a -> a.within(at, out, in)).orElse(List.of());
  }

  /** y = x · Wᵀ. */
  void forward(float[] y, int yOff, float[] x, int xOff, int rows) {
    forward(y, yOff, out, x, xOff, rows, 0, out);
  }

  /** The features [from, from + n) of y = x · Wᵀ into rows of {@code ldy} that begin with them. */
  void forward(float[] y, int yOff, int ldy, float[] x, int xOff, int rows, int from, int n) {
    if (int8 != null) {
      int row = int8.firstRow() + from;
      int8Kernels.gemmNT(pool, kernels, y, yOff, ldy, x, xOff, in, int8.panels(), row, rows, n);
    } else {
      int w = at + from * in;
      kernels.gemmNT(pool, y, yOff, ldy, x, xOff, in, weights, w, in, rows, n, in, false);
    }
    for (Adapters.Adapter t : mine) {
      int begin = Math.max(from, firstFeature(t));
      int end = Math.min(from + n, firstFeature(t) + t.out());
      if (adapters != null && begin < end) {
        adapters.forward(
            t,
            kernels,
            pool,
            y,
            yOff + begin - from,
            ldy,
            x,
            xOff,
            rows,
            begin - firstFeature(t),
            end - begin);
      }
    }
  }

  /** Where the output of an adapter begins in that of this matrix. */
  private int firstFeature(Adapters.Adapter t) {
    return (t.at() - at) / in;
  }

  /** y = W · x of one row: the product of decoding. */
  void forwardRow(float[] y, int yOff, float[] x, int xOff) {
    forwardRow(y, yOff, x, xOff, out);
  }

  /** The first {@code n} features of y = W · x. */
  void forwardRow(float[] y, int yOff, float[] x, int xOff, int n) {
    int size = featuresAChunk();
    pool.run(
        (n + size - 1) / size,
        chunk -> {
          int from = chunk * size;
          features(y, yOff + from, x, xOff, from, Math.min(size, n - from));
        });
  }

  /** y += W · x of one row; {@code product} [out] is overwritten. */
  void addRow(float[] y, int yOff, float[] product, float[] x, int xOff) {
    int size = featuresAChunk();
    pool.run(
        (out + size - 1) / size,
        chunk -> {
          int from = chunk * size;
          int n = Math.min(size, out - from);
          features(product, from, x, xOff, from, n);
          kernels.add(y, yOff + from, product, from, n);
        });
  }

  /** y[n] = the features [from, from + n) of W · x, on the calling thread. */
  void features(float[] y, int yOff, float[] x, int xOff, int from, int n) {
    if (int8 != null) {
      int8Kernels.rowsTimes(y, yOff, int8.panels(), int8.firstRow() + from, n, x, xOff);
    } else {
      kernels.matvec(y, yOff, weights, at + from * in, in, x, xOff, n, in);
    }
    for (Adapters.Adapter t : mine) {
      int begin = Math.max(from, firstFeature(t));
      int end = Math.min(from + n, firstFeature(t) + t.out());
      if (adapters != null && begin < end) {
        adapters.forwardRow(
            t, kernels, y, yOff + begin - from, x, xOff, begin - firstFeature(t), end - begin);
      }
    }
  }

  /** Features that a thread computes in one go, whole panels of int8 weights. */
  int featuresAChunk() {
    int panels = WEIGHTS_A_CHUNK / (Int8Panels.HEIGHT * in);
    return Math.max(1, panels) * Int8Panels.HEIGHT;
  }

  /** dx = dy · W, or dx += when {@code accumulate}. */
  void inputGradient(float[] dx, int dxOff, float[] dy, int dyOff, int rows, boolean accumulate) {
    kernels.gemmNN(pool, dx, dxOff, in, dy, dyOff, out, weights, at, in, rows, in, out, accumulate);
    for (Adapters.Adapter t : mine) {
      if (adapters != null) {
        adapters.inputGradient(t, kernels, pool, dx, dxOff, dy, dyOff + firstFeature(t), out, rows);
      }
    }
  }

  /**
   * dW = dyᵀ · x, or dW += when {@code accumulate}; summed segment by segment in order: {@code
   * segment} rows are a sequence. Of a model with adapters, their gradients instead, always added.
   */
  void weightGradient(
      float[] gradients,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      int rows,
      int segment,
      boolean accumulate) {
    if (adapters != null) {
      for (Adapters.Adapter t : mine) {
        int first = dyOff + firstFeature(t);
        adapters.weightGradient(
            t, kernels, pool, gradients, dy, first, out, x, xOff, rows, segment);
      }
      return;
    }
    kernels.gemmTN(
        pool, gradients, at, in, dy, dyOff, out, x, xOff, in, out, in, rows, segment, accumulate);
  }
}
