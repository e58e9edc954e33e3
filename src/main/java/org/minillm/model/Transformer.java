package org.minillm.model;

import java.util.Optional;
import org.minillm.base.MiniLlmException;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Kernels;
import org.minillm.ndarray.NDArray;
import org.minillm.ndarray.RandomGenerator;

/**
 * A decoder: its shape, its weights and the threads that compute it. Holds no activations: {@link
 * TrainingPass} and {@link InferenceSession} bring theirs, and several may share one model as long
 * as one computes at a time while weights change. With {@link QuantizedParameters} it runs, but
 * cannot be trained.
 */
public final class Transformer {
  private static final float INIT_DEVIATION = 0.02f;

  private final ModelConfig config;
  private final Weights weights;
  private final WorkerPool pool;
  private final Kernels kernels;
  private final Int8Kernels int8Kernels;
  private final ParameterLayout layout;
  private final Optional<Adapters> adapters;

  /**
   * @param parameters of a model of this configuration; shared, not copied
   */
  public Transformer(ModelConfig config, Parameters parameters, WorkerPool pool) {
    this(config, parameters, pool, Kernels.best());
  }

  /** A model with int8 matrices: for inference only. */
  public Transformer(ModelConfig config, QuantizedParameters parameters, WorkerPool pool) {
    this(config, parameters, pool, Kernels.best(), Int8Kernels.best());
  }

  /** A model that never runs in the plain loops of {@link #startPlain()}: to compile the others. */
  public static Transformer compiled(ModelConfig config, Parameters parameters, WorkerPool pool) {
    return new Transformer(config, parameters, pool, Kernels.compiled());
  }

  /**
   * From now on all models run in plain Java, with the same bits: for the first tokens of a process
   * whose vector kernels the JIT has not compiled yet. Ends with {@link #endPlain()}, at any
   * moment.
   */
  public static void startPlain() {
    Kernels.startPlain();
  }

  /** The vector kernels are compiled: models run in them again. */
  public static void endPlain() {
    Kernels.endPlain();
  }

  /** With kernels of the caller's choice: comparisons of twins. */
  Transformer(ModelConfig config, Parameters parameters, WorkerPool pool, Kernels kernels) {
    this(config, checked(config, parameters), pool, kernels, Int8Kernels.best());
  }

  /**
   * The same model with adapters on it, which then are what is trained; the weights are shared.
   *
   * @param adapters of this configuration; shared, not copied
   */
  public Transformer withAdapters(Adapters adapters) {
    parameters();
    return new Transformer(config, weights, pool, kernels, int8Kernels, Optional.of(adapters));
  }

  private static Parameters checked(ModelConfig config, Parameters parameters) {
    if (parameters.data().length != config.parameterCount()) {
      throw new IllegalArgumentException(
          parameters.data().length + " weights for " + config.parameterCount() + " parameters");
    }
    return parameters;
  }

  Transformer(
      ModelConfig config,
      Weights weights,
      WorkerPool pool,
      Kernels kernels,
      Int8Kernels int8Kernels) {
    this(config, weights, pool, kernels, int8Kernels, Optional.empty());
  }

  private Transformer(
      ModelConfig config,
      Weights weights,
      WorkerPool pool,
      Kernels kernels,
      Int8Kernels int8Kernels,
      Optional<Adapters> adapters) {
    this.adapters = adapters;
    this.config = config;
    this.weights = weights;
    this.pool = pool;
    this.kernels = kernels;
    this.int8Kernels = int8Kernels;
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

  /**
   * The float32 weights, to train or to save.
   *
   * @throws MiniLlmException.BadInput if the matrices are int8
   */
  public Parameters parameters() {
    if (weights instanceof Parameters floats) {
      return floats;
    }
    throw new MiniLlmException.BadInput(
        "int8 model",
        "its weights are rounded to int8, which can run but not be trained or saved as float32."
            + " Use the model it was made from, or write it out with quantize --to f32.");
  }

  /** Adapters on the matrices; empty where the model is as its weights say. */
  public Optional<Adapters> adapters() {
    return adapters;
  }

  /** What a training changes: the adapters where there are any, else all weights. */
  public Parameters trainable() {
    return adapters.map(Adapters::values).orElseGet(this::parameters);
  }

  /** A tensor as it is to be saved: with its adapter in it, in an array of its own. */
  public NDArray merged(Parameters.Parameter weight) {
    return adapters.map(a -> a.merged(weight, kernels, pool)).orElse(weight.array());
  }

  /** The weights of a model with int8 matrices, empty for one of float32 alone. */
  public Optional<QuantizedParameters> quantizedParameters() {
    return weights instanceof QuantizedParameters q ? Optional.of(q) : Optional.empty();
  }

  /** Bytes the weights take in memory. */
  public long weightBytes() {
    return weights.bytes();
  }

  public WorkerPool pool() {
    return pool;
  }

  Kernels kernels() {
    return kernels;
  }

  Weights weights() {
    return weights;
  }

  Int8Kernels int8Kernels() {
    return int8Kernels;
  }

  ParameterLayout layout() {
    return layout;
  }
}
