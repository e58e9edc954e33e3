package org.minillm.format;

/** How a tensor's values stand in a file, little-endian. */
public enum TensorType {
  /** IEEE 754 single: what the engine computes with, exact. */
  F32(4),
  /** IEEE 754 half. */
  F16(2),
  /** The upper half of a single. */
  BF16(2);

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes a value. */
  public int bytes() {
    return bytes;
  }

  /** Reads a value whose bytes, as a little-endian number, are {@code bits}. */
  float decode(int bits) {
    return switch (this) {
      case F32 -> Float.intBitsToFloat(bits);
      case BF16 -> Float.intBitsToFloat(bits << 16);
      case F16 -> halfToFloat(bits);
    };
  }

  /** The bits of a value, rounded to the nearest, ties to even. */
  int encode(float value) {
    int bits = Float.floatToRawIntBits(value);
    return switch (this) {
      case F32 -> bits;
      case BF16 ->
          Float.isNaN(value) ? (bits >>> 16) | 0x40 : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
      case F16 -> floatToHalf(bits);
    };
  }

  private static float halfToFloat(int half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1F;
    int mantissa = half & 0x3FF;
    if (exponent == 0) {
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(mantissa * 0x1.0p-24f));
    }
    int wide = exponent == 31 ? 255 : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
  }

  private static int floatToHalf(int bits) {
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
