package org.minillm.ndarray;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A type of numbers in a {@code .npy} file and how its values become float32. Floats are rounded to
 * the nearest, as NumPy's {@code astype(float32)} does; whole numbers are taken only if float32
 * holds them exactly, since a token id or a count that changes silently is a wrong one.
 *
 * @param kind f float, i signed, u unsigned, b boolean
 * @param bytes of one value
 */
record NpyType(char kind, int bytes, ByteOrder order) {
  static final String SUPPORTED = "f2, f4, f8, i1 to i8, u1 to u8 and b1";

  /** Bits of a float32's significand: whole numbers of no more are exact. */
  private static final int SIGNIFICAND = 24;

  private static final Pattern DESCR = Pattern.compile("([<>|=]?)(f[248]|[iu][1248]|b1)");

  /** The type of that description ({@code <f4}), null if it is not supported. */
  static @Nullable NpyType of(String descr) {
    Matcher matcher = DESCR.matcher(descr);
    if (!matcher.matches()) {
      return null;
    }
    String type = matcher.group(2);
    boolean big = ">".equals(matcher.group(1));
    return new NpyType(
        type.charAt(0), type.charAt(1) - '0', big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The next value of a buffer in this type's order.
   *
   * @throws ArithmeticException with the value in words, if float32 cannot hold it
   */
  float next(ByteBuffer buffer) {
    switch (kind) {
      case 'f':
        return bytes == 2
            ? half(buffer.getShort())
            : bytes == 4 ? buffer.getFloat() : rounded(buffer.getDouble());
      case 'b':
        return buffer.get() == 0 ? 0 : 1;
      default:
        long value = whole(buffer);
        return exact(value, kind == 'u' && bytes == Long.BYTES);
    }
  }

  private long whole(ByteBuffer buffer) {
    long value =
        switch (bytes) {
          case 1 -> buffer.get();
          case 2 -> buffer.getShort();
          case 4 -> buffer.getInt();
          default -> buffer.getLong();
        };
    return kind == 'u' && bytes < Long.BYTES ? value & ((1L << (8 * bytes)) - 1) : value;
  }

  private static float exact(long value, boolean unsigned) {
    long size = unsigned ? value : Math.abs(value);
    int used = Long.SIZE - Long.numberOfLeadingZeros(size) - Long.numberOfTrailingZeros(size);
    if (size != 0 && used > SIGNIFICAND) {
      throw new ArithmeticException(
          (unsigned ? Long.toUnsignedString(value) : Long.toString(value))
              + " is not exact in float32 (whole numbers are, up to 16,777,216)");
    }
    return unsigned && value < 0 ? (value >>> 1) * 2f : value;
  }

  private static float rounded(double value) {
    float nearest = (float) value;
    if (Float.isInfinite(nearest) && !Double.isInfinite(value)) {
      throw new ArithmeticException(
          String.format(Locale.ROOT, "%g is beyond float32 (largest 3.4028235e38)", value));
    }
    return nearest;
  }

  /** IEEE half precision; JDK 17 has no such conversion. */
  private static float half(short bits) {
    int exponent = bits >> 10 & 0x1F;
    int fraction = bits & 0x3FF;
    float size;
    if (exponent == 0x1F) {
      size = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      size = fraction * 0x1.0p-24f;
    } else {
      size = Math.scalb((float) (fraction | 0x400), exponent - 25);
    }
    return bits < 0 ? -size : size;
  }
}
