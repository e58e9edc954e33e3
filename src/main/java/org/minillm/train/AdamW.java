package org.minillm.train;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;

/** AdamW (Loshchilov and Hutter 2019) in two groups: matrices decay, norms do not. */
final class AdamW {
  private final Kernels kernels = Kernels.best();
  private final WorkerPool pool;
  private final TrainOptions options;

  /** First moment, in the layout of the parameters. */
  final Parameters m;

  /** Second moment. */
  final Parameters v;

  AdamW(ModelConfig config, TrainOptions options, WorkerPool pool) {
    this.options = options;
    this.pool = pool;
    m = Parameters.allocate(config);
    v = Parameters.allocate(config);
  }

  /** Sets a gradient to zero. */
  void zero(Parameters gradients) {
    kernels.zero(pool, gradients.data(), 0, gradients.data().length);
  }

  /** Norm of a gradient over all parameters. */
  double norm(Parameters gradients) {
    float[] all = gradients.data();
    return Math.sqrt(kernels.sumOfSquares(pool, all, 0, all.length));
  }

  /**
   * One update.
   *
   * @param step from 1
   * @param gradScale what the gradients are multiplied by first: clipping
   */
  void update(Parameters weights, Parameters gradients, long step, double rate, float gradScale) {
    float correction1 = (float) (1 - Math.pow(options.beta1(), step));
    float correction2 = (float) (1 - Math.pow(options.beta2(), step));
    for (Parameters.Parameter p : weights.all()) {
      int at = p.array().offset();
      kernels.adamW(
          pool,
          weights.data(),
          at,
          gradients.data(),
          at,
          m.data(),
          at,
          v.data(),
          at,
          p.array().size(),
          (float) rate,
          options.beta1(),
          options.beta2(),
          options.eps(),
          p.decays() ? options.weightDecay() : 0f,
          correction1,
          correction2,
          gradScale);
    }
  }
}
