package org.minillm.app;

import java.util.function.LongSupplier;

/**
 * Collects the heap when the process nears its budget, before any work has to give way: garbage
 * that was promoted is often most of what grew. Once when the guard's level leaves calm, and again
 * whenever the resident set has grown by {@value #STEP} bytes over what the last collection left,
 * for a collection halts the window for about a tenth of a second.
 */
final class HeapTidy {
  private static final long STEP = 32L << 20;
  private static final long NONE = -1;

  private final Runnable collect;
  private final LongSupplier rss;

  /** The resident set that the last collection left; NONE while the level is calm. */
  private long left = NONE;

  /**
   * @param collect collects the heap
   * @param rss reads the resident set, bytes
   */
  HeapTidy(Runnable collect, LongSupplier rss) {
    this.collect = collect;
    this.rss = rss;
  }

  /** Hears every reading of the monitor, on one thread, and the guard's level after it. */
  void onReading(GuardLevel level, long rssNow) {
    if (level == GuardLevel.CALM) {
      left = NONE;
    } else if (left == NONE || rssNow >= left + STEP) {
      collect.run();
      left = rss.getAsLong();
    }
  }
}
