package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;
import org.minillm.ndarray.RandomGenerator;

/**
 * A decoder: its shape, its weights and the threads that compute it. Holds no activations: {@link
 * TrainingPass} and {@link InferenceSession} bring theirs, and several may share one model as long
 * as one computes at a time while weights change.
 */
public final class Transformer {
  private static final float INIT_DEVIATION = 0.02f;

  private final ModelConfig config;
  private final Parameters parameters;
  private final WorkerPool pool;
  private final Kernels kernels;
  private final ParameterLayout layout;

  /**
   * @param parameters of a model of this configuration; shared, not copied
   */
  public Transformer(ModelConfig config, Parameters parameters, WorkerPool pool) {
    this(config, parameters, pool, Kernels.best());
  }

  /** With kernels of the caller's choice: comparisons of twins. */
  Transformer(ModelConfig config, Parameters parameters, WorkerPool pool, Kernels kernels) {
    if (parameters.data().length != config.parameterCount()) {
      throw new IllegalArgumentException(
          parameters.data().length + " weights for " + config.parameterCount() + " parameters");
    }
    this.config = config;
    this.parameters = parameters;
    this.pool = pool;
    this.kernels = kernels;
    this.layout = ParameterLayout.of(config);
  }

  /**
   * A fresh model as GPT-2's: matrices normal with deviation 0.02, those that write into the
   * residual stream (o_proj, down_proj) smaller by 1/√(2L), gains 1, biases 0. The same seed gives
   * the same bits.
   */
  public static Transformer initialise(ModelConfig config, long seed, WorkerPool pool) {
    Parameters parameters = Parameters.allocate(config);
    RandomGenerator random = new RandomGenerator(seed);
    float[] data = parameters.data();
    float residual = (float) (INIT_DEVIATION / Math.sqrt(2.0 * config.nLayers()));
    for (Parameters.Parameter p : parameters.all()) {
      int from = p.array().offset();
      int to = from + p.array().size();
      boolean intoResidual =
          p.name().endsWith("o_proj.weight") || p.name().endsWith("down_proj.weight");
      float deviation = intoResidual ? residual : INIT_DEVIATION;
      for (int i = from; i < to; i++) {
        if (p.decays()) {
          data[i] = (float) random.normal() * deviation;
        } else {
          data[i] = p.name().endsWith(".weight") ? 1 : 0;
        }
      }
    }
    return new Transformer(config, parameters, pool);
  }

  public ModelConfig config() {
    return config;
  }

  public Parameters parameters() {
    return parameters;
  }

  public WorkerPool pool() {
    return pool;
  }

  Kernels kernels() {
    return kernels;
  }

  ParameterLayout layout() {
    return layout;
  }
}
