package org.minillm.train;

/**
 * Something that happened in a run and is marked on its curve.
 *
 * @param step steps done
 * @param detail in English, one line
 */
public record TrainEvent(long step, Kind kind, String detail) {
  /** What happened. */
  public enum Kind {
    CHECKPOINT,
    MICRO_BATCH_HALVED,
    RELEASED,
    REACQUIRED,
    RESUMED,
    NOT_BIT_EXACT,
    DIVERGED,
    STOPPED,
    FINISHED
  }
}
