package org.minillm.app;

/**
 * One point of a run's history. NaN where a figure was not measured there; {@code event} is empty
 * but at acts of the guard and the like.
 *
 * @param step optimiser steps done, from 1
 * @param tokens tokens trained on so far
 * @param loss training loss, nats a token
 * @param valLoss validation loss, nats a token
 * @param bitsPerByte validation bits a byte
 * @param learningRate at this step
 * @param gradNorm before clipping
 * @param tokensPerSecond at this step
 * @param rssMb resident set, MB
 * @param seconds training time since the start, where known
 */
public record MetricsPoint(
    long step,
    long tokens,
    double loss,
    double valLoss,
    double bitsPerByte,
    double learningRate,
    double gradNorm,
    double tokensPerSecond,
    double rssMb,
    double seconds,
    String event) {
  /** An event, with nothing measured at it but the resident set. */
  public static MetricsPoint ofEvent(long step, long tokens, double rssMb, String event) {
    double none = Double.NaN;
    return new MetricsPoint(step, tokens, none, none, none, none, none, none, rssMb, none, event);
  }

  /** Whether it is the event of a checkpoint: there are many, and they are no news. */
  public boolean isCheckpoint() {
    return event.startsWith("checkpoint ");
  }
}
