package org.minillm.generate;

/**
 * A token that the model could put next.
 *
 * @param id the token
 * @param logProbability natural logarithm of its probability, at most 0
 */
public record Candidate(int id, float logProbability) {
  /** From 0 to 1. */
  public double probability() {
    return Math.exp(logProbability);
  }
}
