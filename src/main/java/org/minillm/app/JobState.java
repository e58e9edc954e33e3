package org.minillm.app;

/** Life of a job: NEW → RUNNING ⇄ PAUSED → SUCCEEDED | FAILED | CANCELLED. */
public enum JobState {
  NEW,
  RUNNING,
  PAUSED,
  SUCCEEDED,
  FAILED,
  CANCELLED;

  /** Whether nothing comes after this state. */
  public boolean ended() {
    return this == SUCCEEDED || this == FAILED || this == CANCELLED;
  }
}
