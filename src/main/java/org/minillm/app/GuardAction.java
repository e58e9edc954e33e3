package org.minillm.app;

/** What the memory guard did. */
public enum GuardAction {
  /** Came to the WATCH level. */
  WATCH,
  /** Dropped caches and halved the micro-batch. */
  TRIM,
  /** Saved the work and freed activations, gradients and optimiser. */
  PAUSE,
  /** Freed the models, too. */
  RELEASE,
  /** Allocated again and went on. */
  RESUME,
  /** The pressure is gone. */
  CALM
}
