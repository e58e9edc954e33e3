package org.minillm.train;

import org.minillm.base.RunControl;
import org.minillm.model.Dropout;
import org.minillm.model.Parameters;
import org.minillm.model.TrainingPass;
import org.minillm.model.Transformer;
import org.minillm.ndarray.RandomGenerator;

/** Whole training steps (forward, backward, clipping, update) on random tokens. */
public final class SpeedTest {
  private final Transformer model;
  private final int batch;
  private final int time;
  private final int microBatch;
  private final TrainingPass pass;
  private final Parameters gradients;
  private final Optimizer optimizer;
  private final int[] inputs;
  private final int[] targets;
  private long step;

  /** Steps done and the time they took. */
  public record Result(int steps, double seconds) {}

  public SpeedTest(
      Transformer model,
      int batch,
      int time,
      int chunkSize,
      boolean memorySaver,
      OptimizerType type,
      long seed) {
    this.model = model;
    this.batch = batch;
    this.time = time;
    microBatch = TrainOptions.microBatch(batch, time);
    pass = new TrainingPass(model, microBatch, time, chunkSize, memorySaver, batch);
    gradients = Parameters.allocate(model.config());
    optimizer = Optimizer.of(model, TrainOptions.of(batch, time, 1e-3f, 1).withOptimizer(type));
    inputs = new int[microBatch * time];
    targets = new int[microBatch * time];
    RandomGenerator random = new RandomGenerator(seed);
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = random.nextInt(model.config().vocabSize());
      targets[i] = random.nextInt(model.config().vocabSize());
    }
  }

  /** Runs until the time or the steps are used up; at least one step. */
  public Result run(long nanos, int steps) {
    RunControl control = new RunControl();
    long start = System.nanoTime();
    int done = 0;
    do {
      pass.begin();
      for (int first = 0; first < batch; first += microBatch) {
        pass.accumulate(
            inputs,
            targets,
            microBatch,
            time,
            gradients,
            1f / (batch * time),
            Dropout.NONE,
            control);
      }
      pass.finish(gradients);
      double norm = optimizer.norm(gradients);
      step++;
      optimizer.update(
          model.parameters(), gradients, step, 1e-3, (float) Math.min(1, 1 / (norm + 1e-6)));
      done++;
    } while (done < steps && System.nanoTime() - start < nanos);
    return new Result(done, (System.nanoTime() - start) / 1e9);
  }
}
