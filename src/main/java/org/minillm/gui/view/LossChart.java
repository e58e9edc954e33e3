package org.minillm.gui.view;

import javafx.scene.AccessibleRole;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.layout.Region;
import javafx.scene.text.Font;
import javafx.scene.text.TextAlignment;
import org.minillm.app.MetricsPoint;
import org.minillm.gui.viewmodel.Curve;
import org.minillm.gui.viewmodel.EngineWords;
import org.minillm.gui.viewmodel.Texts;

/**
 * The loss curve on a canvas of its own: raw loss faint behind its running mean, validation dashed
 * with dots, events as dotted verticals. Each pixel column shows the smallest and largest value of
 * its steps, so a hundred thousand points cost what a thousand do. Redrawn only when asked.
 */
final class LossChart extends Region {
  private static final double LEFT = 34;
  private static final double BOTTOM = 20;
  private static final double TOP = 6;
  private static final int EVENT_ROWS = 4;

  /** Half the width of the longest label below the axis. */
  private static final double LABEL = 22;

  private final Canvas canvas = new Canvas();
  private final Curve curve;
  private final Texts texts;
  private Palette palette;
  private double hover = -1;

  LossChart(Curve curve, Texts texts, Palette palette) {
    this.curve = curve;
    this.texts = texts;
    this.palette = palette;
    getChildren().add(canvas);
    setMinHeight(110);
    setAccessibleRole(AccessibleRole.IMAGE_VIEW);
    setOnMouseMoved(
        e -> {
          hover = e.getX();
          redraw();
        });
    setOnMouseExited(
        e -> {
          hover = -1;
          redraw();
        });
  }

  void setPalette(Palette value) {
    palette = value;
    redraw();
  }

  @Override
  protected void layoutChildren() {
    canvas.setWidth(getWidth());
    canvas.setHeight(getHeight());
    redraw();
  }

  void redraw() {
    GraphicsContext g = canvas.getGraphicsContext2D();
    double width = canvas.getWidth();
    double height = canvas.getHeight();
    g.clearRect(0, 0, width, height);
    int n = curve.size();
    if (n < 2 || width < 60) {
      return;
    }
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      low = Math.min(low, curve.loss(i));
      high = Math.max(high, curve.loss(i));
    }
    long last = curve.step(n - 1);
    for (MetricsPoint e : curve.evaluations()) {
      low = Math.min(low, e.valLoss());
      high = Math.max(high, e.valLoss());
      last = Math.max(last, e.step());
    }
    double margin = Math.max(0.05, (high - low) * 0.05);
    Scale y = new Scale(low - margin, high + margin, height - BOTTOM, TOP);
    Scale x = new Scale(curve.step(0), last, LEFT, width - 8);
    axes(g, x, y, width, height);
    drawLoss(g, x, y, n);
    drawEvaluations(g, x, y);
    drawEvents(g, x, height);
    if (hover > LEFT && hover < width - 8) {
      drawHover(g, x, y, n, width);
    }
  }

  private void axes(GraphicsContext g, Scale x, Scale y, double width, double height) {
    g.setFont(Font.font(10));
    g.setLineWidth(1);
    g.setTextAlign(TextAlignment.RIGHT);
    double step = niceStep(y.high - y.low, 5);
    int decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    for (double v = Math.ceil(y.low / step) * step; v <= y.high; v += step) {
      g.setStroke(palette.line());
      g.strokeLine(LEFT, Math.rint(y.at(v)) + 0.5, width - 8, Math.rint(y.at(v)) + 0.5);
      g.setFill(palette.muted());
      g.fillText(texts.number(v, decimals), LEFT - 6, y.at(v) + 4);
    }
    g.setTextAlign(TextAlignment.CENTER);
    double across = niceStep(x.high - x.low, 5);
    for (double v = Math.ceil(x.low / across) * across; v <= x.high; v += Math.max(1, across)) {
      g.fillText(texts.number(v, 0), Math.min(x.at(v), width - LABEL), height - 5);
    }
  }

  private static double niceStep(double range, int count) {
    double raw = Math.max(range, 1e-9) / count;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double lead = raw / power;
    return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power;
  }

  private void drawLoss(GraphicsContext g, Scale x, Scale y, int n) {
    g.setStroke(palette.accent().deriveColor(0, 1, 1, 0.35));
    g.setLineWidth(1);
    int i = 0;
    double lastX = Double.NaN;
    double lastY = Double.NaN;
    while (i < n) {
      double column = Math.floor(x.at(curve.step(i)));
      double low = curve.loss(i);
      double high = low;
      double last = low;
      while (i < n && Math.floor(x.at(curve.step(i))) == column) {
        low = Math.min(low, curve.loss(i));
        high = Math.max(high, curve.loss(i));
        last = curve.loss(i++);
      }
      if (!Double.isNaN(lastX)) {
        g.strokeLine(lastX, lastY, column, y.at(last));
      }
      g.strokeLine(column, y.at(low), column, y.at(high));
      lastX = column;
      lastY = y.at(last);
    }
    g.setStroke(palette.accent());
    g.setLineWidth(2);
    g.beginPath();
    double drawn = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < n; j++) {
      double at = x.at(curve.step(j));
      if (j == 0) {
        g.moveTo(at, y.at(curve.smooth(j)));
      } else if (at - drawn >= 1 || j == n - 1) {
        g.lineTo(at, y.at(curve.smooth(j)));
        drawn = at;
      }
    }
    g.stroke();
  }

  private void drawEvaluations(GraphicsContext g, Scale x, Scale y) {
    g.setStroke(palette.amber());
    g.setFill(palette.amber());
    g.setLineWidth(1.5);
    g.setLineDashes(5, 4);
    MetricsPoint before = null;
    for (MetricsPoint e : curve.evaluations()) {
      if (before != null) {
        g.strokeLine(
            x.at(before.step()), y.at(before.valLoss()), x.at(e.step()), y.at(e.valLoss()));
      }
      g.fillOval(x.at(e.step()) - 3, y.at(e.valLoss()) - 3, 6, 6);
      before = e;
    }
    g.setLineDashes();
  }

  private void drawEvents(GraphicsContext g, Scale x, double height) {
    g.setStroke(palette.violet());
    g.setFill(palette.violet());
    g.setLineWidth(1);
    int row = 0;
    for (MetricsPoint e : curve.events()) {
      double at = Math.rint(x.at(e.step())) + 0.5;
      g.setLineDashes(2, 3);
      g.strokeLine(at, TOP, at, height - BOTTOM);
      double baseline = TOP + 10 + 12 * (row++ % EVENT_ROWS);
      String word = EngineWords.of(e.event(), texts);
      // Words on the right half stand before their line, so none runs out of the chart.
      boolean before = at > canvas.getWidth() / 2;
      g.setTextAlign(before ? TextAlignment.RIGHT : TextAlignment.LEFT);
      g.fillText(word, before ? at - 4 : at + 4, baseline);
    }
    g.setLineDashes();
  }

  private void drawHover(GraphicsContext g, Scale x, Scale y, int n, double width) {
    double step = x.back(hover);
    int lo = 0;
    int hi = n - 1;
    while (lo < hi) {
      int mid = (lo + hi) / 2;
      if (curve.step(mid) < step) {
        lo = mid + 1;
      } else {
        hi = mid;
      }
    }
    g.setStroke(palette.muted());
    g.setLineWidth(1);
    g.strokeLine(x.at(curve.step(lo)), TOP, x.at(curve.step(lo)), y.from);
    g.setFill(palette.text());
    g.setTextAlign(hover > width / 2 ? TextAlignment.RIGHT : TextAlignment.LEFT);
    g.fillText(
        texts.number(curve.step(lo), 0)
            + ": "
            + texts.number(curve.loss(lo), 3)
            + " ("
            + texts.number(curve.smooth(lo), 3)
            + ")",
        hover + (hover > width / 2 ? -8 : 8),
        TOP + 12);
  }

  /** Values from {@code low} to {@code high} on pixels from {@code from} to {@code to}. */
  private record Scale(double low, double high, double from, double to) {
    double at(double v) {
      return from + (v - low) / Math.max(1e-12, high - low) * (to - from);
    }

    double back(double pixel) {
      return low + (pixel - from) / (to - from) * (high - low);
    }
  }
}
