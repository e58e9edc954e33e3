package org.minillm.kernel;

import org.minillm.base.HalfFloat;

/**
 * Q8_0: a row of a matrix in blocks of 32 values, each block a scale and 32 quants, w ≈ scale ·
 * quant. The last block of a row is shorter where 32 does not divide the row.
 */
public final class Int8Blocks {
  /** Values a block. */
  public static final int SIZE = 32;

  private Int8Blocks() {}

  /** Blocks of a row of {@code n} values. */
  public static int count(int n) {
    return (n + SIZE - 1) / SIZE;
  }

  /**
   * Quantises a row as ggml does, bit for bit: d = max|x| / 127, quant = x / d rounded half away
   * from zero, scale = d rounded to half precision, so that a model in memory equals its file.
   *
   * @return false if a value is no number, or so large that its scale is none; the row is then
   *     unusable
   */
  public static boolean quantize(
      byte[] q, int qOff, float[] scales, int scaleOff, float[] x, int xOff, int n) {
    boolean finite = true;
    for (int b = 0; b < n; b += SIZE) {
      int end = Math.min(n, b + SIZE);
      float max = 0;
      for (int i = b; i < end; i++) {
        max = Math.max(max, Math.abs(x[xOff + i])); // NaN stays NaN
      }
      float d = max / 127f;
      float inverse = d < 0x1p-126f ? 0 : 1f / d; // its half is 0 anyway
      for (int i = b; i < end; i++) {
        float v = x[xOff + i] * inverse;
        int magnitude = (int) (Math.abs((double) v) + 0.5);
        q[qOff + i] = (byte) (v < 0 ? -magnitude : magnitude);
      }
      float scale = HalfFloat.toFloat(HalfFloat.fromFloat(d));
      scales[scaleOff + b / SIZE] = scale;
      finite &= Float.isFinite(scale);
    }
    return finite;
  }
}
