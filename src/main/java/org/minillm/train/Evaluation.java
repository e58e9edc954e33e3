package org.minillm.train;

/**
 * An evaluation during a run.
 *
 * @param step after which it was made
 * @param tokens targets seen until then
 * @param trainLoss mean of the steps since the evaluation before, nats a token
 * @param valLoss on validation text; NaN where there is none
 * @param bitsPerByte on validation text; NaN where there is none
 * @param tokensPerSecond mean since the evaluation before
 * @param best whether no earlier one was better
 * @param sample text the model made from the sample prompt
 */
public record Evaluation(
    long step,
    long tokens,
    double trainLoss,
    double valLoss,
    double bitsPerByte,
    double tokensPerSecond,
    boolean best,
    String sample) {}
