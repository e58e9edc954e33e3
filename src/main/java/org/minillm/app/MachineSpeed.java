package org.minillm.app;

import java.util.ArrayList;
import java.util.List;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.train.OptimizerType;
import org.minillm.train.SpeedTest;

/**
 * How many floating-point operations of training this machine does a second, measured on a narrow
 * and a wide model: products of narrow matrices are slower. In between it grows with a power of the
 * width.
 */
record MachineSpeed(int narrow, double atNarrow, int wide, double atWide) {
  private static final int CHUNK = 64;

  /**
   * Measures both shapes with whole steps of {@code batch} sequences, each for {@code nanosEach},
   * of which the first half warms up.
   */
  static MachineSpeed measure(
      ModelConfig narrow,
      ModelConfig wide,
      int batch,
      OptimizerType optimizer,
      WorkerPool pool,
      long nanosEach) {
    double slow = measured(narrow, batch, optimizer, pool, nanosEach);
    return new MachineSpeed(
        narrow.dModel(),
        slow,
        wide.dModel(),
        wide.equals(narrow) ? slow : measured(wide, batch, optimizer, pool, nanosEach));
  }

  private static double measured(
      ModelConfig shape, int batch, OptimizerType optimizer, WorkerPool pool, long nanos) {
    int time = shape.contextLength();
    Transformer model = Transformer.initialise(shape, 1, pool);
    SpeedTest test = new SpeedTest(model, batch, time, CHUNK, false, optimizer, 1);
    List<Double> seconds = new ArrayList<>();
    long start = System.nanoTime();
    do {
      seconds.add(test.run(0, 1).seconds());
    } while (System.nanoTime() - start < nanos);
    // The first half warms up; a median does not mind what else ran on the machine for a moment.
    double[] warm =
        seconds.subList(seconds.size() / 2, seconds.size()).stream()
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    return batch * time * operationsPerToken(shape, false) / warm[warm.length / 2];
  }

  /**
   * Operations of a token's forward and backward pass: 6 for every weight of a matrix (2 forward, 4
   * backward), the scores of attention to half the context on average; with the memory saver the
   * blocks' forward pass once more.
   */
  static double operationsPerToken(ModelConfig c, boolean memorySaver) {
    double kv = (double) c.dModel() * c.nKvHeads() / c.nHeads();
    double block = 2.0 * c.dModel() * c.dModel() + 2 * c.dModel() * kv + 3.0 * c.dModel() * c.dFf();
    double attention = 2.0 * c.contextLength() * c.dModel(); // forward
    double head = (double) c.vocabSize() * c.dModel();
    double blocks = c.nLayers() * (2 * block + attention);
    return (memorySaver ? 4 : 3) * blocks + 6 * head;
  }

  double tokensPerSecond(ModelConfig shape, boolean memorySaver) {
    return operationsPerSecond(shape.dModel()) / operationsPerToken(shape, memorySaver);
  }

  private double operationsPerSecond(int width) {
    if (wide == narrow || width <= narrow) {
      return atNarrow;
    }
    double along =
        Math.min(1, Math.log((double) width / narrow) / Math.log((double) wide / narrow));
    return atNarrow * Math.pow(atWide / atNarrow, along);
  }
}
