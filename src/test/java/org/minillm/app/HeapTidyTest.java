package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class HeapTidyTest {
  private static final long MB = 1 << 20;

  private long rss;
  private int collections;
  private final HeapTidy tidy =
      new HeapTidy(
          () -> {
            collections++;
            rss -= 40 * MB;
          },
          () -> rss);

  private int reading(GuardLevel level, long megabytes) {
    rss = megabytes * MB;
    tidy.onReading(level, rss);
    return collections;
  }

  @Test
  void collectsWhenCalmEndsAndAgainWhenItHasGrown() {
    assertEquals(0, reading(GuardLevel.CALM, 380));
    assertEquals(1, reading(GuardLevel.WATCH, 390)); // leaves 350
    assertEquals(1, reading(GuardLevel.WATCH, 381));
    assertEquals(2, reading(GuardLevel.TRIM, 440)); // leaves 400
    assertEquals(2, reading(GuardLevel.WATCH, 431));
    assertEquals(2, reading(GuardLevel.CALM, 350));
    assertEquals(3, reading(GuardLevel.WATCH, 385));
  }
}
