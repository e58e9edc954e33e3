package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/** {@link Int8Kernels} in plain Java. */
final class ScalarInt8Kernels implements Int8Kernels {
  private static final int WEIGHTS_A_CHUNK = 8_192;

  @Override
  public String description() {
    return "scalar";
  }

  @Override
  public void matvec(
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
      int cols) {
    int blocks = Int8Blocks.count(cols);
    int size = Math.max(4, WEIGHTS_A_CHUNK / Math.max(1, cols) / 4 * 4);
    pool.run(
        (rows + size - 1) / size,
        chunk -> {
          int end = Math.min(rows, (chunk + 1) * size);
          int r = chunk * size;
          for (; r + 4 <= end; r += 4) {
            int at = wOff + r * cols;
            fourRows(y, yOff + r, w, at, scales, scaleOff + r * blocks, x, xOff, cols, blocks);
          }
          for (; r < end; r++) {
            y[yOff + r] = oneRow(w, wOff + r * cols, scales, scaleOff + r * blocks, x, xOff, cols);
          }
        });
  }

  /** Four rows that share the loads of x; each adds as {@link #oneRow} does. */
  private static void fourRows(
      float[] y,
      int yOff,
      byte[] w,
      int w0,
      float[] scales,
      int s0,
      float[] x,
      int xOff,
      int cols,
      int blocks) {
    int w1 = w0 + cols;
    int w2 = w1 + cols;
    int w3 = w2 + cols;
    float y0 = 0;
    float y1 = 0;
    float y2 = 0;
    float y3 = 0;
    for (int i = 0, s = s0; i < cols; s++) {
      int end = Math.min(cols, i + Int8Blocks.SIZE);
      float b0 = 0;
      float b1 = 0;
      float b2 = 0;
      float b3 = 0;
      for (; i < end; i++) {
        float v = x[xOff + i];
        b0 += w[w0 + i] * v;
        b1 += w[w1 + i] * v;
        b2 += w[w2 + i] * v;
        b3 += w[w3 + i] * v;
      }
      y0 += b0 * scales[s];
      y1 += b1 * scales[s + blocks];
      y2 += b2 * scales[s + 2 * blocks];
      y3 += b3 * scales[s + 3 * blocks];
    }
    y[yOff] = y0;
    y[yOff + 1] = y1;
    y[yOff + 2] = y2;
    y[yOff + 3] = y3;
  }

  private static float oneRow(
      byte[] w, int wOff, float[] scales, int scaleOff, float[] x, int xOff, int cols) {
    float sum = 0;
    for (int i = 0, s = scaleOff; i < cols; s++) {
      int end = Math.min(cols, i + Int8Blocks.SIZE);
      float block = 0;
      for (; i < end; i++) {
        block += w[wOff + i] * x[xOff + i];
      }
      sum += block * scales[s];
    }
    return sum;
  }

  @Override
  public void dequantize(
      float[] to, int toOff, byte[] w, int wOff, float[] scales, int scaleOff, int n) {
    for (int i = 0, s = scaleOff; i < n; s++) {
      float scale = scales[s];
      int end = Math.min(n, i + Int8Blocks.SIZE);
      for (; i < end; i++) {
        to[toOff + i] = w[wOff + i] * scale;
      }
    }
  }
}
