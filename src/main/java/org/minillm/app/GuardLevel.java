package org.minillm.app;

/** How worried the memory guard is, and the pressure from which it is. */
public enum GuardLevel {
  /** All is well. */
  CALM(0),
  /** Watches; the heap is collected. */
  WATCH(0.75),
  /** Drops caches and halves the micro-batch. */
  TRIM(0.85),
  /** Saves the work and frees what it took. */
  PAUSE(0.92),
  /** Frees the models, too. */
  RELEASE(0.96);

  private final double threshold;

  GuardLevel(double threshold) {
    this.threshold = threshold;
  }

  /** Pressure (0 to 1) from which this level holds. */
  public double threshold() {
    return threshold;
  }
}
