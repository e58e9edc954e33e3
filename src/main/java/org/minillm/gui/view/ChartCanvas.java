package org.minillm.gui.view;

import javafx.scene.AccessibleRole;
import javafx.scene.Cursor;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseEvent;
import javafx.scene.input.ScrollEvent;
import javafx.scene.layout.Region;
import javafx.scene.shape.Line;
import org.minillm.gui.viewmodel.ChartViewModel;

/**
 * A chart of a run over the shared x axis. It is drawn once a pulse at most, and only after
 * something changed; the cross-hair is a node over the canvas, so moving it draws nothing.
 *
 * <p>The wheel zooms around the mouse, dragging pans, a double click shows all again. With the
 * focus: arrows move the cross-hair, with Ctrl the view; plus and minus zoom; Home shows all.
 */
abstract class ChartCanvas extends Region {
  private static final double NOTCH = 40;
  private static final double CLOSER = 0.8;
  private static final double PAN_STEP = 0.15;

  private final Canvas canvas = new Canvas();
  private final Line cross = new Line();
  private final ChartViewModel chart;
  private double left;
  private double right;
  private double top;
  private double bottom;
  private Palette palette;
  private boolean changed = true;
  private double dragged;

  ChartCanvas(
      ChartViewModel chart, Palette palette, double left, double right, double top, double bottom) {
    this.chart = chart;
    this.palette = palette;
    this.left = left;
    this.right = right;
    this.top = top;
    this.bottom = bottom;
    getStyleClass().add("chart");
    canvas.setMouseTransparent(true);
    cross.setMouseTransparent(true);
    cross.setManaged(false);
    cross.setVisible(false);
    cross.setStroke(palette.muted());
    getChildren().addAll(canvas, cross);
    setAccessibleRole(AccessibleRole.IMAGE_VIEW);
    chart.revisionProperty().addListener((o, was, now) -> redraw());
    chart.hoverProperty().addListener((o, was, now) -> hovered());
    listen();
  }

  private void listen() {
    setOnMouseMoved(e -> chart.hoverAt(place(e)));
    setOnMouseExited(e -> chart.hoverProperty().set(Double.NaN));
    setOnMousePressed(
        e -> {
          dragged = e.getX();
          requestFocus();
        });
    setOnMouseDragged(
        e -> {
          if (!chart.view().isWhole()) {
            setCursor(Cursor.CLOSED_HAND);
            chart.pan((dragged - e.getX()) / plotWidth());
            dragged = e.getX();
          }
        });
    setOnMouseReleased(e -> setCursor(null));
    setOnMouseClicked(
        e -> {
          if (e.getClickCount() == 2) {
            chart.resetZoom();
          }
        });
    setOnScroll(this::scrolled);
    setOnZoom(
        e -> {
          chart.zoom(
              1 / e.getZoomFactor(), Math.max(0, Math.min(1, (e.getX() - left) / plotWidth())));
          e.consume();
        });
    setOnKeyPressed(this::pressed);
  }

  private double place(MouseEvent e) {
    return Math.max(0, Math.min(1, (e.getX() - left) / plotWidth()));
  }

  private void scrolled(ScrollEvent e) {
    if (Math.abs(e.getDeltaX()) > Math.abs(e.getDeltaY())) {
      chart.pan(-e.getDeltaX() / plotWidth());
    } else if (e.getDeltaY() != 0) {
      double at = Math.max(0, Math.min(1, (e.getX() - left) / plotWidth()));
      chart.zoom(Math.pow(CLOSER, e.getDeltaY() / NOTCH), at);
      chart.hoverAt(at);
    }
    e.consume(); // else the page around it would scroll as well
  }

  private void pressed(KeyEvent e) {
    switch (e.getCode()) {
      case LEFT, RIGHT -> {
        int sign = e.getCode() == javafx.scene.input.KeyCode.LEFT ? -1 : 1;
        if (e.isControlDown()) {
          chart.pan(sign * PAN_STEP);
        } else {
          chart.moveHover(sign * Math.max(1, chart.curve().size() / 200));
        }
      }
      case PLUS, ADD, EQUALS -> chart.zoom(CLOSER, 0.5);
      case MINUS, SUBTRACT -> chart.zoom(1 / CLOSER, 0.5);
      case HOME, DIGIT0, NUMPAD0 -> chart.resetZoom();
      default -> {
        return;
      }
    }
    e.consume();
  }

  /** Leaves that many pixels around the plot. */
  final void setMargins(double newLeft, double newRight, double newTop, double newBottom) {
    left = newLeft;
    right = newRight;
    top = newTop;
    bottom = newBottom;
    redraw();
  }

  final double left() {
    return left;
  }

  final double top() {
    return top;
  }

  final ChartViewModel chart() {
    return chart;
  }

  final Palette palette() {
    return palette;
  }

  final void setPalette(Palette value) {
    palette = value;
    cross.setStroke(value.muted());
    redraw();
  }

  /** Draws at the next pulse. */
  void redraw() {
    changed = true;
    requestLayout();
  }

  @Override
  protected void layoutChildren() {
    if (canvas.getWidth() != getWidth() || canvas.getHeight() != getHeight()) {
      canvas.setWidth(getWidth());
      canvas.setHeight(getHeight());
      changed = true;
    }
    if (!changed) {
      return;
    }
    changed = false;
    GraphicsContext g = canvas.getGraphicsContext2D();
    g.clearRect(0, 0, canvas.getWidth(), canvas.getHeight());
    double height = canvas.getHeight() - top - bottom;
    if (plotWidth() > 20 && height > 10) {
      g.save();
      g.translate(left, top);
      draw(g, (int) plotWidth(), height);
      g.restore();
    }
    showCross();
  }

  private double plotWidth() {
    return Math.max(1, getWidth() - left - right);
  }

  /** Draws the plot, whose upper left corner is the origin. */
  abstract void draw(GraphicsContext g, int width, double height);

  /**
   * Draws nothing outside of these edges from now on, all of whole pixels: with any other clip
   * JavaFX draws each line into a picture as large as the canvas first, made anew every time.
   */
  static void clip(GraphicsContext g, int left, int top, int right, double bottom) {
    g.beginPath();
    g.rect(left, top, right - left, Math.ceil(bottom) - top);
    g.clip();
  }

  /** The cross-hair has moved. */
  void hovered() {
    showCross();
  }

  /** Puts the cross-hair where it belongs, or hides it. */
  void showCross() {
    int at = chart.hovered();
    double x = at < 0 ? -1 : crossAt();
    cross.setVisible(x >= 0 && x <= plotWidth());
    cross.setStartX(Math.rint(left + x) + 0.5);
    cross.setEndX(Math.rint(left + x) + 0.5);
    cross.setStartY(top);
    cross.setEndY(Math.max(top, getHeight() - bottom));
  }

  final boolean crossShown() {
    return cross.isVisible();
  }

  /** Pixels from the plot's left edge to the cross-hair. */
  final double crossAt() {
    return chart.view().at(chart.hoverProperty().get()) * plotWidth();
  }

  /** Values of the y axis on pixels. */
  record Scale(double low, double high, double height, boolean logarithmic) {
    static Scale of(double low, double high, double height, boolean logarithmic) {
      return new Scale(
          logarithmic ? Math.log10(low) : low,
          logarithmic ? Math.log10(high) : high,
          height,
          logarithmic);
    }

    /** At most one height outside of the plot: a stroke of a million pixels is slow. */
    double at(double value) {
      double scaled = logarithmic ? Math.log10(Math.max(1e-9, value)) : value;
      double part = (scaled - low) / Math.max(1e-12, high - low);
      return height * (1 - Math.max(-1, Math.min(2, part)));
    }
  }
}
