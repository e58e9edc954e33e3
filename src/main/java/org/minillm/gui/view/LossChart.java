package org.minillm.gui.view;

import java.util.List;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.control.Label;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.scene.paint.Color;
import javafx.scene.text.TextAlignment;
import org.minillm.app.MetricsPoint;
import org.minillm.gui.viewmodel.AxisTicks;
import org.minillm.gui.viewmodel.ChartViewModel;
import org.minillm.gui.viewmodel.Columns;
import org.minillm.gui.viewmodel.LossFrame;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.Ticks;
import org.minillm.gui.viewmodel.XAxis;

/**
 * The loss on a canvas of its own: raw loss faint behind the smoothed one, validation dashed with
 * dots, earlier runs in their colours, events as dotted verticals, checkpoints as ticks on the x
 * axis. The words of the cross-hair are nodes over it.
 */
final class LossChart extends ChartCanvas {
  private static final double RIGHT = 8;
  private static final double GAP = 6;

  /** As wide as a number beside the plot gets. */
  private static final String WIDEST = "00.000";

  /** Distances in heights of a line of text. */
  private static final double TOP = 1.9;

  private static final double BOTTOM = 1.6;
  private static final double TO_BASELINE = 1.1;
  private static final double BETWEEN_TICKS = 7;
  private static final double BETWEEN_LINES = 2.5;
  private static final double HALF_A_DIGIT = 0.27;

  private static final double TIP_GAP = 10;
  private static final double DOT = 2.5;

  /** A dot at the plot's edge is whole. */
  private static final int AROUND_PLOT = 3;

  private static final int MOST_DOTS = 80;

  private final Texts texts;
  private final FlowPane legend = new FlowPane(12, 0);
  private final Label clipped = new Label();
  private final VBox tip = new VBox(2);
  private final EventMarks marks;

  /** Gets its font from the style sheet: that of what is written on the canvas. */
  private final Label probe = new Label();

  LossChart(ChartViewModel chart, Texts texts, Palette palette) {
    super(chart, palette, 0, RIGHT, 0, 0);
    this.texts = texts;
    marks = new EventMarks(texts);
    setMinHeight(110);
    legend.getStyleClass().add("muted");
    tip.getStyleClass().add("chart-tip");
    tip.setVisible(false);
    probe.getStyleClass().add("key");
    probe.setVisible(false);
    for (Region each : List.of(legend, tip, probe)) {
      each.setManaged(false);
      each.setMouseTransparent(true);
    }
    getChildren().addAll(legend, tip, probe);
    accessibleTextProperty().bind(texts.bind("training.chart"));
    probe.fontProperty().addListener(o -> fit());
    fit();
  }

  /** Makes room for the words around the plot. */
  private void fit() {
    double line = line();
    setMargins(
        Math.rint(TextWidths.of(WIDEST, probe.getFont()) + GAP + 2),
        RIGHT,
        Math.rint(TOP * line),
        Math.rint(BOTTOM * line));
  }

  private double line() {
    return TextWidths.line(probe.getFont());
  }

  @Override
  void redraw() {
    fillLegend();
    super.redraw();
  }

  private void fillLegend() {
    legend.getChildren().setAll(entry("training.train", palette().accent()));
    legend.getChildren().add(entry("training.val", palette().amber()));
    for (ChartViewModel.ComparedRun run : chart().compared()) {
      boolean shown = !chart().inBits() || !Double.isNaN(run.curve().bitsPerNat());
      String name = shown ? run.name() : texts.get("chart.noBits", run.name());
      legend.getChildren().add(entry(new Label(name), palette().run(run.color())));
    }
    if (chart().inBits()) {
      legend.getChildren().add(new Label(texts.get("chart.inBits")));
    }
    clipped.setText(texts.get("chart.clipped"));
    legend.getChildren().add(clipped);
  }

  private HBox entry(String key, Color color) {
    return entry(new Label(texts.get(key)), color);
  }

  private static HBox entry(Label name, Color color) {
    Region dash = new Region();
    dash.getStyleClass().add("dash");
    dash.setStyle("-fx-background-color: " + color.toString().replace("0x", "#"));
    HBox entry = new HBox(6, dash, name);
    entry.setAlignment(javafx.geometry.Pos.CENTER_LEFT);
    return entry;
  }

  @Override
  protected void layoutChildren() {
    super.layoutChildren();
    legend.resizeRelocate(left(), 0, Math.max(0, getWidth() - left()), top() - GAP);
    showCross();
  }

  @Override
  void draw(GraphicsContext g, int width, double height) {
    LossFrame frame = chart().frame(width);
    Controls.shown(clipped, frame.clipped());
    if (frame.isEmpty()) {
      return;
    }
    Scale y = Scale.of(frame.low(), frame.high(), height, chart().logYProperty().get());
    g.setFont(probe.getFont());
    g.setFill(palette().muted());
    drawLines(g, y, frame, width, height);
    drawTicks(g, width, height);
    g.save();
    clip(g, -AROUND_PLOT, -AROUND_PLOT, width + AROUND_PLOT, height + AROUND_PLOT);
    for (int i = frame.runs().size() - 1; i >= 0; i--) {
      LossFrame.Run run = frame.runs().get(i);
      Color color = color(run);
      boolean main = run.curve() == chart().curve();
      if (main) {
        drawRaw(g, y, run, color.deriveColor(0, 1, 1, 0.38));
      }
      drawSmooth(g, y, run, color, main ? 2 : 1.5);
      drawEvaluations(g, y, run, main ? palette().amber() : color, width);
    }
    g.restore();
    marks.draw(g, chart(), palette(), width, height);
  }

  private Color color(LossFrame.Run run) {
    for (ChartViewModel.ComparedRun each : chart().compared()) {
      if (each.curve() == run.curve()) {
        return palette().run(each.color());
      }
    }
    return palette().accent();
  }

  /** The values of the loss. */
  private void drawLines(GraphicsContext g, Scale y, LossFrame frame, int width, double height) {
    g.setLineWidth(1);
    g.setStroke(palette().line());
    g.setTextAlign(TextAlignment.RIGHT);
    double line = line();
    int lines = (int) Math.max(2, height / (BETWEEN_LINES * line));
    List<Double> values =
        chart().logYProperty().get()
            ? Ticks.logarithmic(frame.low(), frame.high(), lines)
            : Ticks.linear(frame.low(), frame.high(), lines);
    int decimals = Ticks.decimals(values);
    for (double v : values) {
      double at = Math.rint(y.at(v)) + 0.5;
      g.strokeLine(0, at, width, at);
      g.fillText(texts.number(v, decimals), -GAP, at + HALF_A_DIGIT * line);
    }
  }

  /** What the x axis counts. */
  private void drawTicks(GraphicsContext g, int width, double height) {
    g.setTextAlign(TextAlignment.CENTER);
    boolean log = chart().logXProperty().get();
    double line = line();
    int count = (int) Math.max(2, width / (BETWEEN_TICKS * line));
    for (AxisTicks.Tick tick :
        AxisTicks.of(chart().axisProperty().get(), chart().view(), log, count, texts)) {
      double at = chart().view().at(tick.value()) * width;
      double half = TextWidths.of(tick.label(), probe.getFont()) / 2;
      double middle = Math.max(half - left(), Math.min(at, width + RIGHT - half));
      g.fillText(tick.label(), middle, height + TO_BASELINE * line);
    }
  }

  private void drawRaw(GraphicsContext g, Scale y, LossFrame.Run run, Color color) {
    Columns c = run.columns();
    double f = run.factor();
    g.setStroke(color);
    g.setLineWidth(1);
    g.beginPath();
    for (int i = 0; i < c.count(); i++) {
      double x = c.x(i);
      if (i == 0) {
        g.moveTo(x, y.at(c.first(i) * f));
      } else {
        g.lineTo(x, y.at(c.first(i) * f));
      }
      if (c.high(i) > c.low(i)) {
        g.lineTo(x, y.at(c.low(i) * f));
        g.lineTo(x, y.at(c.high(i) * f));
        g.lineTo(x, y.at(run.curve().loss(c.last(i)) * f));
      }
    }
    g.stroke();
  }

  private static void drawSmooth(
      GraphicsContext g, Scale y, LossFrame.Run run, Color color, double width) {
    Columns c = run.columns();
    g.setStroke(color);
    g.setLineWidth(width);
    g.beginPath();
    for (int i = 0; i < c.count(); i++) {
      double at = y.at(run.curve().smooth(c.last(i)) * run.factor());
      if (i == 0) {
        g.moveTo(c.x(i), at);
      } else {
        g.lineTo(c.x(i), at);
      }
    }
    g.stroke();
    if (c.count() == 1) { // one point makes no line
      double at = y.at(run.curve().smooth(c.last(0)) * run.factor());
      g.setFill(color);
      g.fillOval(c.x(0) - DOT, at - DOT, 2 * DOT, 2 * DOT);
    }
  }

  private void drawEvaluations(
      GraphicsContext g, Scale y, LossFrame.Run run, Color color, int width) {
    g.setStroke(color);
    g.setFill(color);
    g.setLineWidth(1.5);
    g.setLineDashes(5, 4);
    XAxis axis = chart().axisProperty().get();
    List<MetricsPoint> all = run.curve().evaluations();
    boolean dots = all.size() <= MOST_DOTS;
    double beforeX = Double.NaN;
    double beforeY = Double.NaN;
    for (MetricsPoint e : all) {
      double x = chart().view().at(run.curve().x(axis, e)) * width;
      double at = y.at(e.valLoss() * run.factor());
      if (!Double.isNaN(beforeX) && x >= 0 && beforeX <= width) {
        g.strokeLine(beforeX, beforeY, x, at);
      }
      if (dots && x >= 0 && x <= width) {
        g.fillOval(x - DOT, at - DOT, 2 * DOT, 2 * DOT);
      }
      beforeX = x;
      beforeY = at;
    }
    g.setLineDashes();
  }

  @Override
  void showCross() {
    super.showCross();
    int at = chart().hovered();
    tip.setVisible(at >= 0 && crossShown());
    if (!tip.isVisible()) {
      setAccessibleHelp("");
      return;
    }
    List<String> lines = new ChartTip(chart(), texts).lines(at, marks.near(crossAt()));
    tip.getChildren().setAll(lines.stream().map(Label::new).toList());
    setAccessibleHelp(String.join(". ", lines));
    tip.applyCss();
    double width = tip.prefWidth(-1);
    double height = tip.prefHeight(width);
    double x = left() + crossAt();
    double left = x + TIP_GAP + width > getWidth() ? x - TIP_GAP - width : x + TIP_GAP;
    tip.resizeRelocate(Math.max(0, left), top() + 2, width, height);
  }
}
