package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.List;
import org.minillm.app.MetricsPoint;

/**
 * What the loss chart shows at a width: the columns of every run and the range of the y axis. Of
 * the raw loss, far outliers may be left out of the range (one spike, or the first steps of a long
 * run; see {@link Spread}). The smoothed loss in the second half of the view, all evaluations and
 * the runs behind are never left out.
 *
 * @param runs the main run first
 * @param low least value of the y axis
 * @param high greatest
 * @param clipped raw values lie above {@code high}
 * @param touched entries of the curves that were looked at to make this
 */
public record LossFrame(List<Run> runs, double low, double high, boolean clipped, long touched) {
  private static final double MARGIN = 0.05;
  private static final double LEAST_MARGIN = 0.01;

  /** A logarithmic axis cannot show zero. */
  private static final double LEAST = 1e-4;

  /**
   * One run.
   *
   * @param factor from nats a token to what is shown
   */
  public record Run(Curve curve, Columns columns, double factor) {}

  public LossFrame {
    runs = List.copyOf(runs);
  }

  /** Whether there is nothing to draw. */
  public boolean isEmpty() {
    return !(high > low);
  }

  static LossFrame of(
      List<Curve> curves, boolean bits, XAxis axis, Viewport view, int width, boolean clip) {
    List<Run> runs = new ArrayList<>();
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    double rawHigh = Double.NEGATIVE_INFINITY;
    double usual = Double.NEGATIVE_INFINITY;
    long touched = 0;
    for (Curve curve : curves) {
      double factor = bits ? curve.bitsPerNat() : 1;
      if (Double.isNaN(factor) || curve.size() == 0) {
        continue;
      }
      Columns columns = Columns.of(curve, Curve.Series.LOSS, axis, view, width, new Columns());
      touched += columns.touched();
      boolean first = runs.isEmpty();
      runs.add(new Run(curve, columns, factor));
      if (first) {
        Spread spread = Spread.of(columns, width);
        low = spread.low() * factor;
        rawHigh = spread.high() * factor;
        usual = spread.top(clip) * factor;
      }
      for (int c = 0; c < columns.count(); c++) {
        if (columns.inView(c, width) && (!first || columns.x(c) > width / 2.0)) {
          double smooth = curve.smooth(columns.last(c)) * factor;
          low = Math.min(low, smooth);
          high = Math.max(high, smooth);
        }
      }
      for (MetricsPoint e : curve.evaluations()) {
        double at = view.at(curve.x(axis, e));
        if (at >= 0 && at <= 1) {
          low = Math.min(low, e.valLoss() * factor);
          high = Math.max(high, e.valLoss() * factor);
        }
      }
    }
    double top = Math.max(high, usual);
    if (!(top >= low)) {
      return new LossFrame(runs, 0, 0, false, touched);
    }
    double margin = Math.max(LEAST_MARGIN * Math.max(LEAST, top), (top - low) * MARGIN);
    double bottom = Math.max(Math.min(low, LEAST), low - margin);
    return new LossFrame(runs, bottom, top + margin, rawHigh > top + margin, touched);
  }
}
