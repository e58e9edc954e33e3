package org.minillm.generate;

/** Hears each token as it is chosen, on the generating thread. */
@FunctionalInterface
public interface TokenListener {
  /**
   * @param id the token
   * @param distribution it was drawn from, before filters and temperature; valid during the call
   * @return whether to go on; false ends with {@link StopReason#STOP_STRING}
   */
  boolean onToken(int id, Distribution distribution);
}
