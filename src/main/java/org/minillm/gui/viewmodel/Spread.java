package org.minillm.gui.viewmodel;

import java.util.Arrays;

/**
 * How far the values in view spread.
 *
 * @param low least value
 * @param high greatest value
 * @param usual above it lie only far outliers: more than twice as far above the middle 90 % of the
 *     columns' extremes as those are wide
 */
public record Spread(double low, double high, double usual) {
  private static final double TAIL = 0.05;
  private static final double FAR = 2;

  /**
   * Of the columns in view; {@code low > high} where there are none.
   *
   * @param width pixels of the view
   */
  public static Spread of(Columns columns, int width) {
    double[] values = new double[2 * columns.count()];
    int n = 0;
    for (int c = 0; c < columns.count(); c++) {
      if (columns.inView(c, width)) {
        values[n++] = columns.low(c);
        values[n++] = columns.high(c);
      }
    }
    if (n == 0) {
      return new Spread(
          Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY);
    }
    Arrays.sort(values, 0, n);
    double least = values[(int) (TAIL * (n - 1))];
    double most = values[(int) Math.round((1 - TAIL) * (n - 1))];
    return new Spread(values[0], values[n - 1], most + FAR * (most - least));
  }

  /** The greatest value to show; far outliers may be left out. */
  public double top(boolean clip) {
    return clip ? Math.min(high, usual) : high;
  }
}
