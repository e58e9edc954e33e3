package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.minillm.app.MetricsPoint;
import org.minillm.gui.viewmodel.CoachAdvice.Kind;

class CurveCoachTest {
  private static final double NONE = Double.NaN;

  private final Curve curve = new Curve();
  private final Random random = new Random(2);

  private void steps(int from, int to, IntToDoubleFunction loss) {
    for (int i = from; i <= to; i++) {
      curve.add(
          new MetricsPoint(
              i,
              i * 2048L,
              loss.applyAsDouble(i) + 0.05 * random.nextGaussian(),
              NONE,
              NONE,
              8e-3,
              1,
              100,
              200,
              i,
              ""));
    }
  }

  private void evaluation(long step, double loss) {
    curve.add(
        new MetricsPoint(step, step * 2048, NONE, loss, loss / 3, NONE, NONE, 1, 1, step, ""));
  }

  private List<Kind> kinds(CurveCoach.Facts facts) {
    return CurveCoach.advise(curve, facts).stream().map(CoachAdvice::kind).toList();
  }

  private List<Kind> kinds() {
    return kinds(CurveCoach.Facts.NONE);
  }

  private CoachAdvice the(Kind kind) {
    return CurveCoach.advise(curve, CurveCoach.Facts.NONE).stream()
        .filter(a -> a.kind() == kind)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void nothingIsSaidOfNothingAndLittleOfABeginning() {
    assertEquals(List.of(), kinds());
    steps(1, 20, i -> 9 - 0.1 * i);
    assertEquals(List.of(Kind.TOO_EARLY), kinds());
  }

  @Test
  void aHealthyRunFalls() {
    steps(1, 600, i -> 2 + 6 * Math.exp(-i / 200.0));
    for (int s = 100; s <= 600; s += 100) {
      evaluation(s, 2.1 + 6 * Math.exp(-s / 200.0));
    }
    assertEquals(List.of(Kind.FALLING), kinds());
    List<Double> figures = the(Kind.FALLING).figures();
    assertEquals(119, figures.get(0));
    assertTrue(figures.get(1) > figures.get(2) + figures.get(3), figures.toString());
  }

  @Test
  void aRunThatIsOverAndStillFellCouldHaveHadMoreSteps() {
    steps(1, 600, i -> 2 + 6 * Math.exp(-i / 200.0));
    CurveCoach.Facts planned = new CurveCoach.Facts(NONE, 900, Optional.empty());
    assertEquals(List.of(Kind.FALLING), kinds(planned));
    CurveCoach.Facts over = new CurveCoach.Facts(NONE, 600, Optional.empty());
    assertEquals(List.of(Kind.FELL_TO_THE_END), kinds(over));
  }

  @Test
  void nothingIsFlatWhileTheValidationLossFalls() {
    steps(1, 600, i -> 2 + 6 * Math.exp(-i / 30.0));
    evaluation(400, 2.2);
    evaluation(500, 2.195);
    assertEquals(List.of(Kind.FLAT), kinds());
    evaluation(600, 2.15);
    assertEquals(List.of(Kind.VALIDATION_FALLING), kinds());
    List<Double> figures = the(Kind.VALIDATION_FALLING).figures();
    assertEquals(2.195, figures.get(4), 1e-6);
    assertEquals(2.15, figures.get(5), 1e-6);
  }

  @Test
  void aTrainingLossThatFallsAloneIsNoGoodNews() {
    steps(1, 600, i -> 2 + 6 * Math.exp(-i / 200.0));
    evaluation(400, 3);
    evaluation(500, 2.995);
    assertEquals(List.of(Kind.FALLING), kinds());
    evaluation(600, 2.993);
    assertEquals(List.of(Kind.VALIDATION_STALLED), kinds());
    List<Double> figures = the(Kind.VALIDATION_STALLED).figures();
    assertEquals(List.of(400.0, 3.0, 2.993), figures.subList(0, 3));
    assertTrue(figures.get(3) > figures.get(4), figures.toString());
  }

  @Test
  void bothLossesAreJudgedByTheSameStepsHoweverOftenOneIsMeasured() {
    steps(1, 5000, i -> 2 + 6 * Math.exp(-i / 2000.0));
    for (int s = 50; s <= 5000; s += 50) {
      evaluation(s, 2.8 + 2 * Math.exp(-s / 2000.0));
    }
    List<MetricsPoint> all = curve.evaluations();
    double lastThree = all.get(99).valLoss() / all.get(97).valLoss();
    assertTrue(lastThree > 0.997, "they alone would say that it stands still: " + lastThree);
    assertEquals(List.of(Kind.FALLING), kinds());
  }

  @Test
  void manyEvaluationsAtOneLevelAreToldSinceTheStepThatTrainingIsJudgedFrom() {
    steps(1, 5000, i -> 2 + 6 * Math.exp(-i / 2000.0));
    for (int s = 50; s <= 5000; s += 50) {
      evaluation(s, 3);
    }
    assertEquals(List.of(Kind.VALIDATION_STALLED), kinds());
    List<Double> figures = the(Kind.VALIDATION_STALLED).figures();
    assertEquals(4000, figures.get(0));
    assertTrue(figures.get(3) > figures.get(4), figures.toString());
  }

  @Test
  void validationHasNotStalledWhereTheTrainingLossDidNotFallBetweenItsEvaluations() {
    steps(1, 600, i -> i <= 300 ? 2.4 : i <= 540 ? 2.5 : 2.2);
    evaluation(200, 3);
    evaluation(300, 3);
    evaluation(400, 3);
    assertEquals(List.of(Kind.FALLING), kinds());
  }

  @Test
  void aRunThatNoLongerMovesIsFlat() {
    steps(1, 600, i -> 2 + 6 * Math.exp(-i / 30.0));
    assertEquals(List.of(Kind.FLAT), kinds());
    assertEquals(2, the(Kind.FLAT).figures().get(2), 0.03);
  }

  @Test
  void aRunWhoseLearningRateHasComeDownIsSettled() {
    for (int i = 1; i <= 600; i++) {
      double loss = 2 + 0.05 * random.nextGaussian();
      double rate = 8e-3 * (600.5 - i) / 600;
      curve.add(new MetricsPoint(i, i, loss, NONE, NONE, rate, 1, 100, 200, i, ""));
    }
    assertEquals(List.of(Kind.SETTLED), kinds());
    assertEquals((float) (8e-3 * 599.5 / 600), the(Kind.SETTLED).figures().get(5), 1e-9);
  }

  @Test
  void aRunThatGetsWorseRises() {
    steps(1, 300, i -> 2 + 0.004 * i);
    assertEquals(List.of(Kind.RISING), kinds());
  }

  @Test
  void validationThatRisesWhileTrainingFallsIsOverfittingSinceItsBest() {
    steps(1, 600, i -> 1 + 6 * Math.exp(-i / 200.0));
    double[] losses = {4, 3, 2.5, 2.6, 2.8, 3.1};
    for (int i = 0; i < losses.length; i++) {
      evaluation(100 * (i + 1), losses[i]);
    }
    assertEquals(List.of(Kind.OVERFITTING, Kind.VALIDATION_STALLED), kinds());
    List<Double> figures = the(Kind.OVERFITTING).figures();
    assertEquals(300, figures.get(0));
    assertEquals(2.5, figures.get(1), 1e-6);
    assertEquals(3.1, figures.get(2), 1e-6);
    assertEquals(1 + 6 * Math.exp(-1.5), figures.get(3), 0.1);
    assertEquals(1 + 6 * Math.exp(-3), figures.get(4), 0.1);
  }

  @Test
  void oneWorseEvaluationIsNotOverfitting() {
    steps(1, 400, i -> 1 + 6 * Math.exp(-i / 200.0));
    evaluation(100, 4);
    evaluation(200, 3);
    evaluation(300, 2.5);
    evaluation(400, 2.6);
    assertFalse(kinds().contains(Kind.OVERFITTING));
  }

  @Test
  void spikesAreCountedAndTheHighestIsNamed() {
    steps(1, 300, i -> 3);
    assertFalse(kinds().contains(Kind.SPIKES));
    for (int at : new int[] {310, 320, 330}) {
      steps(at - 9, at - 1, i -> 3);
      steps(at, at, i -> i == 320 ? 6.5 : 5);
    }
    steps(331, 340, i -> 3);
    List<Double> figures = the(Kind.SPIKES).figures();
    assertEquals(3, figures.get(0));
    assertEquals(320, figures.get(2));
    assertEquals(6.5, figures.get(3), 0.3);
  }

  @Test
  void aReturnToACheckpointSpeaksOfTheLearningRate() {
    steps(1, 100, i -> 3);
    curve.add(
        new MetricsPoint(
            80,
            1,
            NONE,
            NONE,
            NONE,
            NONE,
            NONE,
            NONE,
            1,
            NONE,
            "diverged at step 90 (loss 20 after 3, gradient norm 50): back to step 80, learning"
                + " rate × 0.5, the data of 10 steps is left out"));
    assertEquals(Kind.ROLLBACKS, kinds().get(0));
    assertEquals(List.of(1.0, 80.0, (double) 8e-3f), the(Kind.ROLLBACKS).figures());
  }

  @Test
  void validationFarBelowTrainingIsALeak() {
    steps(1, 600, i -> 2);
    evaluation(200, 1.4);
    evaluation(400, 1.3);
    assertFalse(kinds().contains(Kind.LEAK_SUSPECTED));
    evaluation(600, 1.2);
    assertTrue(kinds().contains(Kind.LEAK_SUSPECTED));
    assertEquals(
        List.of(Kind.LEAK_FOUND, Kind.VALIDATION_FALLING),
        kinds(new CurveCoach.Facts(NONE, 0, Optional.of(12L))));
  }

  @Test
  void aTextThatWillBeReadTooOftenIsTooLittle() {
    steps(1, 100, i -> 3);
    assertFalse(kinds(new CurveCoach.Facts(3, 400, Optional.empty())).contains(Kind.LITTLE_DATA));
    assertTrue(kinds(new CurveCoach.Facts(5, 400, Optional.empty())).contains(Kind.LITTLE_DATA));
    assertTrue(kinds(new CurveCoach.Facts(17, 100, Optional.empty())).contains(Kind.LITTLE_DATA));
  }

  @Test
  void everyRemarkNamesItsFiguresInBothLanguages() {
    for (Locale locale : new Locale[] {Texts.SPANISH, Texts.ENGLISH}) {
      Texts texts = new Texts(locale);
      for (Kind kind : Kind.values()) {
        int count =
            java.util.stream.IntStream.rangeClosed(1, 6)
                .filter(n -> accepts(kind, n))
                .findFirst()
                .orElseThrow();
        double[] figures = new double[count];
        for (int i = 0; i < count; i++) {
          figures[i] = 31 + 20 * i;
        }
        String text = CoachAdvice.of(kind, figures).text(texts);
        for (int i = 0; i < count; i++) {
          String first = Integer.toString(31 + 20 * i).substring(0, 1);
          assertTrue(text.contains(first), locale + " " + kind + " without figure " + i);
        }
        assertFalse(CoachAdvice.of(kind, figures).headline(texts).isBlank());
      }
    }
  }

  private static boolean accepts(Kind kind, int count) {
    try {
      return CoachAdvice.of(kind, new double[count]).figures().size() == count;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
