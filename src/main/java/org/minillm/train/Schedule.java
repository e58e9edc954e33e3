package org.minillm.train;

/** Linear warm-up, then half a cosine down to the smallest rate. */
final class Schedule {
  private final double peak;
  private final double low;
  private final long warmup;
  private final long total;

  Schedule(TrainOptions options, long totalSteps) {
    peak = options.learningRate();
    low = Math.min(options.minLearningRate(), options.learningRate());
    // A run shorter than its warm-up would never reach its rate.
    warmup = Math.min(options.warmupSteps(), totalSteps / 10);
    total = totalSteps;
  }

  /** Rate of a step, counted from 0. */
  double rate(long step) {
    if (step < warmup) {
      return peak * (step + 1) / warmup;
    }
    double progress = (double) (step - warmup) / Math.max(1, total - warmup);
    return low + (peak - low) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
  }
}
