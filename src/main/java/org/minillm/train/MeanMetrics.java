package org.minillm.train;

/** Means of the steps since the last evaluation. */
final class MeanMetrics {
  private double loss;
  private double secondsAToken;
  private long count;

  void add(StepMetrics s) {
    loss += s.loss();
    secondsAToken += 1 / s.tokensPerSecond();
    count++;
  }

  /** In nats a token; NaN before the first step. */
  double loss() {
    return count == 0 ? Double.NaN : loss / count;
  }

  /** Over all steps, which compute the same number of tokens each. */
  double tokensPerSecond() {
    return secondsAToken == 0 ? Double.NaN : count / secondsAToken;
  }
}
