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
        e0 = Fma.of(w[at], even, e0);
        e1 = Fma.of(w[at + 1], even, e1);
        e2 = Fma.of(w[at + 2], even, e2);
        e3 = Fma.of(w[at + 3], even, e3);
        o0 = Fma.of(w[at + HEIGHT], odd, o0);
        o1 = Fma.of(w[at + HEIGHT + 1], odd, o1);
        o2 = Fma.of(w[at + HEIGHT + 2], odd, o2);
        o3 = Fma.of(w[at + HEIGHT + 3], odd, o3);
      }
      for (; i < end; i++, at += HEIGHT) {
        float even = x[xOff + i];
        e0 = Fma.of(w[at], even, e0);
        e1 = Fma.of(w[at + 1], even, e1);
        e2 = Fma.of(w[at + 2], even, e2);
        e3 = Fma.of(w[at + 3], even, e3);
      }
      y0 = Fma.of((e0 + o0), scales[s], y0);
      y1 = Fma.of((e1 + o1), scales[s + 1], y1);
      y2 = Fma.of((e2 + o2), scales[s + 2], y2);
      y3 = Fma.of((e3 + o3), scales[s + 3], y3);
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
        even = Fma.of(w[at], x[xOff + i], even);
        odd = Fma.of(w[at + HEIGHT], x[xOff + i + 1], odd);
      }
      for (; i < end; i++, at += HEIGHT) {
        even = Fma.of(w[at], x[xOff + i], even);
      }
      sum = Fma.of(even + odd, panels.scales[s], sum);
    }
    return sum;
  }
}
