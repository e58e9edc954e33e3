package org.minillm.model;

import org.jspecify.annotations.Nullable;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * RMSNorm (Zhang and Sennrich 2019) or LayerNorm (Ba et al. 2016) over the features of each row.
 *
 * <p>RMSNorm: y = x · rstd ⊙ gain, rstd = 1/√(mean(x²) + eps). LayerNorm: y = (x − mean) · rstd ⊙
 * gain + bias, rstd = 1/√(var(x) + eps).
 *
 * <p>Shapes: x, y [R, D], gain and bias [D]; a row's statistics are kept for the backward pass. The
 * output is not: it is cheaper to compute again than to keep.
 */
final class Norm {
  /** mean [R] (LayerNorm only, else empty) and rstd [R] of the rows that went through. */
  static final class Statistics {
    final float[] mean;
    final float[] rstd;

    Statistics(ModelConfig config, int rows) {
      mean = new float[config.norm() == NormType.LAYERNORM ? rows : 0];
      rstd = new float[rows];
    }

    static long floats(ModelConfig config, long rows) {
      return config.norm() == NormType.LAYERNORM ? 2 * rows : rows;
    }
  }

  private final Kernels kernels;
  private final WorkerPool pool;
  private final float[] weights;
  private final ParameterLayout.NormAt at;
  private final NormType type;
  private final int d;
  private final float eps;

  /** Takes the gradients of gain and bias where they are not trained; null where they are. */
  private final float @Nullable [] frozen;

  Norm(Transformer model, ParameterLayout.NormAt at) {
    this.kernels = model.kernels();
    this.pool = model.pool();
    this.weights = model.weights().floats();
    this.at =
        new ParameterLayout.NormAt(
            model.weights().floatOffset(at.gain()), model.weights().floatOffset(at.bias()));
    this.type = model.config().norm();
    this.d = model.config().dModel();
    this.eps = model.config().normEps();
    frozen = model.adapters().isPresent() ? new float[2 * d] : null;
  }

  /** y = norm(x) for {@code rows} rows from row 0 of y and {@code xOff} of x. */
  void forward(float[] y, float[] x, int xOff, Statistics kept, int rows) {
    if (type == NormType.RMSNORM) {
      kernels.rmsNormForward(pool, y, 0, kept.rstd, 0, x, xOff, weights, at.gain(), rows, d, eps);
    } else {
      kernels.layerNormForward(
          pool, y, 0, kept.mean, 0, kept.rstd, 0, x, xOff, weights, at.gain(), weights, at.bias(),
          rows, d, eps);
    }
  }

  /** dx +=, dGain += and dBias += of {@code rows} rows, in their order. */
  void backward(float[] dx, float[] gradients, float[] dy, float[] x, Statistics kept, int rows) {
    float[] g = frozen == null ? gradients : frozen;
    int gain = frozen == null ? at.gain() : 0;
    int bias = frozen == null ? at.bias() : d;
    if (type == NormType.RMSNORM) {
      kernels.rmsNormBackward(
          pool, dx, 0, g, gain, dy, 0, x, 0, weights, at.gain(), kept.rstd, 0, rows, d);
    } else {
      kernels.layerNormBackward(
          pool, dx, 0, g, gain, g, bias, dy, 0, x, 0, weights, at.gain(), kept.mean, 0, kept.rstd,
          0, rows, d);
    }
  }
}
