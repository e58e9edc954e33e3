package org.minillm.model;

import org.minillm.kernel.Kernels;

/**
 * Token embedding: x[r] = E[token[r]]. Shapes: E [V, D], x [R, D].
 *
 * <p>Gradients of E add up row by row in order; a tied head adds to the same matrix, which is why a
 * pass ends one sequence before it starts the next (see {@link TrainingPass}).
 */
final class Embedding {
  private final Kernels kernels;
  private final float[] weights;
  private final int at;
  private final int d;

  Embedding(Transformer model) {
    this.kernels = model.kernels();
    this.weights = model.parameters().data();
    this.at = model.layout().embedding;
    this.d = model.config().dModel();
  }

  void forward(float[] x, int[] tokens, int from, int rows) {
    for (int r = 0; r < rows; r++) {
      System.arraycopy(weights, at + tokens[from + r] * d, x, r * d, d);
    }
  }

  /** dE[token[r]] += dx[r]. */
  void backward(float[] gradients, float[] dx, int[] tokens, int from, int rows) {
    for (int r = 0; r < rows; r++) {
      kernels.add(gradients, at + tokens[from + r] * d, dx, r * d, d);
    }
  }
}
