package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.text.TextAlignment;
import org.minillm.app.MetricsPoint;
import org.minillm.gui.viewmodel.ChartViewModel;
import org.minillm.gui.viewmodel.EngineWords;
import org.minillm.gui.viewmodel.Texts;

/**
 * The events on a chart. Each is a dotted line; its words stand beside it in the first of a few
 * rows that is free there, or only under the cross-hair where none is. Checkpoints are many and
 * ordinary: ticks on the axis.
 */
final class EventMarks {
  private static final int ROWS = 3;
  private static final double BASELINE = 0.8;
  private static final double GAP = 4;
  private static final double NEAR = 4;
  private static final double TICK = 5;
  private static final int MOST_TOLD = 3;

  private final Texts texts;
  private final List<Mark> drawn = new ArrayList<>();

  private record Mark(double x, String event) {}

  EventMarks(Texts texts) {
    this.texts = texts;
  }

  /** Draws them with the font that is set. */
  void draw(GraphicsContext g, ChartViewModel chart, Palette palette, int width, double height) {
    drawn.clear();
    double[] taken = new double[ROWS];
    Arrays.fill(taken, Double.NEGATIVE_INFINITY);
    g.setStroke(palette.violet());
    g.setFill(palette.violet());
    g.setLineWidth(1);
    double before = Double.NEGATIVE_INFINITY;
    for (MetricsPoint e : chart.curve().events()) {
      double part = chart.view().at(chart.curve().x(chart.axisProperty().get(), e));
      double x = Math.rint(part * width) + 0.5;
      if (!(part >= 0 && part <= 1)) {
        continue;
      }
      drawn.add(new Mark(x, e.event()));
      if (e.isCheckpoint()) {
        g.strokeLine(x, height - TICK, x, height);
        continue;
      }
      if (x > before) {
        g.setLineDashes(2, 3);
        g.strokeLine(x, 0, x, height);
        g.setLineDashes();
        before = x;
      }
      write(g, EngineWords.of(e.event(), texts), x, width, taken);
    }
  }

  private static void write(GraphicsContext g, String words, double x, int width, double[] taken) {
    double wide = TextWidths.of(words, g.getFont());
    double line = Math.rint(TextWidths.line(g.getFont()));
    boolean after = x + GAP + wide <= width;
    double from = after ? x + GAP : x - GAP - wide;
    if (from < 0) {
      return;
    }
    for (int row = 0; row < ROWS; row++) {
      if (from > taken[row] + GAP) {
        g.setTextAlign(TextAlignment.LEFT);
        g.fillText(words, from, (row + BASELINE) * line);
        taken[row] = from + wide;
        return;
      }
    }
  }

  /** The words of the events next to a place of the plot, as last drawn. */
  List<String> near(double x) {
    return drawn.stream()
        .filter(m -> Math.abs(m.x - x) <= NEAR)
        .limit(MOST_TOLD)
        .map(m -> EngineWords.of(m.event, texts))
        .toList();
  }
}
