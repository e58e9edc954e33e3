package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.layout.Region;
import javafx.scene.paint.Color;
import org.jspecify.annotations.Nullable;
import org.minillm.app.GuardLevel;
import org.minillm.app.MemoryPlan;

/** The process's memory against the budget, stacked by item, with the guard's thresholds. */
final class MemoryBar extends Region {
  private static final double HEIGHT = 20;

  private final Canvas canvas = new Canvas(0, HEIGHT);
  private Palette palette;
  private @Nullable MemoryPlan usage;

  MemoryBar(Palette palette) {
    this.palette = palette;
    getChildren().add(canvas);
    setMinHeight(HEIGHT);
    setMaxHeight(HEIGHT);
  }

  void setPalette(Palette value) {
    palette = value;
    draw();
  }

  /** Draws what is in use; the plan's limit is the budget. */
  void show(MemoryPlan now) {
    MemoryPlan before = usage;
    usage = now;
    if (before == null || !pixels(now).equals(pixels(before))) {
      draw();
    }
  }

  /** Where the parts end, to the pixel: what decides whether it looks different. */
  private List<Long> pixels(MemoryPlan plan) {
    List<Long> ends = new ArrayList<>();
    double sum = 0;
    for (MemoryPlan.Line line : plan.lines()) {
      sum += line.bytes();
      ends.add(Math.round(canvas.getWidth() * sum / Math.max(1, plan.limit())));
      ends.add((long) line.item().ordinal());
    }
    return ends;
  }

  /** Colour of an item. */
  Color color(MemoryPlan.Item item) {
    return color(palette, item);
  }

  /**
   * What belongs together has one hue: the model of the chat and the one in training, and so on.
   */
  static Color color(Palette palette, MemoryPlan.Item item) {
    return switch (item) {
      case WEIGHTS -> palette.accent();
      case CHAT_MODEL -> sibling(palette, palette.accent());
      case OPTIMIZER -> palette.violet();
      case GRADIENTS -> sibling(palette, palette.violet());
      case ACTIVATIONS -> palette.amber();
      case DATASET -> sibling(palette, palette.amber());
      case SESSION -> palette.red();
      case PROCESS, TOKENIZER -> palette.rest();
      case REST -> palette.muted();
    };
  }

  /** Towards the text's colour: the other way it would fade into the bar's ground. */
  private static Color sibling(Palette palette, Color color) {
    return color.interpolate(palette.text(), 0.45);
  }

  @Override
  protected double computePrefHeight(double width) {
    return HEIGHT;
  }

  @Override
  protected void layoutChildren() {
    if (canvas.getWidth() != getWidth()) {
      canvas.setWidth(getWidth());
      draw();
    }
  }

  private void draw() {
    double w = canvas.getWidth();
    if (w <= 0) {
      return; // not in the window yet
    }
    GraphicsContext g = canvas.getGraphicsContext2D();
    double h = canvas.getHeight();
    g.clearRect(0, 0, w, h);
    g.setFill(palette.track());
    g.fillRoundRect(0, 0, w, h, 8, 8);
    MemoryPlan now = usage;
    if (now == null) {
      return;
    }
    double budget = Math.max(1, now.limit());
    double at = 0;
    for (MemoryPlan.Line line : now.lines()) {
      double width = Math.max(0, Math.min(w - at, w * line.bytes() / budget));
      g.setFill(color(line.item()));
      g.fillRect(at, 0, width, h);
      at += width;
    }
    for (GuardLevel level : GuardLevel.values()) {
      if (level.threshold() > 0) {
        double x = Math.rint(w * level.threshold());
        g.setStroke(palette.track()); // whatever part is behind it
        g.setLineWidth(6);
        g.strokeLine(x, 0, x, h);
        g.setLineWidth(2);
        g.setStroke(level == GuardLevel.RELEASE ? palette.red() : palette.amber());
        g.strokeLine(x, 0, x, h);
      }
    }
  }
}
