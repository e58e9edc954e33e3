package org.minillm.gui.view;

import javafx.scene.canvas.GraphicsContext;

/** A bar a core, as high as its use: for machines with more cores than lines have room. */
final class CoreBars extends SmallCanvas {
  private static final double HEIGHT = 14;
  private static final double GAP = 2;
  private static final double WIDEST = 18;

  private double[] uses = {};
  private Palette palette;

  CoreBars(Palette palette) {
    this.palette = palette;
    setMinHeight(HEIGHT);
    setPrefHeight(HEIGHT);
    setMaxHeight(HEIGHT);
  }

  void setPalette(Palette value) {
    palette = value;
    redraw();
  }

  /**
   * @param now use of each core, 0 to 1
   */
  void show(double[] now) {
    uses = now.clone();
    redraw();
  }

  @Override
  void draw(GraphicsContext g, double w, double h) {
    if (uses.length == 0) {
      return;
    }
    double step = Math.min(WIDEST + GAP, w / uses.length);
    double width = Math.max(1, step - GAP);
    for (int i = 0; i < uses.length; i++) {
      double high = Math.rint(h * Math.max(0, Math.min(1, uses[i])));
      g.setFill(palette.track());
      g.fillRect(i * step, 0, width, h);
      g.setFill(palette.accent());
      g.fillRect(i * step, h - high, width, high);
    }
  }
}
