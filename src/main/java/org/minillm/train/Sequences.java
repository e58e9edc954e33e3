package org.minillm.train;

/**
 * Which sequences a step sees: a function of the position in the run (sequences seen so far), so
 * that a resumed run goes on where it was.
 */
interface Sequences {
  /** Tokens a sequence. */
  int time();

  /** Sequences an epoch. */
  int windows();

  /** Targets of a sequence that count in the loss, at least 1. */
  int counted(long position);

  /**
   * Fills row {@code row} of inputs and targets, [rows, time], with a sequence of the run; a target
   * that does not count is -1.
   */
  void read(long position, int[] inputs, int[] targets, int row);
}
