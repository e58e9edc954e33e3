package org.minillm.ndarray;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** NumPy's basic indexing from its text. */
final class Slices {
  private static final BigInteger HIGHEST = BigInteger.valueOf(Integer.MAX_VALUE);
  private static final BigInteger LOWEST = HIGHEST.negate();

  private Slices() {}

  static NDArray apply(
      NDArray array, float[] data, int offset, int[] shape, int[] strides, String index) {
    String[] items = index.isBlank() ? new String[0] : index.split(",", -1);
    int consuming = 0;
    int ellipses = 0;
    for (int i = 0; i < items.length; i++) {
      items[i] = items[i].strip();
      if (items[i].equals("...")) {
        ellipses++;
      } else if (!items[i].equals("None")) {
        consuming++;
      }
    }
    if (ellipses > 1) {
      throw new IllegalArgumentException("an index can only have a single ellipsis ('...')");
    }
    if (consuming > array.ndim()) {
      throw new IllegalArgumentException(
          "too many indices for array: array is "
              + array.ndim()
              + "-dimensional, but "
              + consuming
              + " were indexed");
    }
    List<int[]> axes = new ArrayList<>(); // length and stride
    int at = offset;
    int axis = 0;
    for (String item : items) {
      if (item.equals("None")) {
        axes.add(new int[] {1, 0});
      } else if (item.equals("...")) {
        for (int n = array.ndim() - consuming; n > 0; n--) {
          axes.add(new int[] {shape[axis], strides[axis]});
          axis++;
        }
      } else if (item.contains(":")) {
        Range range = Range.of(item, shape[axis]);
        at += range.count() == 0 ? 0 : range.start() * strides[axis];
        axes.add(new int[] {range.count(), range.count() < 2 ? 0 : strides[axis] * range.step()});
        axis++;
      } else {
        int i = integer(item);
        int from = i < 0 ? i + shape[axis] : i;
        if (from < 0 || from >= shape[axis]) {
          throw new IllegalArgumentException(
              "index " + i + " is out of bounds for axis " + axis + " with size " + shape[axis]);
        }
        at += from * strides[axis];
        axis++;
      }
    }
    for (; axis < array.ndim(); axis++) {
      axes.add(new int[] {shape[axis], strides[axis]});
    }
    return new NDArray(
        data,
        at,
        axes.stream().mapToInt(a -> a[0]).toArray(),
        axes.stream().mapToInt(a -> a[1]).toArray());
  }

  private record Range(int start, int step, int count) {
    /** As Python's slice.indices. */
    static Range of(String item, int n) {
      String[] parts = item.split(":", -1);
      if (parts.length > 3) {
        throw new IllegalArgumentException("not a slice: " + item);
      }
      int step = parts.length < 3 || parts[2].isBlank() ? 1 : integer(parts[2]);
      if (step == 0) {
        throw new IllegalArgumentException("slice step cannot be zero");
      }
      int low = step > 0 ? 0 : -1;
      int high = step > 0 ? n : n - 1;
      int start = parts[0].isBlank() ? (step > 0 ? low : high) : clamp(parts[0], n, low, high);
      int stop = parts[1].isBlank() ? (step > 0 ? high : low) : clamp(parts[1], n, low, high);
      long distance = step > 0 ? (long) stop - start : (long) start - stop;
      long stride = Math.abs((long) step);
      return new Range(start, step, (int) Math.max(0, (distance + stride - 1) / stride));
    }

    private static int clamp(String text, int n, int low, int high) {
      int value = integer(text);
      return Math.max(low, Math.min(high, value < 0 ? value + n : value));
    }
  }

  private static int integer(String text) {
    try {
      // Python's integers have no limit: what is beyond an int is beyond every axis, too.
      BigInteger value = new BigInteger(text.strip());
      return value.max(LOWEST).min(HIGHEST).intValue();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "only integers, slices (`:`), ellipsis (`...`) and None are valid indices, not " + text,
          e);
    }
  }
}
