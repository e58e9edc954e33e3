package org.minillm.model;

import java.util.Arrays;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * The head and its loss: logits = n · Wᵀ and cross-entropy, by chunks of at most {@link #CHUNK}
 * rows of one sequence. A chunk's backward pass runs while its logits are there, so [R, V] never
 * exists.
 *
 * <p>Shapes: n [T, D] (normed), W [V, D], logits [c, V] with c rows a chunk; targets [T], -1 =
 * ignored.
 */
final class Head {
  /** Rows a chunk. */
  static final int CHUNK = 128;

  /** A row's loss is a multiple of this, in nats: sums in double are exact, in any grouping. */
  private static final double GRAIN = 0x1p-32;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final int v;
  private final int d;
  private final Linear projection;
  private final float[] logits;
  private final float[] rowLosses;

  Head(Transformer model, int time) {
    kernels = model.kernels();
    pool = model.pool();
    v = model.config().vocabSize();
    d = model.config().dModel();
    projection = new Linear(model, model.layout().head, v, d);
    int rows = Math.min(CHUNK, time);
    logits = new float[rows * v];
    rowLosses = new float[rows];
  }

  static long floats(ModelConfig c, int time) {
    return Math.min(CHUNK, time) * (c.vocabSize() + 1L);
  }

  /** Sum of the losses in nats; {@code from} is the index of the first target. */
  double loss(float[] n, int[] targets, int from, int time) {
    double total = 0;
    for (int t = 0; t < time; t += CHUNK) {
      int rows = Math.min(CHUNK, time - t);
      if (anyTarget(targets, from + t, rows)) {
        projection.forward(logits, 0, n, t * d, rows);
        total += crossEntropy(targets, from + t, rows, false, 0);
      }
    }
    return total;
  }

  /** Sum of the losses in nats; n is overwritten by scale · gradient of n. */
  double lossAndGradient(
      float[] gradients, float[] n, int[] targets, int from, int time, float scale) {
    double total = 0;
    for (int t = 0; t < time; t += CHUNK) {
      int rows = Math.min(CHUNK, time - t);
      int row = t * d;
      if (!anyTarget(targets, from + t, rows)) {
        Arrays.fill(n, row, row + rows * d, 0);
        continue;
      }
      projection.forward(logits, 0, n, row, rows);
      total += crossEntropy(targets, from + t, rows, true, scale);
      float[] dLogits = logits;
      projection.weightGradient(gradients, dLogits, 0, n, row, rows);
      projection.inputGradient(n, row, dLogits, 0, rows, false);
    }
    return total;
  }

  /** out[rows, V] = logits of rows of n: for inspection. */
  void logits(float[] out, int outOff, float[] n, int rows) {
    projection.forward(out, outOff, n, 0, rows);
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
