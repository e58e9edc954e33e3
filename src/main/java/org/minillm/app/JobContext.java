package org.minillm.app;

import org.minillm.base.RunControl;

/** What a running job may use; called on the job's thread. */
public interface JobContext {
  /** Pause and cancel arrive here; to be checked often. */
  RunControl control();

  /**
   * Tells how far the job is; coalesced on the way out.
   *
   * @param fraction 0 to 1, or NaN
   * @param message what it is doing
   */
  void report(double fraction, String message);

  /** Tells that the job sleeps, or goes on, for a reason that did not come through the control. */
  void paused(boolean sleeping);
}
