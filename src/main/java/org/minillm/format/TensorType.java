package org.minillm.format;

import org.minillm.base.HalfFloat;

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
      case F16 -> HalfFloat.toFloat(bits);
    };
  }

  /** The bits of a value, rounded to the nearest, ties to even. */
  int encode(float value) {
    int bits = Float.floatToRawIntBits(value);
    return switch (this) {
      case F32 -> bits;
      case BF16 ->
          Float.isNaN(value) ? (bits >>> 16) | 0x40 : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
      case F16 -> HalfFloat.fromFloat(value);
    };
  }
}
