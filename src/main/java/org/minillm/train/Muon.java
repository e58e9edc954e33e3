package org.minillm.train;

import java.util.Arrays;
import java.util.List;
import org.minillm.base.WorkerPool;
import org.minillm.format.SafeTensors;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;

/**
 * Muon (Jordan et al. 2024) for the matrices of the blocks: momentum, then the nearest orthogonal
 * matrix, by Newton and Schulz's iteration, as the direction of the step. Embedding, head and norms
 * are trained by {@link AdamW}'s rule.
 *
 * <p>m = μm + (1-μ)g; u = orthogonal((1-μ)g + μm); W -= rate·√max(1, rows/cols)·u, and decays by
 * rate·weightDecay. Gradients are not clipped here: the step's length does not depend on theirs.
 * One that is much longer than the others turns the momentum towards itself until it has decayed.
 */
final class Muon extends Optimizer {
  private static final int WEIGHTS_A_CHUNK = 16_384;

  /** The tensors that are trained by AdamW, and where the second moment of each begins in v. */
  private final int[] secondMomentAt;

  private final float[] v;
  private final NewtonSchulz newtonSchulz;
  private final float[] direction;

  Muon(ModelConfig config, TrainOptions options, WorkerPool pool) {
    super(Parameters.allocate(config), options, pool);
    List<Parameters.Parameter> all = m.all();
    secondMomentAt = new int[all.size()];
    int size = 0;
    for (int i = 0; i < secondMomentAt.length; i++) {
      secondMomentAt[i] = size;
      size += isBlockMatrix(all.get(i).name(), all.get(i).decays()) ? 0 : all.get(i).array().size();
    }
    v = new float[size];
    direction = new float[Math.toIntExact(largestMatrix(config))];
    newtonSchulz = new NewtonSchulz(largestSide(config), direction.length, kernels, pool);
  }

  static long bytes(ModelConfig config) {
    long second =
        Parameters.shapes(config).stream()
            .filter(s -> !isBlockMatrix(s.name(), s.matrix()))
            .mapToLong(s -> (long) s.rows() * s.width())
            .sum();
    long largest = largestMatrix(config);
    return Float.BYTES * (config.parameterCount() + second + largest)
        + NewtonSchulz.bytes(largestSide(config), largest);
  }

  private static boolean isBlockMatrix(String name, boolean matrix) {
    return matrix && name.startsWith("model.layers.");
  }

  private static long largestMatrix(ModelConfig config) {
    return Math.max((long) config.dModel(), config.dFf()) * config.dModel();
  }

  /** Of the shorter sides of the matrices. */
  private static int largestSide(ModelConfig config) {
    return config.dModel();
  }

  @Override
  void update(Parameters weights, Parameters gradients, long step, double rate, float gradScale) {
    double matrixRate = options.matrixLearningRate() * rate / options.learningRate();
    List<Parameters.Parameter> all = weights.all();
    for (int i = 0; i < secondMomentAt.length; i++) {
      Parameters.Parameter p = all.get(i);
      if (isBlockMatrix(p.name(), p.decays())) {
        updateMatrix(weights.data(), gradients.data(), p, matrixRate);
      } else {
        adamW(weights, gradients, p, v, secondMomentAt[i], step, rate, gradScale);
      }
    }
  }

  private void updateMatrix(float[] w, float[] g, Parameters.Parameter p, double rate) {
    int at = p.array().offset();
    int size = p.array().size();
    int rows = p.array().shape()[0];
    int cols = p.array().shape()[1];
    float mu = options.momentum();
    inChunks(
        size,
        (from, n) -> {
          kernels.scale(m.data(), at + from, mu, n);
          kernels.axpy(m.data(), at + from, 1 - mu, g, at + from, n);
          Arrays.fill(direction, from, from + n, 0f);
          kernels.axpy(direction, from, 1 - mu, g, at + from, n);
          kernels.axpy(direction, from, mu, m.data(), at + from, n);
        });
    float[] orthogonal = newtonSchulz.orthogonalise(direction, rows, cols);
    float keep = (float) (1 - rate * options.weightDecay());
    float length = (float) (rate * Math.sqrt(Math.max(1.0, (double) rows / cols)));
    inChunks(
        size,
        (from, n) -> {
          kernels.scale(w, at + from, keep, n);
          kernels.axpy(w, at + from, -length, orthogonal, from, n);
        });
  }

  private interface Range {
    void apply(int from, int count);
  }

  private void inChunks(int size, Range range) {
    pool.run(
        (size + WEIGHTS_A_CHUNK - 1) / WEIGHTS_A_CHUNK,
        chunk -> {
          int from = chunk * WEIGHTS_A_CHUNK;
          range.apply(from, Math.min(WEIGHTS_A_CHUNK, size - from));
        });
  }

  @Override
  List<SafeTensors.Tensor> state() {
    List<SafeTensors.Tensor> tensors = firstMoments();
    List<Parameters.Parameter> all = m.all();
    for (int i = 0; i < secondMomentAt.length; i++) {
      if (!isBlockMatrix(all.get(i).name(), all.get(i).decays())) {
        tensors.add(tensor("v.", all.get(i), v, secondMomentAt[i]));
      }
    }
    return tensors;
  }
}
