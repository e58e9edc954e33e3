package org.minillm.train;

/** The learning rate of every step: a linear warm-up, then what the run's type says. */
final class Schedule {
  private final ScheduleType type;
  private final double peak;
  private final double low;
  private final long warmup;
  private final long decayStart;
  private final long total;

  Schedule(TrainOptions options, long totalSteps) {
    type = options.schedule();
    peak = options.learningRate();
    low = Math.min(options.minLearningRate(), options.learningRate());
    // A run little longer than its warm-up would hardly be at its rate.
    warmup = Math.min(options.warmupSteps(), totalSteps / 10);
    long decay = Math.max(1, Math.round(options.decayFraction() * (double) totalSteps));
    decayStart = Math.max(warmup, totalSteps - decay);
    total = totalSteps;
  }

  /** Rate of a step, counted from 0. */
  double rate(long step) {
    if (step < warmup) {
      return peak * (step + 1) / warmup;
    }
    return switch (type) {
      case COSINE -> low + (peak - low) * 0.5 * (1 + Math.cos(Math.PI * progress(step, warmup)));
      case WSD ->
          step < decayStart
              ? peak
              : low + (peak - low) * (1 - Math.sqrt(progress(step, decayStart)));
    };
  }

  private double progress(long step, long start) {
    return Math.min(1, (double) (step - start) / Math.max(1, total - start));
  }
}
