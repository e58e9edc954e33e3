package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MinMaxPyramidTest {
  private final Random random = new Random(11);
  private final MinMaxPyramid series = new MinMaxPyramid();

  private void add(int count) {
    for (int i = 0; i < count; i++) {
      series.add(random.nextInt(10) == 0 ? Double.NaN : random.nextGaussian());
    }
  }

  private void assertRangesAreRight() {
    MinMaxPyramid.Extremes found = new MinMaxPyramid.Extremes();
    for (int turn = 0; turn < 300; turn++) {
      int from = random.nextInt(series.size());
      int to = from + 1 + random.nextInt(series.size() - from);
      float low = Float.POSITIVE_INFINITY;
      float high = Float.NEGATIVE_INFINITY;
      for (int i = from; i < to; i++) {
        float v = series.get(i);
        low = v < low ? v : low;
        high = v > high ? v : high;
      }
      series.range(from, to, found);
      assertEquals(low, found.low);
      assertEquals(high, found.high);
    }
  }

  @Test
  void rangesHaveTheExtremesOfTheirValues() {
    for (int size : new int[] {1, 7, 8, 9, 64, 100, 5000}) {
      add(size);
      assertRangesAreRight();
    }
  }

  @Test
  void whatWasCutOffIsForgotten() {
    add(3000);
    series.truncate(1234);
    assertRangesAreRight();
    add(2000);
    assertEquals(3234, series.size());
    assertRangesAreRight();
  }

  @Test
  void halvingAveragesNeighbours() {
    add(2001);
    float first = series.get(4);
    float second = series.get(5);
    series.halve();
    assertEquals(1000, series.size());
    if (!Float.isNaN(first) && !Float.isNaN(second)) {
      assertEquals((first + second) / 2, series.get(2), 1e-6);
    }
    assertRangesAreRight();
  }

  @Test
  void aLongRangeCostsAFewEntries() {
    for (int i = 0; i < 100_000; i++) {
      series.add(i);
    }
    MinMaxPyramid.Extremes found = new MinMaxPyramid.Extremes();
    series.range(3, 99_997, found);
    assertEquals(3, found.low);
    assertEquals(99_996, found.high);
    assertTrue(found.touched <= 14 * 6, found.touched + " entries");
  }

  @Test
  void unknownValuesHaveNoExtremes() {
    series.add(Double.NaN);
    series.add(Double.NaN);
    MinMaxPyramid.Extremes found = new MinMaxPyramid.Extremes();
    series.range(0, 2, found);
    assertFalse(found.known());
  }
}
