package org.minillm.app;

/**
 * Work whose memory the guard may take. Called on the monitor's thread; a method returns when it is
 * done or has been asked for, and never throws for a reason the guard could do something about.
 */
public interface GuardedWork {
  /**
   * Drops caches and halves the micro-batch; what was done in words, empty when nothing was left.
   */
  String trim();

  /**
   * Saves at the step's boundary and frees activations, gradients and optimiser; empty: nothing to
   * do.
   */
  String saveAndPause();

  /** Frees models, too; empty when there was nothing to free. */
  String release();

  /** Bytes that {@link #resume} will allocate; 0 when it is not paused by the guard. */
  long bytesToResume();

  /** Allocates again and goes on. */
  String resume();
}
