package org.minillm.model;

import org.jspecify.annotations.Nullable;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Kernels;

/**
 * A product with a weight matrix, without bias: y = x · Wᵀ.
 *
 * <p>Shapes: x [R, in], y [R, out], W [out, in] for R rows. W is float32 or, for inference alone,
 * int8.
 */
final class Linear {
  private final Kernels kernels;
  private final WorkerPool pool;
  private final Int8Kernels int8Kernels;
  private final @Nullable Int8Matrix int8;
  private final float[] weights;
  private final int at;
  private final int out;
  private final int in;

  Linear(Transformer model, int at, int out, int in) {
    this.kernels = model.kernels();
    this.pool = model.pool();
    this.int8Kernels = model.int8Kernels();
    this.int8 = model.weights().int8(at);
    this.weights = model.weights().floats();
    this.at = model.weights().floatOffset(at);
    this.out = out;
    this.in = in;
  }

  /** y = x · Wᵀ. */
  void forward(float[] y, int yOff, float[] x, int xOff, int rows) {
    if (int8 != null) {
      int8.product(int8Kernels, kernels, pool, y, yOff, x, xOff, rows, out);
    } else {
      kernels.gemmNT(pool, y, yOff, out, x, xOff, in, weights, at, in, rows, out, in, false);
    }
  }

  /** y = W · x of one row: the product of decoding. */
  void forwardRow(float[] y, int yOff, float[] x, int xOff) {
    if (int8 != null) {
      int8.product(int8Kernels, kernels, pool, y, yOff, x, xOff, 1, out);
    } else {
      kernels.matvec(pool, y, yOff, weights, at, in, x, xOff, out, in);
    }
  }

  /** dx = dy · W, or dx += when {@code accumulate}. */
  void inputGradient(float[] dx, int dxOff, float[] dy, int dyOff, int rows, boolean accumulate) {
    kernels.gemmNN(pool, dx, dxOff, in, dy, dyOff, out, weights, at, in, rows, in, out, accumulate);
  }

  /** dW += dyᵀ · x, summed segment by segment in order: {@code segment} rows are a sequence. */
  void weightGradient(
      float[] gradients, float[] dy, int dyOff, float[] x, int xOff, int rows, int segment) {
    kernels.gemmTN(
        pool, gradients, at, in, dy, dyOff, out, x, xOff, in, out, in, rows, segment, true);
  }
}
