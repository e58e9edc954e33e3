package org.minillm.train;

/** Means of the steps since the last evaluation. */
final class MeanMetrics {
  private double loss;
  private double seconds;
  private double tokens;
  private long count;

  void add(StepMetrics s) {
    loss += s.loss();
    double stepTokens = s.tokens() / (double) s.step();
    tokens += stepTokens;
    seconds += stepTokens / s.tokensPerSecond();
    count++;
  }

  /** In nats a token; NaN before the first step. */
  double loss() {
    return count == 0 ? Double.NaN : loss / count;
  }

  double tokensPerSecond() {
    return seconds == 0 ? Double.NaN : tokens / seconds;
  }
}
