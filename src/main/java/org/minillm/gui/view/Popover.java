package org.minillm.gui.view;

import javafx.geometry.Bounds;
import javafx.scene.Node;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.Pane;
import javafx.scene.layout.Region;
import org.jspecify.annotations.Nullable;

/**
 * A layer over the window in which one box floats under the button that opened it. It is no window
 * of its own: that would cost a surface of memory, and keys would be told to another window.
 */
final class Popover extends Pane {
  private static final double GAP = 6;
  private static final double EDGE = 12;

  private @Nullable Region box;
  private @Nullable Node opener;

  Popover() {
    setVisible(false);
    setPickOnBounds(true);
    setOnMousePressed(
        e -> {
          if (e.getTarget() == this) {
            close();
          }
        });
    addEventFilter(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.ESCAPE) {
            close();
            e.consume();
          }
        });
  }

  boolean isOpen() {
    return isVisible();
  }

  /** Shows {@code content} under {@code from}, its right edge at most at that of {@code from}. */
  void open(Region content, Node from) {
    content.getStyleClass().add("popover");
    box = content;
    opener = from;
    getChildren().setAll(content);
    setVisible(true);
    requestLayout();
    content.requestFocus();
  }

  void close() {
    if (!isVisible()) {
      return;
    }
    setVisible(false);
    getChildren().clear();
    box = null;
    if (opener != null) {
      opener.requestFocus();
    }
    opener = null;
  }

  @Override
  protected void layoutChildren() {
    Region content = box;
    Node from = opener;
    if (content == null || from == null) {
      return;
    }
    Bounds anchor = sceneToLocal(from.localToScene(from.getBoundsInLocal()));
    double width = content.prefWidth(-1);
    double below = getHeight() - EDGE - anchor.getMaxY() - GAP;
    double above = anchor.getMinY() - GAP - EDGE;
    boolean under = below >= content.prefHeight(width) || below >= above;
    double height = Math.min(content.prefHeight(width), under ? below : above);
    double x = Math.max(EDGE, Math.min(anchor.getMaxX() - width, getWidth() - EDGE - width));
    double y = under ? anchor.getMaxY() + GAP : anchor.getMinY() - GAP - height;
    content.resizeRelocate(x, y, width, height);
  }
}
