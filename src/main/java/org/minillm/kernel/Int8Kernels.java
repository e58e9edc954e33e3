package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/**
 * Products with int8 weights in the blocks of {@link Int8Blocks}, computed on directly: quants
 * become floats in registers, activations stay float32. W is [rows, cols] row-major with
 * Int8Blocks.count(cols) scales a row. The choice is made apart from that of {@link Kernels}: where
 * vectors are narrower than 256 bits, widening bytes costs more than it saves and plain Java runs.
 *
 * <p>Same bits: a row's sum does not depend on the other rows, on chunks or on threads.
 */
public interface Int8Kernels {
  /**
   * The fastest implementation for this JVM and CPU, or what the system property {@code
   * minillm.int8} forces; chosen once. Errors as {@link Kernels#best()}.
   */
  static Int8Kernels best() {
    return Int8KernelChoice.best();
  }

  /** The plain Java twin. */
  static Int8Kernels scalar() {
    return Int8KernelChoice.SCALAR;
  }

  /** What runs, for people: {@code "vector 512-bit fma"}. */
  String description();

  /** y[rows] = W · x; the product of decoding, four rows at a time. */
  void matvec(
      WorkerPool pool,
      float[] y,
      int yOff,
      byte[] w,
      int wOff,
      float[] scales,
      int scaleOff,
      float[] x,
      int xOff,
      int rows,
      int cols);

  /**
   * to[n] = scale · quant of n values that begin at the start of a block. Exact: a product of a
   * half and a byte has at most 19 bits.
   */
  void dequantize(float[] to, int toOff, byte[] w, int wOff, float[] scales, int scaleOff, int n);

  /**
   * C[m,n] = A[m,k] · Wᵀ, W [n,k]: panels of W are dequantised into a buffer of the thread and
   * multiplied by {@code kernels}, so the result has the bits of the float product.
   */
  default void gemmNT(
      WorkerPool pool,
      Kernels kernels,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      byte[] w,
      int wOff,
      float[] scales,
      int scaleOff,
      int m,
      int n,
      int k) {
    Int8Panels.multiply(
        this, pool, kernels, c, cOff, ldc, a, aOff, lda, w, wOff, scales, scaleOff, m, n, k);
  }
}
