package org.minillm.train;

import java.util.List;

/**
 * An evaluation during a run.
 *
 * @param step after which it was made
 * @param tokens targets seen until then
 * @param trainLoss mean of the steps since the evaluation before, nats a token
 * @param valLoss on validation text; NaN where there is none
 * @param bitsPerByte on validation text; NaN where there is none
 * @param tokensPerSecond mean since the evaluation before
 * @param elapsedSeconds of training so far
 * @param best whether no earlier one was better
 * @param samples texts the model made from the sample prompts, in their order
 */
public record Evaluation(
    long step,
    long tokens,
    double trainLoss,
    double valLoss,
    double bitsPerByte,
    double tokensPerSecond,
    double elapsedSeconds,
    boolean best,
    List<String> samples) {
  public Evaluation {
    samples = List.copyOf(samples);
  }

  /** The samples one below the other. */
  public String sample() {
    return String.join("\n\n", samples);
  }
}
