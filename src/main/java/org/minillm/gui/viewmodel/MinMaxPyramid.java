package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A growing series that tells the least and greatest value of any range in a few steps: over the
 * values lie the extremes of blocks of 8, over those the extremes of blocks of 64, and so on. A
 * range of n values is put together from about 14 · log₈ n entries instead of n; all levels
 * together take 2/7 of the values' own memory. Values that are not known are NaN and belong to no
 * extreme.
 */
final class MinMaxPyramid {
  static final int FAN = 8;
  private static final int FIRST = 256;

  private float[] values = new float[FIRST];
  private final List<Level> levels = new ArrayList<>();
  private int size;

  /** Extremes of whole blocks; those past the end are stale and never read. */
  private static final class Level {
    private float[] low = new float[FIRST / FAN];
    private float[] high = new float[FIRST / FAN];

    void set(int block, float least, float greatest) {
      if (block >= low.length) {
        low = Arrays.copyOf(low, 2 * low.length);
        high = Arrays.copyOf(high, 2 * high.length);
      }
      low[block] = least;
      high[block] = greatest;
    }
  }

  /** The extremes of a range, and what finding them cost. */
  static final class Extremes {
    float low;
    float high;

    /** Entries looked at since this was made. */
    long touched;

    /** Whether the range had a value that is known. */
    boolean known() {
      return low <= high;
    }

    private void take(float least, float greatest) {
      if (least < low) {
        low = least;
      }
      if (greatest > high) {
        high = greatest;
      }
      touched++;
    }
  }

  int size() {
    return size;
  }

  float get(int i) {
    return values[i];
  }

  void add(double value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, 2 * size);
    }
    values[size++] = (float) value;
    int block = size;
    for (int level = 0; block % FAN == 0; level++) {
      block /= FAN;
      close(level, block - 1);
    }
  }

  /** A block is whole: its extremes are those of its eight parts. */
  private void close(int level, int block) {
    float least = Float.POSITIVE_INFINITY;
    float greatest = Float.NEGATIVE_INFINITY;
    for (int i = block * FAN; i < (block + 1) * FAN; i++) {
      float low = level == 0 ? values[i] : levels.get(level - 1).low[i];
      float high = level == 0 ? values[i] : levels.get(level - 1).high[i];
      least = low < least ? low : least; // not Math.min: NaN must not spread
      greatest = high > greatest ? high : greatest;
    }
    if (level == levels.size()) {
      levels.add(new Level());
    }
    levels.get(level).set(block, least, greatest);
  }

  /** Drops what is past the first {@code length} values. */
  void truncate(int length) {
    size = Math.min(size, length);
  }

  /** Averages neighbours: half the values, rounded down. */
  void halve() {
    int half = size / 2;
    float[] all = values;
    values = new float[Math.max(FIRST, all.length)];
    size = 0;
    for (int i = 0; i < half; i++) {
      float a = all[2 * i];
      float b = all[2 * i + 1];
      add(Float.isNaN(a) ? b : Float.isNaN(b) ? a : (a + b) / 2);
    }
  }

  /** The extremes of the values from {@code from} until before {@code to}. */
  void range(int from, int to, Extremes into) {
    into.low = Float.POSITIVE_INFINITY;
    into.high = Float.NEGATIVE_INFINITY;
    int i = from;
    while (i < to) {
      int level = -1;
      int span = 1;
      while (level + 1 < levels.size() && i % (span * FAN) == 0 && i + span * FAN <= to) {
        level++;
        span *= FAN;
      }
      if (level < 0) {
        into.take(values[i], values[i]);
      } else {
        into.take(levels.get(level).low[i / span], levels.get(level).high[i / span]);
      }
      i += span;
    }
  }
}
