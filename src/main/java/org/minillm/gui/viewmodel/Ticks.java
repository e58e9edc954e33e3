package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.List;

/** Round values for an axis. */
public final class Ticks {
  private static final double[] DECADE = {1, 2, 5};
  private static final int FEW_DECADES = 2;

  private Ticks() {}

  /**
   * Multiples of 1, 2 or 5 times a power of ten.
   *
   * @param count about how many
   */
  public static List<Double> linear(double low, double high, int count) {
    List<Double> ticks = new ArrayList<>();
    double step = step(high - low, count);
    for (double i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** Powers of ten, with 2 and 5 between where they are few; linear ones within one decade. */
  public static List<Double> logarithmic(double low, double high, int count) {
    double least = Math.max(1e-12, low);
    double decades = Math.log10(high / least);
    if (decades < 1) {
      return linear(least, high, count);
    }
    List<Double> ticks = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(least)); power <= Math.log10(high); power++) {
      for (double lead : decades <= FEW_DECADES ? DECADE : new double[] {1}) {
        double value = lead * Math.pow(10, power);
        if (value >= least * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
          ticks.add(value);
        }
      }
    }
    return ticks;
  }

  /** The distance of {@link #linear} ticks. */
  static double step(double range, int count) {
    double raw = Math.max(range, 1e-9) / Math.max(1, count);
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double lead = raw / power;
    return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power;
  }

  /** Decimals that tell neighbouring ticks apart. */
  public static int decimals(List<Double> ticks) {
    double closest = Double.POSITIVE_INFINITY;
    for (int i = 1; i < ticks.size(); i++) {
      closest = Math.min(closest, ticks.get(i) - ticks.get(i - 1));
    }
    return closest >= 1 ? 0 : Math.min(6, (int) Math.ceil(-Math.log10(closest) - 1e-9));
  }
}
