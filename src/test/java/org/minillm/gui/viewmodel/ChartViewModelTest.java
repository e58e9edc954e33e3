package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.minillm.app.MetricsPoint;

class ChartViewModelTest {
  private static final double NONE = Double.NaN;
  private static final int WIDTH = 440;

  private final Curve curve = new Curve();
  private final ChartViewModel chart = new ChartViewModel(() -> curve);

  private static MetricsPoint step(long step, double loss) {
    return new MetricsPoint(step, 2048 * step, loss, NONE, NONE, 1e-3, 1, 100, 200, 0.5 * step, "");
  }

  private static MetricsPoint evaluation(long step, double loss, double bits) {
    return new MetricsPoint(step, 2048 * step, 3, loss, bits, NONE, NONE, 100, 200, 0.5 * step, "");
  }

  @BeforeEach
  void fill() {
    Random random = new Random(5);
    for (int i = 1; i <= 100_000; i++) {
      curve.add(step(i, 2 + 6 * Math.exp(-i / 5000.0) + 0.1 * random.nextGaussian()));
    }
    chart.curveChanged();
  }

  /** The same by looking at every point. */
  private void assertColumnsAreRight(Columns columns) {
    XAxis axis = chart.axisProperty().get();
    Viewport view = chart.view();
    int from = 0;
    for (int c = 0; c < columns.count(); c++) {
      int last = columns.last(c);
      if (columns.inView(c, WIDTH)) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (int i = from; i <= last; i++) {
          low = Math.min(low, curve.loss(i));
          high = Math.max(high, curve.loss(i));
          double at = view.at(curve.x(axis, i)) * WIDTH;
          assertTrue(Math.abs(at - columns.x(c)) <= 0.51, "column " + c + " at " + at);
        }
        assertEquals(low, columns.low(c));
        assertEquals(high, columns.high(c));
        assertEquals(curve.loss(from), columns.first(c));
      }
      from = last + 1;
    }
  }

  @Test
  void columnsHaveTheExtremesOfTheirPointsOnEveryAxis() {
    for (XAxis axis : XAxis.values()) {
      for (boolean log : new boolean[] {false, true}) {
        chart.axisProperty().set(axis);
        chart.logXProperty().set(log);
        Columns columns = chart.columns(Curve.Series.LOSS, WIDTH, new Columns());
        assertTrue(columns.count() > WIDTH / 4, axis + " " + columns.count());
        assertEquals(curve.size() - 1, columns.last(columns.count() - 1));
        assertColumnsAreRight(columns);
      }
    }
  }

  @Test
  void aZoomedViewIsMadeOfItsPointsAndOneBesideEachEdge() {
    chart.zoom(0.01, 0.25);
    Columns columns = chart.columns(Curve.Series.LOSS, WIDTH, new Columns());
    assertFalse(columns.inView(0, WIDTH));
    assertFalse(columns.inView(columns.count() - 1, WIDTH));
    assertTrue(chart.view().from() > 24_000 && chart.view().to() < 26_000);
    int first = columns.last(0);
    for (int c = 1; c < columns.count(); c++) {
      assertTrue(columns.last(c) > first && columns.last(c) < first + 1100);
    }
  }

  @Test
  void aHundredThousandPointsCostAFewEntriesAPixel() {
    LossFrame frame = chart.frame(WIDTH);
    assertTrue(frame.touched() < 45L * WIDTH, frame.touched() + " entries");
    long wide = chart.frame(1300).touched();
    assertTrue(wide < 45L * 1300, wide + " entries");
  }

  @Test
  void aFigureThatWasNeverMeasuredHasNoColumns() {
    Curve bare = new Curve();
    bare.add(new MetricsPoint(1, 1, 3, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ""));
    bare.add(new MetricsPoint(2, 2, 2, NONE, NONE, NONE, NONE, NONE, NONE, NONE, ""));
    ChartViewModel of = new ChartViewModel(() -> bare);
    of.curveChanged();
    assertEquals(0, of.columns(Curve.Series.GRADIENT, WIDTH, new Columns()).count());
    assertEquals(2, of.columns(Curve.Series.LOSS, WIDTH, new Columns()).count());
  }

  @Test
  void farOutliersLeaveThePictureUnlessAskedFor() {
    curve.add(step(100_001, 90));
    curve.add(step(100_002, 2));
    chart.curveChanged();
    LossFrame frame = chart.frame(WIDTH);
    assertTrue(frame.clipped());
    assertTrue(frame.high() < 20 && frame.high() > 2.5, "up to " + frame.high());
    chart.clipProperty().set(false);
    frame = chart.frame(WIDTH);
    assertFalse(frame.clipped());
    assertTrue(frame.high() > 90);
  }

  @Test
  void zoomKeepsWhatIsUnderTheMouseAndPanStopsAtTheData() {
    double under = chart.view().value(0.3);
    chart.zoom(0.5, 0.3);
    assertEquals(under, chart.view().value(0.3), 1e-6);
    assertFalse(chart.view().isWhole());
    chart.pan(-100);
    assertEquals(1, chart.view().from(), 1e-6);
    chart.zoom(100, 0.5);
    assertTrue(chart.view().isWhole());
    chart.zoom(0.1, 0.5);
    chart.resetZoom();
    assertTrue(chart.view().isWhole());
    assertEquals(100_000, chart.view().to());
  }

  @Test
  void zoomKeepsWhatIsUnderTheMouseOnALogarithmicAxis() {
    chart.logXProperty().set(true);
    assertEquals(Math.pow(10, 2.5), chart.view().value(0.5), 1e-6);
    chart.zoom(0.5, 0.5);
    assertEquals(Math.pow(10, 2.5), chart.view().value(0.5), 1e-6);
    assertEquals(Math.pow(10, 1.25), chart.view().from(), 1e-6);
  }

  @Test
  void whatIsZoomedToStaysWhileTheRunGrowsAndAllGrowsWithIt() {
    chart.zoom(0.1, 0.5);
    double from = chart.view().from();
    curve.add(step(120_000, 2));
    chart.curveChanged();
    assertEquals(from, chart.view().from());
    chart.resetZoom();
    assertEquals(120_000, chart.view().to());
  }

  @Test
  void theCrossHairStandsOnPointsOfTheRun() {
    chart.hoverAt(0.5);
    assertEquals(curve.step(chart.hovered()), chart.hoverProperty().get());
    assertEquals(50_000, chart.hoverProperty().get(), 1);
    chart.moveHover(-10);
    assertEquals(49_990, chart.hoverProperty().get(), 1);
    chart.hoverProperty().set(NONE);
    assertEquals(-1, chart.hovered());
    chart.moveHover(1);
    assertEquals(curve.size() - 1, chart.hovered());
  }

  @Test
  void runsOfAnotherVocabularyAreComparedInBitsPerByte() {
    curve.add(evaluation(100_000, 2, 0.8));
    Curve other = new Curve();
    for (int i = 1; i <= 100; i++) {
      other.add(step(i, 4));
    }
    other.add(evaluation(100, 4, 1.6));
    chart.setCompared(List.of(new ChartViewModel.ComparedRun("same", other, 0)));
    assertFalse(chart.inBits());
    other.add(evaluation(101, 4, 1.2));
    chart.setCompared(List.of(new ChartViewModel.ComparedRun("other", other, 0)));
    assertTrue(chart.inBits());
    LossFrame frame = chart.frame(WIDTH);
    assertEquals(2, frame.runs().size());
    assertEquals(0.4, frame.runs().get(0).factor(), 1e-9);
    assertEquals(0.3, frame.runs().get(1).factor(), 1e-9);
    assertTrue(frame.low() <= 0.8 && frame.high() >= 1.2);
  }

  @Test
  void aRunThatWasNotEvaluatedIsLeftOutInBitsPerByte() {
    curve.add(evaluation(100_000, 2, 0.8));
    Curve other = new Curve();
    other.add(step(1, 4));
    other.add(step(2, 4));
    chart.setCompared(List.of(new ChartViewModel.ComparedRun("bare", other, 0)));
    chart.bitsProperty().set(true);
    assertEquals(1, chart.frame(WIDTH).runs().size());
  }

  @Test
  void changesAreToldOnceEach() {
    int before = chart.revisionProperty().get();
    chart.hoverAt(0.1); // moves a node, draws nothing
    assertEquals(before, chart.revisionProperty().get());
    chart.logYProperty().set(true);
    assertEquals(before + 1, chart.revisionProperty().get());
    chart.pan(0.1);
    assertEquals(before + 2, chart.revisionProperty().get());
  }

  @Test
  void ticksAreRoundAndSaidInTheLanguagesForm() {
    Texts spanish = new Texts(Locale.forLanguageTag("es"));
    assertEquals(
        List.of("20.000", "40.000", "60.000", "80.000", "100.000"),
        labels(AxisTicks.of(XAxis.STEPS, chart.view(), false, 5, spanish)));
    chart.axisProperty().set(XAxis.TOKENS);
    assertEquals(
        List.of("50 M", "100 M", "150 M", "200 M"),
        labels(AxisTicks.of(XAxis.TOKENS, chart.view(), false, 5, spanish)));
    chart.axisProperty().set(XAxis.TIME);
    List<String> hours = labels(AxisTicks.of(XAxis.TIME, chart.view(), false, 5, spanish));
    assertTrue(hours.contains("10 h"), hours.toString());
    assertEquals(List.of(0.1, 0.2, 0.5, 1.0, 2.0, 5.0), Ticks.logarithmic(0.1, 9, 5));
    assertEquals(List.of(1.0, 10.0, 100.0, 1000.0), Ticks.logarithmic(1, 1000, 5));
    assertEquals(2, Ticks.decimals(List.of(0.05, 0.1)));
  }

  private static List<String> labels(List<AxisTicks.Tick> ticks) {
    return ticks.stream().map(AxisTicks.Tick::label).toList();
  }
}
