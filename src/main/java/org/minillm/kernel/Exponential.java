package org.minillm.kernel;

/**
 * e^x for one float: our own polynomial, so that the bits never depend on the compiler. The vector
 * kernels do the same operations in the same order.
 *
 * <p>x = n·ln 2 + r with |r| ≤ ln 2 / 2; n comes from adding 1.5·2²³, which rounds to an integer
 * and leaves it in the low bits; e^r = 1 + r + r²·p(r), p fitted at Chebyshev nodes (relative error
 * 1e-7); 2^n is added to the exponent's bits.
 */
final class Exponential {
  static final float LOG2_E = 1.44269504f;
  static final float ROUND = 12_582_912f;
  // ln 2 in two parts; n · LN2_HIGH is exact.
  static final float LN2_HIGH = 0.693359375f;
  static final float LN2_LOW = -2.12194440e-4f;
  static final float C0 = 0.5f;
  static final float C1 = 0.16666576f;
  static final float C2 = 0.041666463f;
  static final float C3 = 0.008363205f;
  static final float C4 = 0.0013933688f;

  /** Below, the result is 0 (it would be under 1.22e-38). */
  static final float LOWEST = -87.3f;

  /** Above, the result is infinite. */
  static final float HIGHEST = 88.722839f;

  private Exponential() {}

  static float of(float x) {
    float t = Fma.of(x, LOG2_E, ROUND);
    float n = t - ROUND;
    float r = Fma.of(n, -LN2_LOW, Fma.of(n, -LN2_HIGH, x));
    float p = Fma.of(Fma.of(Fma.of(Fma.of(C4, r, C3), r, C2), r, C1), r, C0);
    float y = Fma.of(p, r * r, r) + 1f;
    float result =
        Float.intBitsToFloat(Float.floatToRawIntBits(y) + (Float.floatToRawIntBits(t) << 23));
    return x < LOWEST ? 0f : x > HIGHEST ? Float.POSITIVE_INFINITY : result;
  }
}
