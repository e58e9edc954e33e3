package org.minillm.model;

import java.util.Arrays;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * The head and its loss: logits = n · Wᵀ and cross-entropy, by chunks of rows. A chunk's backward
 * pass runs while its logits are there, so [R, V] never exists.
 *
 * <p>Sums over tokens into the gradient of W go by units of at most {@link #UNIT} rows of one
 * sequence, in order. A chunk holds whole units, as many as its memory allows, so its size changes
 * no bit.
 *
 * <p>Shapes: n [R, D] (normed), W [V, D], logits [c, V] with c rows a chunk; targets [R], -1 =
 * ignored.
 */
final class Head {
  /** Rows of one sequence whose gradients are summed in one go. */
  static final int UNIT = 128;

  /**
   * Floats of a chunk's logits, where a chunk of one unit is not larger; less with little memory.
   */
  private static final int CHUNK_FLOATS = 8 << 20;

  /** A row's loss is a multiple of this, in nats: sums in double are exact, in any grouping. */
  private static final double GRAIN = 0x1p-32;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final int at;
  private final int v;
  private final int d;
  private final Linear projection;
  private final float[] logits;
  private final float[] rowLosses;

  Head(Transformer model, int batch, int time, boolean memorySaver) {
    kernels = model.kernels();
    pool = model.pool();
    v = model.config().vocabSize();
    d = model.config().dModel();
    at = model.layout().head;
    projection = new Linear(model, at, v, d);
    int rows = chunkRows(model.config(), batch, time, memorySaver);
    logits = new float[rows * v];
    rowLosses = new float[rows];
  }

  static long floats(ModelConfig c, int batch, int time, boolean memorySaver) {
    return chunkRows(c, batch, time, memorySaver) * (c.vocabSize() + 1L);
  }

  private static int chunkRows(ModelConfig c, int batch, int time, boolean memorySaver) {
    int unit = Math.min(UNIT, time);
    if (memorySaver || time % unit != 0) {
      return unit;
    }
    int units = batch * time / unit;
    int most = Math.max(1, CHUNK_FLOATS / c.vocabSize() / unit);
    int chunks = (units + most - 1) / most;
    return (units + chunks - 1) / chunks * unit;
  }

  /** Rows of the chunk at {@code row} of sequences of {@code time} rows: whole units. */
  private int chunk(int row, int rows, int time) {
    int most = rowLosses.length;
    int unit = Math.min(UNIT, time);
    if (time % unit != 0) {
      int inSequence = row % time;
      return Math.min(Math.min(most, UNIT - inSequence % UNIT), time - inSequence);
    }
    return Math.min(most / unit * unit, rows - row);
  }

  /** Sum of the losses of n's rows in nats. */
  double loss(float[] n, int[] targets, int rows, int time) {
    double total = 0;
    for (int r = 0, count; r < rows; r += count) {
      count = chunk(r, rows, time);
      if (anyTarget(targets, r, count)) {
        projection.forward(logits, 0, n, r * d, count);
        total += crossEntropy(targets, r, count, false, 0);
      }
    }
    return total;
  }

  /**
   * Sum of the losses in nats; n is overwritten by scale · gradient of n. The gradient of W is
   * added to {@code gradients}, or stored unless {@code accumulate}.
   */
  double lossAndGradient(
      float[] gradients,
      float[] n,
      int[] targets,
      int rows,
      int time,
      float scale,
      boolean accumulate) {
    double total = 0;
    boolean add = accumulate;
    int segment = Math.min(UNIT, time);
    for (int r = 0, count; r < rows; r += count) {
      count = chunk(r, rows, time);
      if (!anyTarget(targets, r, count)) {
        Arrays.fill(n, r * d, (r + count) * d, 0);
        continue;
      }
      projection.forward(logits, 0, n, r * d, count);
      total += crossEntropy(targets, r, count, true, scale);
      float[] dLogits = logits;
      projection.weightGradient(gradients, dLogits, 0, n, r * d, count, segment, add);
      add = true;
      projection.inputGradient(n, r * d, dLogits, 0, count, false);
    }
    if (!add) {
      kernels.zero(pool, gradients, at, v * d);
    }
    return total;
  }

  /** out[rows, V] = logits of rows of n: for inspection. */
  void logits(float[] out, float[] n, int rows) {
    projection.forward(out, 0, n, 0, rows);
  }

  private static boolean anyTarget(int[] targets, int at, int rows) {
    for (int i = at; i < at + rows; i++) {
      if (targets[i] >= 0) {
        return true;
      }
    }
    return false;
  }

  /** Losses of the rows in {@code logits}, which become their gradients when {@code backward}. */
  private double crossEntropy(int[] targets, int at, int rows, boolean backward, float scale) {
    int perTask = Math.max(1, 16_384 / v);
    pool.run(
        (rows + perTask - 1) / perTask,
        task -> {
          int end = Math.min(rows, (task + 1) * perTask);
          for (int r = task * perTask; r < end; r++) {
            int target = targets[at + r];
            if (target < 0) {
              rowLosses[r] = 0;
              Arrays.fill(logits, r * v, (r + 1) * v, 0);
            } else if (backward) {
              rowLosses[r] = kernels.crossEntropyBackward(logits, r * v, v, target, scale);
            } else {
              rowLosses[r] = kernels.crossEntropy(logits, r * v, v, target);
            }
          }
        });
    double sum = 0;
    for (int r = 0; r < rows; r++) {
      sum += Math.rint(rowLosses[r] / GRAIN) * GRAIN;
    }
    return sum;
  }
}
