package org.minillm.gui.view;

import javafx.scene.canvas.GraphicsContext;
import javafx.scene.paint.Color;

/** A small line without axes. */
final class SparkChart extends SmallCanvas {
  private double[] values = {};
  private double low = Double.NaN;
  private double high = Double.NaN;
  private Color color;

  SparkChart(Color color) {
    this.color = color;
    setPrefHeight(30);
    setMinHeight(24);
  }

  /** A fixed range instead of the values' own. */
  void setRange(double from, double to) {
    low = from;
    high = to;
  }

  void setColor(Color value) {
    color = value;
    redraw();
  }

  void show(double[] series) {
    values = series;
    redraw();
  }

  @Override
  void draw(GraphicsContext g, double w, double h) {
    if (values.length < 2) {
      return;
    }
    double min = low;
    double max = high;
    if (Double.isNaN(min)) {
      min = Double.POSITIVE_INFINITY;
      max = Double.NEGATIVE_INFINITY;
      for (double v : values) {
        min = Math.min(min, v);
        max = Math.max(max, v);
      }
    }
    double range = Math.max(1e-12, max - min);
    g.setStroke(color);
    g.setLineWidth(1.5);
    g.beginPath();
    for (int i = 0; i < values.length; i++) {
      double x = i * (w - 2) / (values.length - 1) + 1;
      double y = h - 2 - (Math.max(min, Math.min(max, values[i])) - min) / range * (h - 4);
      if (i == 0) {
        g.moveTo(x, y);
      } else {
        g.lineTo(x, y);
      }
    }
    g.stroke();
  }
}
