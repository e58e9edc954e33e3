package org.minillm.app;

import java.util.Locale;
import org.minillm.base.MemoryBudget;

/**
 * One act of the memory guard.
 *
 * @param timeMillis wall clock
 * @param level when it was recorded
 * @param action what it did
 * @param rssBefore resident set before, bytes
 * @param rssAfter resident set after, bytes
 * @param pressure before the act, 1 is full
 * @param budget bytes
 * @param detail in English: "micro-batch 4 → 2"
 */
public record GuardEvent(
    long timeMillis,
    GuardLevel level,
    GuardAction action,
    long rssBefore,
    long rssAfter,
    double pressure,
    long budget,
    String detail) {
  /** One line in English, sizes in MB. */
  public String text() {
    return String.format(
        Locale.ROOT,
        "Memory guard: %s at %.0f %% of %d MB, resident set %d -> %d MB%s",
        action.name().toLowerCase(Locale.ROOT),
        100 * pressure,
        budget / MemoryBudget.MB,
        rssBefore / MemoryBudget.MB,
        rssAfter / MemoryBudget.MB,
        detail.isEmpty() ? "" : " (" + detail + ")");
  }
}
