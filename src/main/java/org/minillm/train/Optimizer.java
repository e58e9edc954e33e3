package org.minillm.train;

import java.util.ArrayList;
import java.util.List;
import org.minillm.base.WorkerPool;
import org.minillm.format.SafeTensors;
import org.minillm.kernel.Kernels;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;

/** Turns the gradients of a step into new weights, and holds what it remembers between steps. */
abstract class Optimizer {
  final Kernels kernels = Kernels.best();
  final WorkerPool pool;
  final TrainOptions options;

  /** First moments, or momentum, in the layout of the parameters. */
  final Parameters m;

  /**
   * @param moments zeros in the layout of what will be updated; kept
   */
  Optimizer(Parameters moments, TrainOptions options, WorkerPool pool) {
    this.options = options;
    this.pool = pool;
    m = moments;
  }

  /** The optimiser that the options ask for, at rest; of adapters, AdamW. */
  static Optimizer of(Transformer model, TrainOptions options) {
    return model.adapters().isPresent()
        ? new AdamW(model.trainable().zerosLike(), options, model.pool())
        : of(model.config(), options, model.pool());
  }

  /** The optimiser that the options ask for, for all weights of a model, at rest. */
  static Optimizer of(ModelConfig config, TrainOptions options, WorkerPool pool) {
    return switch (options.optimizer()) {
      case ADAMW -> new AdamW(Parameters.allocate(config), options, pool);
      case MUON -> new Muon(config, options, pool);
    };
  }

  /** Bytes that {@link #of} will allocate. */
  static long bytes(ModelConfig config, OptimizerType type) {
    return switch (type) {
      case ADAMW -> 2 * Float.BYTES * config.parameterCount();
      case MUON -> Muon.bytes(config);
    };
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
   * @param rate AdamW's learning rate in this step
   * @param gradScale what the gradients are multiplied by first: clipping
   */
  abstract void update(
      Parameters weights, Parameters gradients, long step, double rate, float gradScale);

  /** Everything it remembers, by name, for a checkpoint to write and to read into. */
  abstract List<SafeTensors.Tensor> state();

  final List<SafeTensors.Tensor> firstMoments() {
    List<SafeTensors.Tensor> tensors = new ArrayList<>();
    for (Parameters.Parameter p : m.all()) {
      tensors.add(tensor("m.", p, p.array().data(), p.array().offset()));
    }
    return tensors;
  }

  static SafeTensors.Tensor tensor(String prefix, Parameters.Parameter of, float[] data, int at) {
    return new SafeTensors.Tensor(prefix + of.name(), data, at, of.array().shape());
  }

  /** AdamW's update of one tensor, whose second moment begins at {@code v[vAt]}. */
  final void adamW(
      Parameters weights,
      Parameters gradients,
      Parameters.Parameter p,
      float[] v,
      int vAt,
      long step,
      double rate,
      float gradScale) {
    int at = p.array().offset();
    kernels.adamW(
        pool,
        weights.data(),
        at,
        gradients.data(),
        at,
        m.data(),
        at,
        v,
        vAt,
        p.array().size(),
        (float) rate,
        options.beta1(),
        options.beta2(),
        options.eps(),
        p.decays() ? options.weightDecay() : 0f,
        (float) (1 - Math.pow(options.beta1(), step)),
        (float) (1 - Math.pow(options.beta2(), step)),
        gradScale);
  }
}
