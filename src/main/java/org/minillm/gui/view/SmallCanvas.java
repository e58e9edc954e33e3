package org.minillm.gui.view;

import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.layout.Region;

/**
 * A small picture as large as the room it is given, drawn anew when that or what it shows changes.
 */
abstract class SmallCanvas extends Region {
  private final Canvas canvas = new Canvas();

  SmallCanvas() {
    getChildren().add(canvas);
  }

  /** Draws on the empty canvas. */
  abstract void draw(GraphicsContext g, double width, double height);

  /**
   * To be called when what it shows has changed. Before it has room there is nothing to draw on.
   */
  final void redraw() {
    if (canvas.getWidth() == 0) {
      return;
    }
    GraphicsContext g = canvas.getGraphicsContext2D();
    g.clearRect(0, 0, canvas.getWidth(), canvas.getHeight());
    draw(g, canvas.getWidth(), canvas.getHeight());
  }

  @Override
  protected final void layoutChildren() {
    canvas.setWidth(getWidth());
    canvas.setHeight(getHeight());
    redraw();
  }
}
