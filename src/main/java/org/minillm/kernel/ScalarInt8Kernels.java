package org.minillm.kernel;

import static org.minillm.kernel.Int8Panels.HEIGHT;

/** {@link Int8Kernels} in plain Java. */
final class ScalarInt8Kernels implements Int8Kernels {
  @Override
  public String description() {
    return "scalar";
  }

  @Override
  public void rowsTimes(
      float[] y, int yOff, Int8Panels w, int from, int count, float[] x, int xOff) {
    int r = 0;
    while (r < count) {
      int row = from + r;
      if (row % 4 == 0 && r + 4 <= count) {
        fourRows(y, yOff + r, w, row, x, xOff);
        r += 4;
      } else {
        y[yOff + r] = oneRow(w, row, x, xOff);
        r++;
      }
    }
  }

  /** Four rows of a panel that share the loads of x; each adds as {@link #oneRow} does. */
  private static void fourRows(
      float[] y, int yOff, Int8Panels panels, int row, float[] x, int xOff) {
    byte[] w = panels.quants;
    float[] scales = panels.scales;
    int cols = panels.cols;
    int at = panels.quantAt(row);
    float y0 = 0;
    float y1 = 0;
    float y2 = 0;
    float y3 = 0;
    for (int i = 0, s = panels.scaleAt(row); i < cols; s += HEIGHT) {
      int end = Math.min(cols, i + Int8Blocks.SIZE);
      float e0 = 0;
      float e1 = 0;
      float e2 = 0;
      float e3 = 0;
      float o0 = 0;
      float o1 = 0;
      float o2 = 0;
      float o3 = 0;
      for (; i + 1 < end; i += 2, at += 2 * HEIGHT) {
        float even = x[xOff + i];
        float odd = x[xOff + i + 1];
        e0 += w[at] * even;
        e1 += w[at + 1] * even;
        e2 += w[at + 2] * even;
        e3 += w[at + 3] * even;
        o0 += w[at + HEIGHT] * odd;
        o1 += w[at + HEIGHT + 1] * odd;
        o2 += w[at + HEIGHT + 2] * odd;
        o3 += w[at + HEIGHT + 3] * odd;
      }
      for (; i < end; i++, at += HEIGHT) {
        float even = x[xOff + i];
        e0 += w[at] * even;
        e1 += w[at + 1] * even;
        e2 += w[at + 2] * even;
        e3 += w[at + 3] * even;
      }
      y0 += (e0 + o0) * scales[s];
      y1 += (e1 + o1) * scales[s + 1];
      y2 += (e2 + o2) * scales[s + 2];
      y3 += (e3 + o3) * scales[s + 3];
    }
    y[yOff] = y0;
    y[yOff + 1] = y1;
    y[yOff + 2] = y2;
    y[yOff + 3] = y3;
  }

  private static float oneRow(Int8Panels panels, int row, float[] x, int xOff) {
    byte[] w = panels.quants;
    int cols = panels.cols;
    int at = panels.quantAt(row);
    float sum = 0;
    for (int i = 0, s = panels.scaleAt(row); i < cols; s += HEIGHT) {
      int end = Math.min(cols, i + Int8Blocks.SIZE);
      float even = 0;
      float odd = 0;
      for (; i + 1 < end; i += 2, at += 2 * HEIGHT) {
        even += w[at] * x[xOff + i];
        odd += w[at + HEIGHT] * x[xOff + i + 1];
      }
      for (; i < end; i++, at += HEIGHT) {
        even += w[at] * x[xOff + i];
      }
      sum += (even + odd) * panels.scales[s];
    }
    return sum;
  }
}
