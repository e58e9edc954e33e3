package org.minillm.ndarray;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Functions along axes, computed in double. */
final class Reductions {
  /** Values → one. */
  @FunctionalInterface
  interface Fold {
    double of(float[] values);
  }

  /** Values → as many. */
  @FunctionalInterface
  interface Along {
    void change(float[] values);
  }

  static final Fold SUM = Reductions::sum;
  static final Fold MEAN = v -> sum(v) / v.length;
  static final Fold PRODUCT =
      v -> {
        double p = 1;
        for (float x : v) {
          p *= x;
        }
        return p;
      };
  static final Fold MAX = v -> v[best(v, 1, "maximum")];
  static final Fold MIN = v -> v[best(v, -1, "minimum")];
  static final Fold ARGMAX = v -> best(v, 1, "argmax");
  static final Fold ARGMIN = v -> best(v, -1, "argmin");
  static final Fold ANY = v -> count(v) > 0 ? 1 : 0;
  static final Fold ALL = v -> count(v) == v.length ? 1 : 0;

  private Reductions() {}

  private static double sum(float[] values) {
    double s = 0;
    for (float x : values) {
      s += x;
    }
    return s;
  }

  /** Values that are not 0. */
  private static int count(float[] values) {
    int n = 0;
    for (float x : values) {
      n += x != 0 ? 1 : 0;
    }
    return n;
  }

  static Fold variance(int ddof) {
    return v -> {
      double mean = sum(v) / v.length;
      double squares = 0;
      for (float x : v) {
        squares += (x - mean) * (x - mean);
      }
      return squares / Math.max(0, v.length - ddof);
    };
  }

  private static int best(float[] v, int sign, String what) {
    if (v.length == 0) {
      throw new IllegalArgumentException(
          "zero-size array to reduction operation " + what + " which has no identity");
    }
    int best = 0;
    for (int i = 1; i < v.length; i++) {
      if (Float.isNaN(v[best])) {
        break;
      }
      if (Float.isNaN(v[i]) || sign * v[i] > sign * v[best]) {
        best = i;
      }
    }
    return best;
  }

  static NDArray reduce(NDArray a, boolean keepDims, int[] axes, Fold fold) {
    int n = a.ndim();
    boolean[] reduced = Shapes.chosen(axes, n);
    int[] shape = a.shape();
    int[] kept = IntStream.range(0, n).filter(i -> !reduced[i]).toArray();
    int[] gone = IntStream.range(0, n).filter(i -> reduced[i]).toArray();
    int[] order = IntStream.concat(Arrays.stream(kept), Arrays.stream(gone)).toArray();
    float[] values = (n == 0 ? a : a.transpose(order)).toArray();
    int length = Shapes.size(Arrays.stream(gone).map(i -> shape[i]).toArray());
    int[] left = Arrays.stream(kept).map(i -> shape[i]).toArray();
    float[] result = new float[Shapes.size(left)];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) fold.of(Arrays.copyOfRange(values, i * length, (i + 1) * length));
    }
    int[] outShape =
        keepDims ? IntStream.range(0, n).map(i -> reduced[i] ? 1 : shape[i]).toArray() : left;
    return NDArray.array(result, outShape);
  }

  static NDArray alongAxis(NDArray a, int axis, Along along) {
    int last = a.ndim() - 1;
    int at = Shapes.axis(axis, a.ndim());
    NDArray moved = a.swapaxes(at, last).copy();
    int length = moved.shape()[last];
    for (int from = 0; length > 0 && from < moved.size(); from += length) {
      float[] row = Arrays.copyOfRange(moved.data(), from, from + length);
      along.change(row);
      System.arraycopy(row, 0, moved.data(), from, length);
    }
    return moved.swapaxes(at, last).copy();
  }

  static void cumulate(float[] values) {
    float sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i];
      values[i] = sum;
    }
  }

  static void cumulateProduct(float[] values) {
    float product = 1;
    for (int i = 0; i < values.length; i++) {
      product *= values[i];
      values[i] = product;
    }
  }

  static void argsort(float[] values) {
    float[] kept = values.clone();
    Integer[] order = IntStream.range(0, kept.length).boxed().toArray(Integer[]::new);
    // +0f makes the two zeros one, as NumPy's order has them; NaN comes last in both.
    Arrays.sort(order, Comparator.comparing((Integer i) -> kept[i] + 0f));
    for (int i = 0; i < order.length; i++) {
      values[i] = order[i];
    }
  }

  static void sort(float[] values) {
    float[] kept = values.clone();
    argsort(values);
    for (int i = 0; i < values.length; i++) {
      values[i] = kept[(int) values[i]];
    }
  }
}
