package org.minillm.train;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * The nearest orthogonal matrix, roughly: with G = UΣVᵀ five steps of X ← (aI + bA + cA²)X, A =
 * XXᵀ, starting from G/‖G‖, lead to UΣ'Vᵀ with singular values Σ' of about 0.7 to 1.2. The
 * coefficients are those of Jordan et al. 2024 (Muon), chosen so that small singular values grow
 * fastest.
 */
final class NewtonSchulz {
  private static final int STEPS = 5;
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;
  private static final float EPS = 1e-7f;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final float[] gram;
  private final float[] polynomial;
  private float[] next;

  /**
   * @param side the largest of the matrices' shorter sides
   * @param elements of the largest matrix
   */
  NewtonSchulz(int side, int elements, Kernels kernels, WorkerPool pool) {
    this.kernels = kernels;
    this.pool = pool;
    gram = new float[Math.multiplyExact(side, side)];
    polynomial = new float[gram.length];
    next = new float[elements];
  }

  static long bytes(int side, long elements) {
    return Float.BYTES * (2L * side * side + elements);
  }

  /**
   * @param x [rows, cols]; overwritten
   * @return the result, [rows, cols]: {@code x} or an array of this object, until the next call
   */
  float[] orthogonalise(float[] x, int rows, int cols) {
    int size = rows * cols;
    int side = Math.min(rows, cols);
    double norm = Math.sqrt(kernels.sumOfSquares(pool, x, 0, size));
    kernels.scale(x, 0, (float) (1 / (norm + EPS)), size);
    float[] from = x;
    float[] to = next;
    for (int step = 0; step < STEPS; step++) {
      if (rows <= cols) {
        kernels.gemmNT(pool, gram, 0, side, from, 0, cols, from, 0, cols, side, side, cols, false);
      } else {
        kernels.gemmTN(
            pool, gram, 0, side, from, 0, cols, from, 0, cols, side, side, rows, rows, false);
      }
      polynomial(side);
      if (rows <= cols) {
        kernels.gemmNN(
            pool, to, 0, cols, polynomial, 0, side, from, 0, cols, rows, cols, side, false);
      } else {
        kernels.gemmNN(
            pool, to, 0, cols, from, 0, cols, polynomial, 0, side, rows, cols, side, false);
      }
      float[] swap = from;
      from = to;
      to = swap;
    }
    return from;
  }

  /** aI + bA + cA² of the Gram matrix A. */
  private void polynomial(int side) {
    kernels.gemmNN(
        pool, polynomial, 0, side, gram, 0, side, gram, 0, side, side, side, side, false);
    pool.run(
        side,
        row -> {
          int at = row * side;
          kernels.scale(polynomial, at, C, side);
          kernels.axpy(polynomial, at, B, gram, at, side);
          polynomial[at + row] += A;
        });
  }
}
