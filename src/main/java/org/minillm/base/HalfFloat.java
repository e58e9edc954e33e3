package org.minillm.base;

/** IEEE 754 half precision, which JDK 17 cannot convert. */
public final class HalfFloat {
  /** The largest finite half: 65,504. */
  public static final float MAX = 65_504f;

  private HalfFloat() {}

  /** The value of the lower 16 bits. */
  public static float toFloat(int half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1F;
    int mantissa = half & 0x3FF;
    if (exponent == 0) {
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(mantissa * 0x1.0p-24f));
    }
    int wide = exponent == 31 ? 255 : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
  }

  /** The 16 bits of the nearest half, ties to even; too large becomes infinity. */
  public static int fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000) {
      return sign | 0x7E00;
    }
    if (magnitude >= 0x477FF000) { // rounds to 65,536 or more: infinity
      return sign | 0x7C00;
    }
    if (magnitude < 0x38800000) { // below 2^-14: subnormal, in units of 2^-24
      return sign | (int) Math.rint(Float.intBitsToFloat(magnitude) * 0x1.0p24);
    }
    int rounded = magnitude + 0xFFF + ((magnitude >>> 13) & 1);
    return sign | (rounded - 0x38000000) >>> 13;
  }
}
