package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minillm.app.MetricsPoint;

class CurveTest {
  private static final double NONE = Double.NaN;

  private static MetricsPoint step(long step, double loss) {
    return new MetricsPoint(step, step, loss, NONE, NONE, 1e-3, 1, 100, 200, step, "");
  }

  private static MetricsPoint evaluation(long step, double loss) {
    return new MetricsPoint(step, step, NONE, loss, 1, NONE, NONE, 100, 200, step, "");
  }

  @Test
  void theSmoothedLossDoesNotHangOnTheFirstValue() {
    Curve curve = new Curve();
    for (int i = 1; i <= 200; i++) {
      curve.add(step(i, 4 + 5 * Math.exp(-i / 20.0)));
    }
    assertEquals(curve.loss(0), curve.smooth(0), 1e-6);
    for (int i = 1; i < curve.size(); i++) {
      assertTrue(
          Math.abs(curve.smooth(i) - curve.loss(i)) < 0.25,
          "at " + i + " the curve lags by " + (curve.smooth(i) - curve.loss(i)));
    }
  }

  @Test
  void theSmoothedLossIsSteadierThanTheRawOne() {
    Curve curve = new Curve();
    for (int i = 1; i <= 600; i++) {
      curve.add(step(i, 3 + (i % 2 == 0 ? 0.5 : -0.5)));
    }
    for (int i = 400; i < 600; i++) {
      assertEquals(3, curve.smooth(i), 0.05);
    }
  }

  @Test
  void aHundredThousandPointsAreAllKept() {
    Curve curve = new Curve();
    for (int i = 1; i <= 100_000; i++) {
      curve.add(step(i, 10 - i / 20_000.0));
    }
    assertEquals(100_000, curve.size());
    assertEquals(77_777, curve.step(77_776));
    assertEquals(10 - 77_777 / 20_000.0, curve.loss(77_776), 1e-6);
  }

  @Test
  void aRunLongerThanThatKeepsItsEndsAndItsOrder() {
    Curve curve = new Curve();
    int steps = 2 * Curve.CAPACITY + 11;
    for (int i = 1; i <= steps; i++) {
      curve.add(step(i, 10.0 - 9.0 * i / steps));
    }
    assertTrue(curve.size() <= Curve.CAPACITY && curve.size() > Curve.CAPACITY / 4);
    assertEquals(10, curve.loss(0), 0.01);
    assertEquals(1, curve.loss(curve.size() - 1), 0.01);
    for (int i = 1; i < curve.size(); i++) {
      assertTrue(curve.step(i) > curve.step(i - 1));
    }
  }

  @Test
  void smoothingGoesFromTheRawLossToAlmostALine() {
    Curve curve = new Curve();
    for (int i = 1; i <= 1000; i++) {
      curve.add(step(i, 3 + (i % 2 == 0 ? 0.5 : -0.5)));
    }
    curve.setSmoothing(0);
    assertEquals(curve.loss(999), curve.smooth(999), 1e-6);
    curve.setSmoothing(1);
    assertEquals(3, curve.smooth(999), 0.01);
  }

  @Test
  void aPointIsFoundByStepByTokensAndByTime() {
    Curve curve = new Curve();
    for (int i = 1; i <= 100; i++) {
      curve.add(new MetricsPoint(2 * i, 1000L * i, 5, NONE, NONE, 1, 1, 1, 1, 0.5 * i, ""));
    }
    assertEquals(49, curve.nearest(XAxis.STEPS, 100.4));
    assertEquals(49, curve.nearest(XAxis.TOKENS, 50_300));
    assertEquals(49, curve.nearest(XAxis.TIME, 25.2));
    assertEquals(99, curve.nearest(XAxis.TIME, 1e9));
    assertEquals(0, curve.nearest(XAxis.TIME, -1));
    assertEquals(-1, new Curve().nearest(XAxis.STEPS, 1));
  }

  @Test
  void anEventWithoutATimeLiesAtThatOfItsStep() {
    Curve curve = new Curve();
    for (int i = 1; i <= 10; i++) {
      curve.add(step(i, 5));
    }
    MetricsPoint event =
        new MetricsPoint(4, 0, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, "trim");
    curve.add(event);
    curve.add(event);
    assertEquals(1, curve.events().size());
    assertEquals(4, curve.x(XAxis.TIME, event));
    assertEquals(4, curve.x(XAxis.TOKENS, event));
  }

  @Test
  void ofManyCheckpointsSomeAreKeptAndOfOtherEventsAll() {
    Curve curve = new Curve();
    for (int i = 1; i <= 2000; i++) {
      curve.add(event(i, i % 100 == 0 ? "guard trim " + i : "checkpoint at step " + i));
    }
    long trims = curve.events().stream().filter(e -> !e.isCheckpoint()).count();
    assertEquals(20, trims);
    assertTrue(curve.events().size() - trims <= 256 && curve.events().size() - trims > 100);
  }

  private static MetricsPoint event(long step, String what) {
    return MetricsPoint.ofEvent(step, step, 200, what);
  }

  @Test
  void bitsPerNatComeFromTheLastEvaluation() {
    Curve curve = new Curve();
    assertTrue(Double.isNaN(curve.bitsPerNat()));
    curve.add(evaluation(1, 4));
    curve.add(evaluation(2, 2));
    assertEquals(0.5, curve.bitsPerNat(), 1e-12);
  }

  @Test
  void aRunThatWentBackReplacesWhatItRepeats() {
    Curve curve = new Curve();
    for (int i = 1; i <= 10; i++) {
      curve.add(step(i, 5));
    }
    curve.add(evaluation(10, 5));
    curve.add(step(6, 2));
    curve.add(evaluation(6, 2));
    assertEquals(6, curve.size());
    assertEquals(2, curve.loss(5), 1e-6);
    assertEquals(1, curve.evaluations().size());
    assertEquals(6, curve.evaluations().get(0).step());
  }
}
