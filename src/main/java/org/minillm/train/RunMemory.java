package org.minillm.train;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;

/**
 * What a run holds in memory, and how it becomes less: fewer sequences together, activations
 * computed again instead of kept, buffers given back and read again. The training thread changes
 * it, between two steps; others look. Nothing here changes a bit of the run.
 */
final class RunMemory {
  private final TrainOptions options;
  private final ModelConfig config;
  private final @Nullable FineTuning tuning;
  private final WorkerPool pool;
  private final int time;
  private volatile @Nullable Transformer model;
  private volatile @Nullable TrainBuffers buffers;
  private volatile int microBatch;
  private volatile boolean memorySaver;

  /**
   * @param tuning what the run was begun from; null for random weights
   * @param time tokens a sequence
   */
  RunMemory(Transformer model, TrainOptions options, @Nullable FineTuning tuning, int time) {
    this.tuning = tuning;
    this.options = options;
    this.time = time;
    this.model = model;
    config = model.config();
    pool = model.pool();
    microBatch = options.microBatch();
    memorySaver = options.memorySaver();
    buffers = allocate(model);
  }

  private TrainBuffers allocate(Transformer m) {
    return new TrainBuffers(m, options, time, microBatch, memorySaver);
  }

  Optional<Transformer> model() {
    return Optional.ofNullable(model);
  }

  Transformer weights() {
    Transformer m = model;
    if (m == null) {
      throw new IllegalStateException("the weights are released");
    }
    return m;
  }

  boolean holdsBuffers() {
    return buffers != null;
  }

  TrainBuffers buffers() {
    TrainBuffers b = buffers;
    if (b == null) {
      throw new IllegalStateException("the buffers are released");
    }
    return b;
  }

  int microBatch() {
    return microBatch;
  }

  /** Halves the micro-batch, which doubles the accumulation; what was done, empty at 1. */
  Optional<String> halveMicroBatch() {
    int before = microBatch;
    if (before == 1) {
      return Optional.empty();
    }
    int half = before / 2;
    // Only a divisor keeps the step's sequences in whole micro-batches.
    while (options.sequencesPerStep() % half != 0) {
      half--;
    }
    microBatch = half;
    resize();
    int sequences = options.sequencesPerStep();
    return Optional.of(
        "micro-batch "
            + before
            + " → "
            + half
            + ", accumulation "
            + sequences / before
            + " → "
            + sequences / half);
  }

  /** Computes activations again from now on; what was done, empty where it does so already. */
  Optional<String> saveMemory() {
    if (memorySaver) {
      return Optional.empty();
    }
    memorySaver = true;
    resize();
    return Optional.of("memory saver off → on");
  }

  private void resize() {
    TrainBuffers b = buffers;
    if (b != null) {
      b.resize(microBatch, memorySaver);
    }
  }

  void releaseBuffers() {
    buffers = null;
  }

  /** After {@link #releaseBuffers}. */
  void releaseWeights() {
    if (buffers != null) {
      throw new IllegalStateException("save and release first");
    }
    model = null;
  }

  /** Bytes {@link #restore} will allocate. */
  long bytesToRestore() {
    if (buffers != null) {
      return 0;
    }
    return (model == null ? weightBytes() : 0) + gradientBytes() + optimizerBytes() + passBytes();
  }

  /** Takes back what was given and reads it from the checkpoint. */
  void restore(RunFiles files, RunState state) throws IOException {
    Transformer m = model;
    boolean readWeights = m == null;
    if (m == null) {
      m = TrainableModel.allocate(config, state, pool);
    }
    TrainBuffers b = allocate(m);
    if (readWeights) {
      files.read(state, m, b.optimizer);
    } else {
      files.readMoments(b.optimizer);
    }
    model = m;
    buffers = b;
  }

  /** Bytes of the weights, adapters counted. */
  long weightBytes() {
    return TrainableModel.weightBytes(config, tuning);
  }

  /** Bytes of the gradient of what is trained, allocated or not. */
  long gradientBytes() {
    return TrainableModel.gradientBytes(config, tuning);
  }

  /** Bytes of what the optimiser remembers, allocated or not. */
  long optimizerBytes() {
    return TrainableModel.optimizerBytes(config, options.optimizer(), tuning);
  }

  /** Bytes of the activations, allocated or not. */
  long passBytes() {
    int rank = TrainableModel.rank(tuning);
    return TrainBuffers.passBytes(
        config, options, time, microBatch, memorySaver, pool.threads(), rank);
  }
}
