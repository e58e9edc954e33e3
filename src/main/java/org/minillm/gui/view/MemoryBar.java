package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
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
    return colors().getOrDefault(item, palette.rest());
  }

  private Map<MemoryPlan.Item, Color> colors() {
    Map<MemoryPlan.Item, Color> colors = new EnumMap<>(MemoryPlan.Item.class);
    colors.put(MemoryPlan.Item.WEIGHTS, palette.accent());
    colors.put(MemoryPlan.Item.CHAT_MODEL, palette.accent().interpolate(palette.track(), 0.45));
    colors.put(MemoryPlan.Item.GRADIENTS, palette.violet().interpolate(palette.track(), 0.45));
    colors.put(MemoryPlan.Item.OPTIMIZER, palette.violet());
    colors.put(MemoryPlan.Item.ACTIVATIONS, palette.amber());
    colors.put(MemoryPlan.Item.SESSION, palette.red());
    colors.put(MemoryPlan.Item.REST, palette.rest().interpolate(palette.track(), 0.5));
    colors.put(MemoryPlan.Item.DATASET, palette.amber().interpolate(palette.track(), 0.45));
    return colors;
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
    g.setLineWidth(2);
    for (GuardLevel level : GuardLevel.values()) {
      if (level.threshold() > 0) {
        double x = Math.rint(w * level.threshold());
        g.setStroke(level == GuardLevel.RELEASE ? palette.red() : palette.amber());
        g.strokeLine(x, 0, x, h);
      }
    }
  }
}
