package org.minillm.gui.viewmodel;

/**
 * The part of the x axis that is in view: all of it, or what was zoomed and panned to. Works in the
 * axis's own scale, so on a logarithmic axis zooming keeps the point under the mouse as well.
 */
public final class Viewport {
  private static final double CLOSEST = 1e-4;

  private double low;
  private double high = 1;
  private double from;
  private double to = 1;
  private boolean logarithmic;
  private boolean whole = true;

  /** Sets the extent of the data; what is in view stays if it was zoomed to. */
  void setExtent(double least, double greatest) {
    low = least;
    high = Math.max(greatest, least + 1e-9);
    if (whole) {
      from = low;
      to = high;
    }
  }

  void setLogarithmic(boolean value) {
    logarithmic = value;
  }

  /** Whether all is in view. */
  public boolean isWhole() {
    return whole;
  }

  public double from() {
    return from;
  }

  public double to() {
    return to;
  }

  /** Where a value lies in the view: 0 at its left edge, 1 at its right. */
  public double at(double value) {
    double a = scaled(from);
    return (scaled(value) - a) / (scaled(to) - a);
  }

  /** The value there; the inverse of {@link #at}. */
  public double value(double at) {
    double a = scaled(from);
    return unscaled(a + at * (scaled(to) - a));
  }

  /**
   * Zooms.
   *
   * @param factor below 1 comes closer
   * @param at what stays where it is, 0 to 1
   */
  void zoom(double factor, double at) {
    double a = scaled(from);
    double b = scaled(to);
    double all = scaled(high) - scaled(low);
    double width = Math.max(all * CLOSEST, (b - a) * factor);
    if (width >= all * (1 - 1e-9)) {
      reset();
      return;
    }
    show(a + at * (b - a) - at * width, width);
  }

  /** Moves the view by a part of its width; not past the data. */
  void pan(double part) {
    if (!whole) {
      double a = scaled(from);
      double width = scaled(to) - a;
      show(a + part * width, width);
    }
  }

  void reset() {
    whole = true;
    from = low;
    to = high;
  }

  private void show(double start, double width) {
    double least = scaled(low);
    double first = Math.max(least, Math.min(start, scaled(high) - width));
    from = unscaled(first);
    to = unscaled(first + width);
    whole = false;
  }

  private double scaled(double value) {
    return logarithmic ? Math.log10(Math.max(1, value)) : value;
  }

  private double unscaled(double value) {
    return logarithmic ? Math.pow(10, value) : value;
  }
}
