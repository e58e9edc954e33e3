package org.minillm.app;

import java.util.concurrent.CompletableFuture;

/**
 * Work whose memory the guard may take. The guard calls on the monitor's thread, so a method
 * returns at once; its future completes when the act is done, on any thread, with what was done in
 * words, or with an empty text when there was nothing to do.
 */
public interface GuardedWork {
  /** Drops caches and halves the micro-batch. */
  CompletableFuture<String> trim();

  /** Saves at the step's boundary and frees activations, gradients and optimiser. */
  CompletableFuture<String> saveAndPause();

  /** Frees models, too; called after {@link #saveAndPause}. */
  CompletableFuture<String> release();

  /** Bytes that {@link #resumePaused} will allocate; 0 when the guard has not paused it. */
  long bytesToResume();

  /** Allocates again and goes on. */
  CompletableFuture<String> resumePaused();
}
