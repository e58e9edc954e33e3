package org.minillm.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.minillm.base.RunControl;
import org.minillm.model.Transformer;

/**
 * The learning-rate range test (Smith 2017): a fresh model is trained while the rate grows from
 * step to step by the same factor, until its smoothed loss has risen well above its lowest. What is
 * suggested is the rate at which the smoothed loss falls fastest. The rate of the lowest loss, or a
 * fixed part of it, is no guide here: with clipped AdamW the loss goes on falling far beyond the
 * rates at which a whole run does best.
 */
public final class LearningRateFinder {
  private static final double FROM = 1e-5;
  private static final double TO = 1;
  private static final double SMOOTHING = 0.9;
  private static final double RISE = 1.15; // of the smoothed loss over its lowest
  private static final int LEAST_STEPS = 10;
  private static final int SPAN = 8; // steps over which a fall is measured
  private static final double EPS_OF_CLIP = 1e-6;

  private LearningRateFinder() {}

  /**
   * One step of the test.
   *
   * @param rate of the step
   * @param loss before its update, nats a token
   * @param smoothed exponential mean of the losses so far, its beginning corrected
   */
  public record Point(double rate, double loss, double smoothed) {}

  /**
   * What was found.
   *
   * @param curve every step
   * @param suggestion rounded to two digits
   */
  public record Result(List<Point> curve, double suggestion) {
    public Result {
      curve = List.copyOf(curve);
    }
  }

  /**
   * Runs the test.
   *
   * @param model fresh; its weights are useless afterwards
   * @param steps at most, 20 or more
   * @param each hears every step
   */
  public static Result find(
      Transformer model,
      Dataset dataset,
      TrainOptions options,
      int steps,
      Consumer<Point> each,
      RunControl control) {
    Batches batches =
        new Batches(
            dataset.training(),
            dataset.separator(),
            Math.min(options.contextLength(), model.config().contextLength()),
            options.seed());
    TrainBuffers buffers =
        new TrainBuffers(
            model, options, batches.time(), options.microBatch(), options.memorySaver());
    List<Point> curve = new ArrayList<>();
    double mean = 0;
    double lowest = Double.POSITIVE_INFINITY;
    for (int step = 0; step < steps; step++) {
      double rate = FROM * Math.pow(TO / FROM, (double) step / (steps - 1));
      long position = (long) step * options.sequencesPerStep();
      double loss = buffers.gradient(batches, position, step, control);
      double norm = buffers.optimizer.norm(buffers.gradients);
      if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
        break;
      }
      mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
      double smoothed = mean / (1 - Math.pow(SMOOTHING, step + 1));
      Point point = new Point(rate, loss, smoothed);
      curve.add(point);
      each.accept(point);
      lowest = Math.min(lowest, smoothed);
      if (step >= LEAST_STEPS && smoothed > RISE * lowest) {
        break;
      }
      double clip = options.gradClip();
      float scale = clip == 0 ? 1f : (float) Math.min(1, clip / (norm + EPS_OF_CLIP));
      buffers.optimizer.update(model.parameters(), buffers.gradients, step + 1, rate, scale);
    }
    return new Result(curve, suggestion(curve));
  }

  /** The rate in the middle of the span in which the smoothed loss falls most, to two digits. */
  static double suggestion(List<Point> curve) {
    double rate = FROM;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = SPAN; i < curve.size(); i++) {
      double fall = curve.get(i - SPAN).smoothed() - curve.get(i).smoothed();
      if (fall > most) {
        most = fall;
        rate = curve.get(i - SPAN / 2).rate();
      }
    }
    double unit = Math.pow(10, Math.floor(Math.log10(rate)) - 1);
    return Math.round(rate / unit) * unit;
  }
}
