package org.minillm.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a run's loss is steady: a value, part of the run's state, so that a resumed run judges as
 * one that went on.
 *
 * <p>A step diverges at once when its loss or gradient is no number. It is <em>high</em> when its
 * loss lies more than twice as far above the median of the last {@value #WINDOW} steps as the
 * highest of them, and {@value #LEAST_RISE} nats above that one; {@value #HIGH_STEPS} high steps in
 * a row are a divergence. The largest of many losses says what an odd batch costs on this text,
 * whatever the distribution; one or two odd batches in a row are no divergence (clipping bounds
 * what they do to what AdamW's rule trains; to {@link Muon}'s matrices they pull the momentum by
 * their whole length, but the step is of the same length as ever), and once a calm step has
 * followed them they count among the last. While the loss falls from its beginning, the window
 * still holds higher losses, so the first steps raise no alarm.
 *
 * @param rateFactor what the schedule's rate is multiplied by: halved at each return
 * @param rollbacks returns to a checkpoint so far
 * @param high losses of the high steps since the last calm one
 * @param losses of the last steps until then, oldest first, nats a token
 */
public record Steadiness(double rateFactor, int rollbacks, List<Double> high, List<Double> losses) {
  /** A run that begins. */
  static final Steadiness START = new Steadiness(1, 0, List.of(), List.of());

  /** Returns to a checkpoint after which a run gives up. */
  static final int MOST_ROLLBACKS = 3;

  private static final int WINDOW = 64;
  private static final int FEWEST = 20;
  private static final int HIGH_STEPS = 3;
  private static final double LEAST_RISE = 0.5;

  /** What a step is. */
  enum Verdict {
    CALM,
    /** Its update is made, but no checkpoint is written while it is so. */
    HIGH,
    DIVERGED
  }

  public Steadiness {
    high = List.copyOf(high);
    losses = List.copyOf(losses);
    if (!(rateFactor > 0 && rateFactor <= 1)
        || rollbacks < 0
        || high.size() > HIGH_STEPS
        || losses.size() > WINDOW) {
      throw new IllegalArgumentException(
          "rate factor " + rateFactor + ", " + rollbacks + " returns, " + high.size() + " high");
    }
  }

  /** Judges the next step; {@link #after} is what is known then. */
  Verdict judge(double loss, double gradNorm) {
    if (!Double.isFinite(loss) || !Double.isFinite(gradNorm)) {
      return Verdict.DIVERGED;
    }
    if (losses.size() < FEWEST || loss <= limit()) {
      return Verdict.CALM;
    }
    return high.size() + 1 >= HIGH_STEPS ? Verdict.DIVERGED : Verdict.HIGH;
  }

  /** The loss above which a step is high. */
  private double limit() {
    double highest = losses.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return highest + Math.max(LEAST_RISE, highest - median());
  }

  /** Median of the last calm losses; NaN before the first. */
  double median() {
    double[] sorted = losses.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  /** After a step that is taken. */
  Steadiness after(Verdict verdict, double loss) {
    List<Double> next = new ArrayList<>(verdict == Verdict.CALM ? losses : high);
    if (verdict == Verdict.CALM) {
      next.addAll(high);
    }
    next.add(loss);
    return verdict == Verdict.CALM
        ? new Steadiness(
            rateFactor,
            rollbacks,
            List.of(),
            next.subList(Math.max(0, next.size() - WINDOW), next.size()))
        : new Steadiness(rateFactor, rollbacks, next, losses);
  }

  /** At a checkpoint where {@code then} was known, once more: the returns since then count. */
  Steadiness repeating(Steadiness then) {
    return new Steadiness(rateFactor, rollbacks, List.of(), then.losses);
  }

  /** After a return to a checkpoint where {@code then} was known: half the rate from now on. */
  Steadiness goneBack(Steadiness then) {
    return new Steadiness(rateFactor / 2, rollbacks + 1, List.of(), then.losses);
  }
}
