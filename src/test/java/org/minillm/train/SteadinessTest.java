package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.minillm.train.Steadiness.Verdict;

class SteadinessTest {
  private static Steadiness after(Steadiness s, double... losses) {
    for (double loss : losses) {
      s = s.after(s.judge(loss, 1), loss);
    }
    return s;
  }

  /** A hundred steps around 3 nats. */
  private static Steadiness calm() {
    Random random = new Random(1);
    Steadiness s = Steadiness.START;
    for (int i = 0; i < 100; i++) {
      s = after(s, 3 + 0.1 * random.nextGaussian());
    }
    return s;
  }

  @Test
  void whatIsNoNumberDivergesAtOnce() {
    assertEquals(Verdict.DIVERGED, Steadiness.START.judge(Double.NaN, 1));
    assertEquals(Verdict.DIVERGED, Steadiness.START.judge(3, Double.POSITIVE_INFINITY));
    assertEquals(Verdict.CALM, Steadiness.START.judge(1e6, 1e9));
  }

  @Test
  void thirdHighStepInARowIsADivergence() {
    Steadiness s = calm();
    assertEquals(Verdict.HIGH, s.judge(5, 1));
    s = after(s, 5);
    assertEquals(Verdict.HIGH, s.judge(5.5, 1));
    s = after(s, 5.5);
    assertEquals(Verdict.DIVERGED, s.judge(6, 1));
    assertEquals(Verdict.CALM, s.judge(3.1, 1));
    assertEquals(List.of(), after(s, 3.1).high());
    assertEquals(Verdict.CALM, after(s, 3.1).judge(5, 1), "what went by is known");
  }

  @Test
  void fallFromTheBeginningRaisesNoAlarm() {
    Random random = new Random(2);
    Steadiness s = Steadiness.START;
    for (int i = 0; i < 2000; i++) {
      double loss = 2 + 7 * Math.exp(-i / 40.0) + 0.3 * random.nextGaussian();
      assertEquals(Verdict.CALM, s.judge(loss, 1), "step " + i);
      s = after(s, loss);
    }
  }

  @Test
  void textOfTwoKindsRaisesNoAlarm() {
    for (double share : new double[] {0.002, 0.02, 0.1, 0.5}) {
      Random random = new Random(3);
      Steadiness s = Steadiness.START;
      for (int i = 0; i < 50_000; i++) {
        double loss = (random.nextDouble() < share ? 5 : 2.5) + 0.2 * random.nextGaussian();
        Verdict verdict = s.judge(loss, 1);
        assertTrue(verdict != Verdict.DIVERGED, "share " + share + ", step " + i);
        s = s.after(verdict, loss);
      }
    }
  }
}
