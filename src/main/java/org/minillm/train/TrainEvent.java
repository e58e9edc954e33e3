package org.minillm.train;

/**
 * Something that happened in a run and is marked on its curve.
 *
 * @param step steps done
 * @param tokens targets seen until then
 * @param detail in English, one line
 */
public record TrainEvent(long step, long tokens, Kind kind, String detail) {
  /** What happened. */
  public enum Kind {
    CHECKPOINT,
    MICRO_BATCH_HALVED,
    MEMORY_SAVER_ON,
    RELEASED,
    REACQUIRED,
    RESUMED,
    /** A step recorded in the checkpoint was computed again and is the same. */
    REPLAYED,
    NOT_BIT_EXACT,
    /** The loss was no number or rose far: back to the last checkpoint. */
    ROLLED_BACK,
    /** It did so once too often: the run ends. */
    DIVERGED,
    /** No better validation loss for the evaluations that were allowed. */
    STOPPED_EARLY,
    STOPPED,
    FINISHED
  }
}
