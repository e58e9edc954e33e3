package org.minillm.train;

import org.jspecify.annotations.Nullable;
import org.minillm.base.RunControl;
import org.minillm.model.Dropout;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.TrainingPass;
import org.minillm.model.Transformer;

/**
 * What training takes beside weights and data: gradients, the optimiser's moments, activations.
 * Allocated together, given back together; only the activations change their size in a run.
 */
final class TrainBuffers {
  final Parameters gradients;
  final Optimizer optimizer;
  private final Transformer model;
  private final TrainOptions options;
  private final int time;
  private int microBatch;
  private @Nullable TrainingPass pass;
  private int[] inputs = {};
  private int[] targets = {};

  /**
   * @param time tokens a sequence
   * @param microBatch sequences computed together
   * @param memorySaver whether activations are computed again instead of kept
   */
  TrainBuffers(
      Transformer model, TrainOptions options, int time, int microBatch, boolean memorySaver) {
    this.model = model;
    this.options = options;
    this.time = time;
    gradients = model.trainable().zerosLike();
    optimizer = Optimizer.of(model, options);
    resize(microBatch, memorySaver);
  }

  /**
   * Bytes of the activations.
   *
   * @param rank of the adapters that are trained, 0 for none
   */
  static long passBytes(
      ModelConfig config,
      TrainOptions options,
      int time,
      int microBatch,
      boolean memorySaver,
      int threads,
      int rank) {
    return TrainingPass.bytes(
        config,
        microBatch,
        time,
        options.chunkSize(),
        memorySaver,
        options.sequencesPerStep(),
        threads,
        rank);
  }

  /** Activations of another size; the old ones are let go before the new ones come. */
  void resize(int sequences, boolean memorySaver) {
    pass = null;
    microBatch = sequences;
    inputs = new int[sequences * time];
    targets = new int[sequences * time];
    pass =
        new TrainingPass(
            model, sequences, time, options.chunkSize(), memorySaver, options.sequencesPerStep());
  }

  TrainingPass pass() {
    TrainingPass allocated = pass;
    if (allocated == null) {
      throw new IllegalStateException("the activations are being replaced");
    }
    return allocated;
  }

  /**
   * The gradient of a step's mean loss, in {@link #gradients}.
   *
   * @param position of the step's first sequence in the data
   * @param step for dropout, from 0
   * @return the mean loss of the step's targets that count, in nats
   */
  double gradient(Sequences batches, long position, long step, RunControl control) {
    TrainingPass p = pass();
    int sequences = options.sequencesPerStep();
    long counted = 0;
    for (int i = 0; i < sequences; i++) {
      counted += batches.counted(position + i);
    }
    float scale = 1f / counted;
    p.begin();
    double nats = 0;
    for (int first = 0; first < sequences; first += microBatch) {
      for (int row = 0; row < microBatch; row++) {
        batches.read(position + first + row, inputs, targets, row);
      }
      Dropout dropout =
          options.dropout() == 0
              ? Dropout.NONE
              : new Dropout(options.dropout(), options.seed(), step, first);
      nats += p.accumulate(inputs, targets, microBatch, time, gradients, scale, dropout, control);
      control.giveWay();
    }
    p.finish(gradients);
    return nats / counted;
  }
}
