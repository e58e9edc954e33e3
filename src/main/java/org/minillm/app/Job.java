package org.minillm.app;

import org.minillm.base.RunControl;

/** What a job does, on the job thread; ends by returning, by an exception, or as cancelled. */
@FunctionalInterface
public interface Job {
  /**
   * @param control to be checked; pause and cancel of the runner arrive here
   * @param progress where the job tells how far it is; coalesced on the way out
   * @throws Exception the job fails with it
   */
  void run(RunControl control, Progress progress) throws Exception;

  /** How far a job is. */
  @FunctionalInterface
  interface Progress {
    /**
     * @param fraction 0 to 1, or NaN
     * @param message what it is doing
     */
    void report(double fraction, String message);
  }
}
