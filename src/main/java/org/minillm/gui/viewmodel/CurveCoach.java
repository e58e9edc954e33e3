package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.minillm.app.MetricsPoint;
import org.minillm.gui.viewmodel.CoachAdvice.Kind;

/**
 * Reads a curve as an experienced person would and says what it sees, each remark with the figures
 * it stands on. The rules, in the order in which they are told:
 *
 * <ul>
 *   <li>too early: fewer than {@value #LEAST_STEPS} steps;
 *   <li>learning rate too high: the run went back to a checkpoint, or of the last {@value #WINDOW}
 *       points {@value #SPIKES} or more stand out of the noise by six of its standard deviations;
 *   <li>overfitting: in the last two evaluations the validation loss was above its best by 1 % or
 *       more while the training loss has fallen since;
 *   <li>leak: the validation loss was a quarter or more below the training loss at that time, in
 *       the last three evaluations; or the data doctor found validation documents in the training
 *       text;
 *   <li>little data: the run will read the text more than {@value #MOST_PASSES} times;
 *   <li>falling, flat or rising: means of the last fifth's two halves, against the standard error
 *       of their difference; flat after the learning rate has come down to a tenth is settled. The
 *       validation loss has its say: while it improved by 0.3 % at the last evaluation, nothing is
 *       flat, and where it did not in the same last fifth, at three evaluations or more, a falling
 *       training loss is no good news;
 *   <li>a run that is over and was still falling could have had more steps.
 * </ul>
 */
public final class CurveCoach {
  static final int LEAST_STEPS = 30;
  static final int WINDOW = 500;
  static final int SPIKES = 3;
  static final int MOST_PASSES = 16;
  private static final int WARM_UP = 20;
  private static final double DEVIATIONS = 6;
  private static final double DEVIATION_OF_MAD = 1.4826;
  private static final double LEAST_SPIKE = 0.3;
  private static final double WORSE = 0.01;
  private static final double LEAK = 0.75;
  private static final int LEAK_EVALUATIONS = 3;
  private static final int STEPS_AROUND = 10;
  private static final double SHARE_OF_LATE = 0.2;
  private static final int LEAST_OF_LATE = 20;
  private static final double CERTAIN = 2;
  private static final double SETTLED = 0.1;
  private static final double MATTERS = 0.003;
  private static final int STALLED_EVALUATIONS = 3;

  private final Curve curve;
  private final Facts facts;

  /**
   * What the curve itself does not say.
   *
   * @param epoch passes over the text so far, NaN where not known
   * @param totalSteps planned, or done where the run is over; 0 where not known
   * @param leakedDocuments validation documents that stand in the training text as well, as the
   *     data doctor found; empty where it was not asked
   */
  public record Facts(double epoch, long totalSteps, Optional<Long> leakedDocuments) {
    /** Nothing but the curve is known. */
    public static final Facts NONE = new Facts(Double.NaN, 0, Optional.empty());
  }

  private CurveCoach(Curve curve, Facts facts) {
    this.curve = curve;
    this.facts = facts;
  }

  /** What is to be said of a run; at least one remark once it has points, what matters first. */
  public static List<CoachAdvice> advise(Curve curve, Facts facts) {
    int n = curve.size();
    if (n == 0) {
      return List.of();
    }
    CurveCoach coach = new CurveCoach(curve, facts);
    List<CoachAdvice> all = new ArrayList<>();
    if (n < LEAST_STEPS) {
      all.add(CoachAdvice.of(Kind.TOO_EARLY, curve.step(n - 1), LEAST_STEPS));
    } else {
      coach.rollbacks().or(coach::spikes).ifPresent(all::add);
      coach.overfitting().ifPresent(all::add);
      coach.leak().ifPresent(all::add);
      coach.littleData().ifPresent(all::add);
      all.add(coach.trend());
    }
    return List.copyOf(all);
  }

  private Optional<CoachAdvice> rollbacks() {
    List<MetricsPoint> back =
        curve.events().stream().filter(e -> e.event().startsWith("diverged")).toList();
    if (back.isEmpty()) {
      return Optional.empty();
    }
    MetricsPoint last = back.get(back.size() - 1);
    double rate = curve.value(Curve.Series.RATE, curve.size() - 1);
    return Optional.of(CoachAdvice.of(Kind.ROLLBACKS, back.size(), last.step(), rate));
  }

  /** Noise is the median distance from the smoothed loss, so spikes do not hide themselves. */
  private Optional<CoachAdvice> spikes() {
    int n = curve.size();
    int from = Math.max(WARM_UP, n - WINDOW);
    if (n - from < LEAST_STEPS) {
      return Optional.empty();
    }
    double[] distances = new double[n - from];
    for (int i = from; i < n; i++) {
      distances[i - from] = curve.loss(i) - curve.smooth(i - 1);
    }
    double[] sorted = Arrays.stream(distances).map(Math::abs).sorted().toArray();
    double noise = DEVIATION_OF_MAD * sorted[sorted.length / 2];
    double limit = Math.max(LEAST_SPIKE, DEVIATIONS * noise);
    int count = 0;
    int highest = from;
    for (int i = from; i < n; i++) {
      if (distances[i - from] > limit) {
        count++;
        highest = curve.loss(i) > curve.loss(highest) || count == 1 ? i : highest;
      }
    }
    return count < SPIKES
        ? Optional.empty()
        : Optional.of(
            CoachAdvice.of(
                Kind.SPIKES,
                count,
                n - from,
                curve.step(highest),
                curve.loss(highest),
                curve.smooth(highest - 1)));
  }

  private Optional<CoachAdvice> overfitting() {
    List<MetricsPoint> all = curve.evaluations();
    int last = all.size() - 1;
    int best = 0;
    for (int i = 0; i <= last; i++) {
      best = all.get(i).valLoss() < all.get(best).valLoss() ? i : best;
    }
    if (last - best < 2) {
      return Optional.empty();
    }
    double lowest = all.get(best).valLoss();
    double limit = lowest * (1 + WORSE);
    double before = lossAround(all.get(best).step());
    double now = lossAround(all.get(last).step());
    boolean higher = all.get(last).valLoss() > limit && all.get(last - 1).valLoss() > limit;
    return higher && now < before * (1 - MATTERS)
        ? Optional.of(
            CoachAdvice.of(
                Kind.OVERFITTING,
                all.get(best).step(),
                lowest,
                all.get(last).valLoss(),
                before,
                now))
        : Optional.empty();
  }

  private Optional<CoachAdvice> leak() {
    long documents = facts.leakedDocuments().orElse(0L);
    if (documents > 0) {
      return Optional.of(CoachAdvice.of(Kind.LEAK_FOUND, documents));
    }
    List<MetricsPoint> all = curve.evaluations();
    if (all.size() < LEAK_EVALUATIONS) {
      return Optional.empty();
    }
    for (MetricsPoint e : all.subList(all.size() - LEAK_EVALUATIONS, all.size())) {
      if (!(e.valLoss() < LEAK * lossAround(e.step()))) {
        return Optional.empty();
      }
    }
    MetricsPoint last = all.get(all.size() - 1);
    return Optional.of(
        CoachAdvice.of(
            Kind.LEAK_SUSPECTED,
            last.step(),
            last.valLoss(),
            lossAround(last.step()),
            LEAK_EVALUATIONS));
  }

  /** Mean of the training loss of the steps up to one: the smoothed loss hangs behind. */
  private double lossAround(long step) {
    int end = Math.min(curve.size(), curve.indexFrom(XAxis.STEPS, step + 1.0, 0));
    int from = Math.max(0, end - STEPS_AROUND);
    double sum = 0;
    for (int i = from; i < end; i++) {
      sum += curve.loss(i);
    }
    return end == from ? Double.NaN : sum / (end - from);
  }

  private Optional<CoachAdvice> littleData() {
    long step = curve.step(curve.size() - 1);
    double whole = facts.totalSteps() > step ? (double) facts.totalSteps() / step : 1;
    double atEnd = facts.epoch() * whole;
    return atEnd > MOST_PASSES
        ? Optional.of(CoachAdvice.of(Kind.LITTLE_DATA, facts.epoch(), atEnd, MOST_PASSES))
        : Optional.empty();
  }

  private CoachAdvice trend() {
    int n = curve.size();
    int late = Math.max(LEAST_OF_LATE, (int) (n * SHARE_OF_LATE));
    int half = late / 2;
    Moments first = moments(n - 2 * half, n - half);
    Moments second = moments(n - half, n);
    double fall = first.mean - second.mean;
    double error = Math.sqrt(first.variance / half + second.variance / half);
    long steps = curve.step(n - 1) - curve.step(n - 2 * half);
    boolean certain = Math.abs(fall) > Math.max(CERTAIN * error, MATTERS * first.mean);
    double rate = curve.value(Curve.Series.RATE, n - 1);
    MinMaxPyramid.Extremes rates = new MinMaxPyramid.Extremes();
    curve.of(Curve.Series.RATE).range(0, n, rates);
    if (!certain && rate < SETTLED * rates.high) {
      return CoachAdvice.of(
          Kind.SETTLED, steps, first.mean, second.mean, CERTAIN * error, rate, rates.high);
    }
    if (!certain && improved(lastEvaluations(2))) {
      return validationFalls(steps, first.mean, second.mean, CERTAIN * error);
    }
    if (certain && fall > 0) {
      List<MetricsPoint> judged = evaluationsSince(curve.step(n - 2 * half));
      if (stalled(judged)) {
        return validationStalled(judged);
      }
    }
    Kind kind = !certain ? Kind.FLAT : fall > 0 ? falling() : Kind.RISING;
    return CoachAdvice.of(kind, steps, first.mean, second.mean, CERTAIN * error);
  }

  private Kind falling() {
    boolean over = facts.totalSteps() > 0 && curve.step(curve.size() - 1) >= facts.totalSteps();
    return over ? Kind.FELL_TO_THE_END : Kind.FALLING;
  }

  /** Whether one of these evaluations was better by what matters than the first of them. */
  private static boolean improved(List<MetricsPoint> some) {
    return some.stream().anyMatch(e -> e.valLoss() < some.get(0).valLoss() * (1 - MATTERS));
  }

  /** Whether only the training loss fell from the first of these evaluations to the last. */
  private boolean stalled(List<MetricsPoint> some) {
    if (some.size() < STALLED_EVALUATIONS || improved(some)) {
      return false;
    }
    double before = lossAround(some.get(0).step());
    double now = lossAround(some.get(some.size() - 1).step());
    return now < before * (1 - MATTERS);
  }

  /**
   * The evaluations since the last one at a step or before it, and at least three: both losses are
   * judged by the same steps. None where the first came later.
   */
  private List<MetricsPoint> evaluationsSince(long step) {
    List<MetricsPoint> all = curve.evaluations();
    int from = all.size() - 1;
    while (from >= 0 && all.get(from).step() > step) {
      from--;
    }
    return from < 0
        ? List.of()
        : all.subList(Math.max(0, Math.min(from, all.size() - STALLED_EVALUATIONS)), all.size());
  }

  private List<MetricsPoint> lastEvaluations(int count) {
    List<MetricsPoint> all = curve.evaluations();
    return all.subList(Math.max(0, all.size() - count), all.size());
  }

  private CoachAdvice validationFalls(long steps, double first, double second, double chance) {
    List<MetricsPoint> last = lastEvaluations(2);
    double before = last.get(0).valLoss();
    double now = last.get(1).valLoss();
    return CoachAdvice.of(Kind.VALIDATION_FALLING, steps, first, second, chance, before, now);
  }

  private CoachAdvice validationStalled(List<MetricsPoint> judged) {
    MetricsPoint from = judged.get(0);
    MetricsPoint to = judged.get(judged.size() - 1);
    return CoachAdvice.of(
        Kind.VALIDATION_STALLED,
        from.step(),
        from.valLoss(),
        to.valLoss(),
        lossAround(from.step()),
        lossAround(to.step()));
  }

  private record Moments(double mean, double variance) {}

  private Moments moments(int from, int to) {
    double sum = 0;
    double squares = 0;
    for (int i = from; i < to; i++) {
      sum += curve.loss(i);
    }
    double mean = sum / (to - from);
    for (int i = from; i < to; i++) {
      squares += (curve.loss(i) - mean) * (curve.loss(i) - mean);
    }
    return new Moments(mean, squares / Math.max(1, to - from - 1));
  }
}
