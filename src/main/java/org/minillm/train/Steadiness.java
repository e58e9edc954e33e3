package org.minillm.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a run's loss is steady: a value, part of the run's state, so that a resumed run judges as
 * one that went on.
 *
 * <p>A step diverges at once when its loss or gradient is no number. It is <em>high</em> when its
 * loss lies more than twice as far above the median of the last {@value #WINDOW} calm steps as the
 * highest of them, and {@value #LEAST_RISE} nats above that one; {@value #HIGH_STEPS} high steps in
 * a row are a divergence. The largest of many losses says what an odd batch costs on this text,
 * whatever the distribution; one or two odd batches in a row are no divergence, and clipping bounds
 * what they do. While the loss falls from its beginning, the window still holds higher losses, so
 * the first steps raise no alarm.
 *
 * @param rateFactor what the schedule's rate is multiplied by: halved at each return
 * @param rollbacks returns to a checkpoint so far
 * @param highSteps high steps in a row up to now
 * @param losses of the last calm steps, oldest first, nats a token
 */
public record Steadiness(double rateFactor, int rollbacks, int highSteps, List<Double> losses) {
  /** A run that begins. */
  static final Steadiness START = new Steadiness(1, 0, 0, List.of());

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
    losses = List.copyOf(losses);
    if (!(rateFactor > 0 && rateFactor <= 1)
        || rollbacks < 0
        || highSteps < 0
        || highSteps > HIGH_STEPS
        || losses.size() > WINDOW) {
      throw new IllegalArgumentException(
          "rate factor " + rateFactor + ", " + rollbacks + " returns, " + highSteps + " high");
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
    return highSteps + 1 >= HIGH_STEPS ? Verdict.DIVERGED : Verdict.HIGH;
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
    if (verdict != Verdict.CALM) {
      return new Steadiness(rateFactor, rollbacks, highSteps + 1, losses);
    }
    List<Double> next =
        new ArrayList<>(losses.subList(losses.size() < WINDOW ? 0 : 1, losses.size()));
    next.add(loss);
    return new Steadiness(rateFactor, rollbacks, 0, next);
  }

  /** After a return to a checkpoint where {@code then} was known: half the rate from now on. */
  Steadiness goneBack(Steadiness then) {
    return new Steadiness(rateFactor / 2, rollbacks + 1, 0, then.losses);
  }
}
