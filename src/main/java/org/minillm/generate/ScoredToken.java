package org.minillm.generate;

import java.util.List;

/**
 * A token of a text and what the model expected in its place, in its own distribution (temperature
 * 1, no filters).
 *
 * @param id the token
 * @param logProbability natural logarithm of its probability; NaN for a first token with nothing
 *     before it
 * @param rank 1 for the likeliest token of the vocabulary, 2 for the next; 0 where there is no
 *     probability
 * @param candidates the likeliest tokens, falling; of equals the smaller id first
 */
public record ScoredToken(int id, float logProbability, int rank, List<Candidate> candidates) {
  private static final double LN2 = Math.log(2);

  public ScoredToken {
    candidates = List.copyOf(candidates);
  }

  /** A first token: nothing stands before it. */
  public static ScoredToken first(int id) {
    return new ScoredToken(id, Float.NaN, 0, List.of());
  }

  /** From 0 to 1; NaN for a first token. */
  public double probability() {
    return Math.exp(logProbability);
  }

  /** The loss of this token in bits; NaN for a first token. */
  public double bits() {
    return -logProbability / LN2;
  }
}
