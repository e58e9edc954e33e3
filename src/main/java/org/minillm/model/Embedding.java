package org.minillm.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * Token embedding: x[r] = E[token[r]]. Shapes: E [V, D], x [R, D].
 *
 * <p>A tied head adds to the gradient of the same matrix. So the embedding's part waits: {@link
 * #keep} stores the rows of each pass, and {@link #addGradient} adds them all at the end of the
 * step, in order. The bits then do not depend on how a step was cut into passes. A step of more
 * rows than the vocabulary has waits as a sum [V, D] instead, which is smaller.
 */
final class Embedding {
  private static final int COLUMNS_A_CHUNK = 64;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final @Nullable Int8Matrix int8;
  private final float[] weights;
  private final int at;
  private final int d;
  private final int v;

  /** Most rows of a step. */
  private final int stepRows;

  private final boolean summed;

  /** Gradients of x in the order of their rows, [stepRows, D], or their sums by token, [V, D]. */
  private final float[] waiting;

  /** Tokens of the rows that wait; empty when they are summed. */
  private final int[] tokensWaiting;

  private int rowsWaiting;

  /**
   * @param stepRows most rows of a step; 0 for forward passes alone
   */
  Embedding(Transformer model, int stepRows) {
    this.kernels = model.kernels();
    this.pool = model.pool();
    this.int8 = model.weights().int8(model.layout().embedding);
    this.weights = model.weights().floats();
    this.at = model.weights().floatOffset(model.layout().embedding);
    this.d = model.config().dModel();
    this.v = model.config().vocabSize();
    this.stepRows = stepRows;
    summed = stepRows > v;
    waiting = new float[Math.min(stepRows, v) * d];
    tokensWaiting = new int[summed ? 0 : stepRows];
  }

  /** Floats, and ids of the same size, of an embedding that lets {@code stepRows} rows wait. */
  static long floats(ModelConfig c, long stepRows) {
    long v = c.vocabSize();
    return stepRows > v ? v * c.dModel() : stepRows * (c.dModel() + 1L);
  }

  /** Rows of tokens[from, from + rows) into the first rows of x. */
  void forward(float[] x, int[] tokens, int from, int rows) {
    for (int r = 0; r < rows; r++) {
      if (int8 != null) {
        int8.dequantizeRow(x, r * d, tokens[from + r]);
      } else {
        System.arraycopy(weights, at + tokens[from + r] * d, x, r * d, d);
      }
    }
  }

  /** Keeps dx until {@link #addGradient}. */
  void keep(float[] dx, int[] tokens, int rows) {
    if (summed) {
      addRows(waiting, 0, dx, tokens, rows);
    } else {
      System.arraycopy(dx, 0, waiting, rowsWaiting * d, rows * d);
      System.arraycopy(tokens, 0, tokensWaiting, rowsWaiting, rows);
    }
    rowsWaiting += rows;
  }

  /** Rows that the step can still have. */
  int room() {
    return stepRows - rowsWaiting;
  }

  /** Forgets what waits. */
  void forget() {
    if (summed && rowsWaiting > 0) {
      Arrays.fill(waiting, 0f);
    }
    rowsWaiting = 0;
  }

  /** dE[token[r]] += dx[r] for all rows that wait, in order. */
  void addGradient(float[] gradients) {
    if (summed) {
      kernels.add(gradients, at, waiting, 0, v * d);
    } else {
      addRows(gradients, at, waiting, tokensWaiting, rowsWaiting);
    }
    forget();
  }

  /** to[token[r]] += dx[r]; a thread has columns of its own, so each sum keeps its order. */
  private void addRows(float[] to, int toOff, float[] dx, int[] tokens, int rows) {
    pool.run(
        (d + COLUMNS_A_CHUNK - 1) / COLUMNS_A_CHUNK,
        chunk -> {
          int from = chunk * COLUMNS_A_CHUNK;
          int n = Math.min(COLUMNS_A_CHUNK, d - from);
          for (int r = 0; r < rows; r++) {
            kernels.add(to, toOff + tokens[r] * d + from, dx, r * d + from, n);
          }
        });
  }
}
