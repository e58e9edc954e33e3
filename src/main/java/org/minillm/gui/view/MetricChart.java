package org.minillm.gui.view;

import java.util.function.DoubleFunction;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.control.Label;
import org.minillm.gui.viewmodel.ChartViewModel;
import org.minillm.gui.viewmodel.Columns;
import org.minillm.gui.viewmodel.Curve;
import org.minillm.gui.viewmodel.Spread;

/** A small chart of one figure on the loss chart's x axis, with its value at the cross-hair. */
final class MetricChart extends ChartCanvas {
  private final Curve.Series series;
  private final DoubleFunction<String> form;
  private final Label value = new Label();
  private final Columns columns = new Columns();

  /**
   * @param form says a value
   */
  MetricChart(
      ChartViewModel chart, Curve.Series series, DoubleFunction<String> form, Palette palette) {
    super(chart, palette, 1, 1, 2, 2);
    this.series = series;
    this.form = form;
    value.getStyleClass().add("small");
    value.setMinWidth(USE_PREF_SIZE);
    setPrefHeight(30);
    setMinHeight(24);
  }

  /** The value at the cross-hair, the last one without. */
  Label value() {
    return value;
  }

  @Override
  void draw(GraphicsContext g, int width, double height) {
    chart().columns(series, width, columns);
    Spread spread = Spread.of(columns, width);
    double top = spread.top(chart().clipProperty().get());
    if (!(spread.high() >= spread.low())) {
      return;
    }
    Scale y = Scale.of(spread.low(), Math.max(top, spread.low() + 1e-12), height, false);
    clip(g, 0, -1, width, height + 1);
    g.setStroke(palette().accent());
    g.setLineWidth(1.3);
    g.beginPath();
    for (int i = 0; i < columns.count(); i++) {
      double x = columns.x(i);
      if (i == 0) {
        g.moveTo(x, y.at(columns.first(i)));
      }
      g.lineTo(x, y.at(columns.low(i)));
      if (columns.high(i) > columns.low(i)) {
        g.lineTo(x, y.at(columns.high(i)));
      }
    }
    g.stroke();
  }

  @Override
  void redraw() {
    super.redraw();
    showValue();
  }

  @Override
  void hovered() {
    super.hovered();
    showValue();
  }

  /** Not while laying out: what changes a text then is seen one change later. */
  private void showValue() {
    Curve curve = chart().curve();
    int at = chart().hovered();
    int shown = at < 0 ? curve.size() - 1 : at;
    value.setText(form.apply(shown < 0 ? Double.NaN : curve.value(series, shown)));
  }
}
