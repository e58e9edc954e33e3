package org.minillm.gui.viewmodel;

import java.util.List;

/** Ticks of the x axis with their labels, and values on it in words. */
public final class AxisTicks {
  private static final double MILLION = 1e6;
  private static final double HOUR = 3600;
  private static final double MINUTE = 60;
  private static final double MANY = 2;

  private AxisTicks() {}

  /** A place on the axis and what stands there. */
  public record Tick(double value, String label) {}

  /**
   * Ticks of what is in view.
   *
   * @param count about how many
   */
  public static List<Tick> of(
      XAxis axis, Viewport view, boolean logarithmic, int count, Texts texts) {
    double unit = unit(axis, view.to());
    double from = view.from() / unit;
    double to = view.to() / unit;
    List<Double> values =
        logarithmic
            ? Ticks.logarithmic(Math.max(1 / unit, from), to, count)
            : Ticks.linear(from, to, count);
    boolean whole = axis == XAxis.STEPS; // there is no half a step
    int decimals = whole ? 0 : Ticks.decimals(values);
    String suffix = suffix(axis, unit);
    return values.stream()
        .filter(v -> !whole || v == Math.rint(v))
        .map(v -> new Tick(v * unit, texts.number(v, decimals) + suffix))
        .toList();
  }

  private static double unit(XAxis axis, double most) {
    return switch (axis) {
      case STEPS -> 1;
      case TOKENS -> most >= MILLION ? MILLION : 1;
      case TIME -> most >= MANY * HOUR ? HOUR : most >= MANY * MINUTE ? MINUTE : 1;
    };
  }

  private static String suffix(XAxis axis, double unit) {
    return switch (axis) {
      case STEPS -> "";
      case TOKENS -> unit == MILLION ? " M" : "";
      case TIME -> unit == HOUR ? " h" : unit == MINUTE ? " min" : " s";
    };
  }
}
