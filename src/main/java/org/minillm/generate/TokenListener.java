package org.minillm.generate;

/** Hears each token as it is chosen, on the generating thread. */
@FunctionalInterface
public interface TokenListener {
  /**
   * @param id the token
   * @param logProbability natural logarithm of its probability in the model's own distribution
   *     (temperature 1, no filters)
   * @return whether to go on; false ends with {@link StopReason#STOP_STRING}
   */
  boolean onToken(int id, float logProbability);
}
