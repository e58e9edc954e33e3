package org.minillm.base;

import java.util.function.LongSupplier;

/**
 * How many bytes the process may still take. Readers of files ask it before they allocate, so that
 * a hostile length is refused instead of filling the heap. Safe for use from any thread.
 */
public final class MemoryBudget {
  /** 1 MB is 1,048,576 bytes everywhere in this project. */
  public static final long MB = 1L << 20;

  private final long limit;
  private final LongSupplier used;

  /**
   * @param limit bytes the process may use
   * @param used bytes in use now, asked at each check
   */
  public MemoryBudget(long limit, LongSupplier used) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit must be positive, is " + limit);
    }
    this.limit = limit;
    this.used = used;
  }

  /** What the Java heap can still give: the budget of a library user who set none. */
  public static MemoryBudget ofHeap() {
    Runtime runtime = Runtime.getRuntime();
    return new MemoryBudget(
        runtime.maxMemory(), () -> runtime.totalMemory() - runtime.freeMemory());
  }

  /** Bytes of the whole budget. */
  public long limit() {
    return limit;
  }

  /** Bytes that are left, never negative. */
  public long free() {
    return Math.max(0, limit - used.getAsLong());
  }

  /**
   * Refuses what does not fit.
   *
   * @param what for the message
   * @param bytes bytes about to be allocated
   * @throws MiniLlmException.OutOfBudget if {@code bytes} exceeds {@link #free()}
   */
  public void require(String what, long bytes) {
    long free = free();
    if (bytes < 0 || bytes > free) {
      throw new MiniLlmException.OutOfBudget(
          what, bytes < 0 ? Long.MAX_VALUE : bytes, free, limit, "");
    }
  }
}
