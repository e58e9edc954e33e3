package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException.BadConfig;

class ScheduleTest {
  private static Schedule of(ScheduleType type, long steps) {
    return new Schedule(
        TrainOptions.of(1, 8, 1e-2f, steps)
            .with(o -> o.warmupSteps(10).schedule(type).decayFraction(0.25f)),
        steps);
  }

  @Test
  void bothWarmUpLinearlyToThePeak() {
    for (ScheduleType type : ScheduleType.values()) {
      Schedule schedule = of(type, 200);
      for (int step = 0; step < 10; step++) {
        assertEquals(1e-2f * (step + 1.0) / 10, schedule.rate(step), 1e-9, type + " " + step);
      }
    }
  }

  @Test
  void cosineIsHalfWayInTheMiddle() {
    Schedule schedule = of(ScheduleType.COSINE, 200);
    assertEquals(1e-2, schedule.rate(10), 1e-8);
    assertEquals((1e-2 + 1e-3) / 2, schedule.rate(105), 1e-8);
    assertEquals(1e-3, schedule.rate(200), 1e-8);
  }

  @Test
  void wsdStaysAtThePeakAndThenDecaysByTheRoot() {
    Schedule schedule = of(ScheduleType.WSD, 200);
    for (int step = 10; step <= 150; step++) {
      assertEquals(1e-2, schedule.rate(step), 1e-8, "step " + step);
    }
    double half = 1e-3 + 9e-3 * (1 - Math.sqrt(0.5));
    assertEquals(half, schedule.rate(175), 1e-8);
    assertEquals(1e-3, schedule.rate(200), 1e-8);
    for (int step = 151; step < 200; step++) {
      assertTrue(schedule.rate(step) < schedule.rate(step - 1));
    }
  }

  @Test
  void decayOfTheWholeRunBeginsAfterTheWarmUp() {
    Schedule schedule =
        new Schedule(
            TrainOptions.of(1, 8, 1e-2f, 100)
                .with(o -> o.warmupSteps(10).schedule(ScheduleType.WSD).decayFraction(1)),
            100);
    assertEquals(1e-2, schedule.rate(9), 1e-8);
    assertEquals(1e-2, schedule.rate(10), 1e-8);
    assertTrue(schedule.rate(11) < 1e-2);
  }

  @Test
  void unknownTypeIsRefusedWithTheKnownOnes() {
    BadConfig e = assertThrows(BadConfig.class, () -> ScheduleType.of("linear"));
    assertEquals("cosine, wsd", e.allowed());
  }
}
