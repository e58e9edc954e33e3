package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/**
 * Products with int8 weights in the blocks of {@link Int8Blocks}, laid out as {@link Int8Panels},
 * computed on directly: quants become floats in registers, activations stay float32. The choice is
 * made apart from that of {@link Kernels}: where vectors are narrower than 256 bits, widening bytes
 * costs more than it saves and plain Java runs.
 *
 * <p>Same bits: a row's sum does not depend on the other rows, on chunks or on threads. It adds the
 * even and the odd columns of a block apart, then both, scales that and adds the blocks in order.
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

  /**
   * y[count] = rows [from, from + count) of W · x[cols], on the calling thread; the product of
   * decoding. Fastest where {@code from} and {@code count} are multiples of {@link
   * Int8Panels#HEIGHT}.
   */
  void rowsTimes(float[] y, int yOff, Int8Panels w, int from, int count, float[] x, int xOff);

  /**
   * C[m,n] = A[m,k] · rows [from, from + n) of Wᵀ, k the columns of W. W is dequantised piece by
   * piece into a buffer of the thread and multiplied as {@code kernels} do, so the result has the
   * bits of their float product.
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
      Int8Panels w,
      int from,
      int m,
      int n) {
    DequantizedGemm.multiply(pool, kernels, c, cOff, ldc, a, aOff, lda, w, from, m, n);
  }
}
