package org.minillm.gui.view;

import javafx.scene.layout.Region;

/** A thin bar that is filled from the left; drawn only when its value changes. */
final class Meter extends Region {
  private static final double THICKNESS = 6;
  private static final double NEARLY_FULL = 0.9;

  private final Region fill = new Region();
  private double share;

  Meter(double width) {
    getStyleClass().add("meter");
    fill.getStyleClass().add("meter-fill");
    getChildren().add(fill);
    setMinSize(width, THICKNESS);
    setPrefSize(width, THICKNESS);
    setMaxHeight(THICKNESS);
  }

  /**
   * @param value 0 to 1
   * @param warns whether a nearly full one is told by its colour
   */
  void show(double value, boolean warns) {
    double now = Double.isNaN(value) ? 0 : Math.max(0, Math.min(1, value));
    boolean full = warns && now > NEARLY_FULL;
    if (full != fill.getStyleClass().contains("full")) {
      fill.getStyleClass().remove("full");
      if (full) {
        fill.getStyleClass().add("full");
      }
    }
    if (Math.round(now * getWidth()) != Math.round(share * getWidth()) || getWidth() == 0) {
      requestLayout();
    }
    share = now;
  }

  @Override
  protected void layoutChildren() {
    fill.resizeRelocate(0, 0, getWidth() * share, getHeight());
  }
}
