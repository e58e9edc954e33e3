package org.minillm.gui.viewmodel;

import java.util.Arrays;

/**
 * A series as pixel columns: for each column that has points the first, least, greatest and last of
 * them, so a hundred thousand points cost what a thousand do. The points next to the view's edges
 * are there, too: lines run out of the picture as they should.
 */
public final class Columns {
  private double[] x = new double[64];
  private float[] first = new float[64];
  private float[] low = new float[64];
  private float[] high = new float[64];
  private int[] last = new int[64];
  private int count;
  private long touched;

  /**
   * Puts a series into columns.
   *
   * @param width pixels of the view
   */
  static Columns of(
      Curve curve, Curve.Series which, XAxis axis, Viewport view, int width, Columns into) {
    into.fill(curve, curve.of(which), axis, view, Math.max(1, width));
    return into;
  }

  private void fill(Curve curve, MinMaxPyramid series, XAxis axis, Viewport view, int width) {
    count = 0;
    touched = 0;
    int size = curve.size();
    MinMaxPyramid.Extremes extremes = new MinMaxPyramid.Extremes();
    int i = Math.max(0, curve.indexFrom(axis, view.from(), 0) - 1);
    while (i < size) {
      double at = view.at(curve.x(axis, i)) * width;
      double column = Math.floor(at);
      int end = i + 1;
      if (at >= 0 && at < width) { // outside, one point is enough
        end = endOf(curve, axis, view.value((column + 1) / width), i);
      }
      series.range(i, end, extremes);
      if (extremes.known()) {
        put(end - i == 1 ? at : column + 0.5, series.get(i), extremes, end - 1);
      }
      if (at > width) {
        break;
      }
      i = end;
    }
    touched += extremes.touched;
  }

  /** Gallops: the end is near in a sparse view and far in a dense one. */
  private int endOf(Curve curve, XAxis axis, double edge, int from) {
    int size = curve.size();
    int reach = 1;
    while (from + reach < size && curve.x(axis, from + reach) < edge) {
      reach *= 2;
      touched++;
    }
    int low = from + reach / 2;
    int high = Math.min(size, from + reach);
    while (low < high) {
      int middle = (low + high) >>> 1;
      touched++;
      if (curve.x(axis, middle) < edge) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.max(from + 1, low);
  }

  private void put(double at, float begin, MinMaxPyramid.Extremes extremes, int end) {
    if (count == x.length) {
      int more = 2 * count;
      x = Arrays.copyOf(x, more);
      first = Arrays.copyOf(first, more);
      low = Arrays.copyOf(low, more);
      high = Arrays.copyOf(high, more);
      last = Arrays.copyOf(last, more);
    }
    x[count] = at;
    first[count] = Float.isNaN(begin) ? extremes.low : begin;
    low[count] = extremes.low;
    high[count] = extremes.high;
    last[count++] = end;
  }

  /** Columns that have points. */
  public int count() {
    return count;
  }

  /** Pixels from the view's left edge: the point itself where it is alone, else the middle. */
  public double x(int column) {
    return x[column];
  }

  public double first(int column) {
    return first[column];
  }

  public double low(int column) {
    return low[column];
  }

  public double high(int column) {
    return high[column];
  }

  /** Index of the column's last point in the curve. */
  public int last(int column) {
    return last[column];
  }

  /** Whether a column is in the view, not beside it. */
  boolean inView(int column, int width) {
    return x[column] >= 0 && x[column] <= width;
  }

  /** Entries of the curve that were looked at to make this. */
  long touched() {
    return touched;
  }
}
