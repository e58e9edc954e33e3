package org.minillm.gui.viewmodel;

import org.minillm.app.MetricsPoint;

/** Charts of a curve of 500 steps, 10 of them with a validation, for tests of the view. */
public final class FallingLoss {
  private final Curve curve = new Curve();
  private final ChartViewModel charts = new ChartViewModel(() -> curve);

  public FallingLoss() {
    double none = Double.NaN;
    for (int i = 1; i <= 500; i++) {
      double validation = i % 50 == 0 ? 2.5 : none;
      curve.add(
          new MetricsPoint(i, i, 2 + 6.0 / i, validation, none, 1e-3, 1, 100, 200, 0.5 * i, ""));
    }
    charts.curveChanged();
  }

  public ChartViewModel charts() {
    return charts;
  }

  /** Has them drawn again. */
  public void changed() {
    charts.curveChanged();
  }
}
