package org.minillm.ndarray;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** NumPy's functions of several arrays, and those that choose elements. */
public final class NDArrays {
  private NDArrays() {}

  /** x where condition is not 0, else y; all broadcast. */
  public static NDArray where(NDArray condition, NDArray x, NDArray y) {
    int[] shape = Shapes.broadcast(condition.shape(), Shapes.broadcast(x.shape(), y.shape()));
    float[] c = condition.broadcastTo(shape).toArray();
    float[] yes = x.broadcastTo(shape).toArray();
    float[] no = y.broadcastTo(shape).toArray();
    for (int i = 0; i < c.length; i++) {
      c[i] = c[i] != 0 ? yes[i] : no[i];
    }
    return NDArray.array(c, shape);
  }

  /** The matrix with zeros below the k-th diagonal. */
  public static NDArray triu(NDArray a, int k) {
    return triangle(a, (row, column) -> column - row >= k);
  }

  /** The matrix with zeros above the k-th diagonal. */
  public static NDArray tril(NDArray a, int k) {
    return triangle(a, (row, column) -> column - row <= k);
  }

  private interface Kept {
    boolean at(int row, int column);
  }

  private static NDArray triangle(NDArray a, Kept kept) {
    if (a.ndim() < 2) {
      throw new IllegalArgumentException("a matrix is needed, not shape " + Shapes.text(a.shape()));
    }
    int[] shape = a.shape();
    int columns = shape[shape.length - 1];
    int rows = shape[shape.length - 2];
    NDArray made = a.copy();
    for (int i = 0; i < made.size(); i++) {
      if (!kept.at(i / columns % rows, i % columns)) {
        made.data()[i] = 0;
      }
    }
    return made;
  }

  /** Arrays one after the other along an axis. */
  public static NDArray concatenate(List<NDArray> arrays, int axis) {
    if (arrays.isEmpty()) {
      throw new IllegalArgumentException("need at least one array to concatenate");
    }
    NDArray first = arrays.get(0);
    int at = Shapes.axis(axis, first.ndim());
    int[] shape = first.shape();
    shape[at] = 0;
    for (NDArray a : arrays) {
      int[] other = a.shape();
      for (int i = 0; i < Math.max(other.length, shape.length); i++) {
        if (other.length != shape.length || (i != at && other[i] != shape[i])) {
          throw new IllegalArgumentException(
              "all the input array dimensions except for the concatenation axis must match exactly: "
                  + Shapes.text(first.shape())
                  + " and "
                  + Shapes.text(other));
        }
      }
      shape[at] += other[at];
    }
    float[] out = new float[Shapes.size(shape)];
    int inner = Shapes.size(Arrays.copyOfRange(shape, at + 1, shape.length));
    int outer = Shapes.size(Arrays.copyOf(shape, at));
    int to = 0;
    for (NDArray a : arrays) {
      float[] values = a.toArray();
      int block = a.shape()[at] * inner;
      for (int i = 0; i < outer; i++) {
        System.arraycopy(values, i * block, out, i * shape[at] * inner + to, block);
      }
      to += block;
    }
    return NDArray.array(out, shape);
  }

  /** Arrays of one shape along a new axis. */
  public static NDArray stack(List<NDArray> arrays, int axis) {
    return concatenate(arrays.stream().map(a -> a.expandDims(axis)).toList(), axis);
  }

  /** The slices of those indices along an axis; negative ones count from the end. */
  public static NDArray take(NDArray a, int[] indices, int axis) {
    int at = Shapes.axis(axis, a.ndim());
    int[] shape = a.shape();
    int length = shape[at];
    shape[at] = indices.length;
    float[] out = new float[Shapes.size(shape)];
    float[] values = a.toArray();
    int inner = Shapes.size(Arrays.copyOfRange(shape, at + 1, shape.length));
    for (int to = 0; to < indices.length; to++) {
      int from = indices[to] < 0 ? indices[to] + length : indices[to];
      if (from < 0 || from >= length) {
        throw new IllegalArgumentException(
            "index " + indices[to] + " is out of bounds for axis " + at + " with size " + length);
      }
      for (int i = 0; inner > 0 && i < values.length / length / inner; i++) {
        System.arraycopy(
            values, (i * length + from) * inner, out, (i * indices.length + to) * inner, inner);
      }
    }
    return NDArray.array(out, shape);
  }

  /** The values at those indices of each row along an axis: what {@code argsort} found, say. */
  public static NDArray takeAlongAxis(NDArray a, NDArray indices, int axis) {
    int at = Shapes.axis(axis, a.ndim());
    int[] common = a.shape();
    int length = common[at];
    if (indices.ndim() != common.length) {
      throw new IllegalArgumentException("the indices and the array have different dimensions");
    }
    int[] wanted = indices.shape();
    common[at] = 1;
    int count = wanted[at];
    wanted[at] = 1;
    common = Shapes.broadcast(common, wanted);
    common[at] = length;
    NDArray rows = a.broadcastTo(common).moveaxis(at, -1).copy();
    common[at] = count;
    NDArray chosen = indices.broadcastTo(common).moveaxis(at, -1).copy();
    for (int i = 0; i < chosen.size(); i++) {
      float index = chosen.data()[i];
      float from = index < 0 ? index + length : index;
      if (!(from >= 0 && from < length) || from != (int) from) {
        throw new IllegalArgumentException(
            "index " + index + " is out of bounds for axis " + at + " with size " + length);
      }
      chosen.data()[i] = rows.data()[i / count * length + (int) from];
    }
    return chosen.moveaxis(-1, at).copy();
  }

  /** Each slice along an axis that many times. */
  public static NDArray repeat(NDArray a, int times, int axis) {
    int length = a.shape()[Shapes.axis(axis, a.ndim())];
    int[] indices = new int[Shapes.size(new int[] {length, times})];
    Arrays.setAll(indices, i -> i / times);
    return take(a, indices, axis);
  }

  /** The array side by side, {@code times[i]} times along axis i; fewer are of the last axes. */
  public static NDArray tile(NDArray a, int... times) {
    int n = Math.max(a.ndim(), times.length);
    NDArray tiled = a;
    while (tiled.ndim() < n) {
      tiled = tiled.expandDims(0);
    }
    for (int i = 0; i < times.length; i++) {
      int axis = n - times.length + i;
      int length = tiled.shape()[axis];
      int[] indices = new int[Shapes.size(new int[] {length, times[i]})];
      Arrays.setAll(indices, k -> k % length);
      tiled = take(tiled, indices, axis);
    }
    return tiled.copy();
  }

  /**
   * Views of as many equal parts along an axis.
   *
   * @throws IllegalArgumentException if the axis cannot be divided so
   */
  public static List<NDArray> split(NDArray a, int parts, int axis) {
    int length = a.shape()[Shapes.axis(axis, a.ndim())];
    if (parts < 1 || length % parts != 0) {
      throw new IllegalArgumentException(
          "an axis of size " + length + " cannot be split into " + parts + " equal parts");
    }
    return splitAt(a, IntStream.range(1, parts).map(i -> i * (length / parts)).toArray(), axis);
  }

  /** Views of the parts before, between and after those indices of an axis. */
  public static List<NDArray> splitAt(NDArray a, int[] indices, int axis) {
    String before = ":,".repeat(Shapes.axis(axis, a.ndim()));
    List<NDArray> parts = new ArrayList<>();
    String from = "";
    for (int index : indices) {
      parts.add(a.slice(before + from + ":" + index));
      from = String.valueOf(index);
    }
    parts.add(a.slice(before + from + ":"));
    return parts;
  }

  /** Elements moved on along an axis; what falls off the end comes back at the beginning. */
  public static NDArray roll(NDArray a, int shift, int axis) {
    int length = a.shape()[Shapes.axis(axis, a.ndim())];
    int[] indices = new int[length];
    Arrays.setAll(indices, i -> Math.floorMod((long) i - shift, length));
    return take(a, indices, axis);
  }

  /** A matrix with those values on its k-th diagonal, or the k-th diagonal of a matrix. */
  public static NDArray diag(NDArray a, int k) {
    int[] shape = a.shape();
    if (a.ndim() < 1 || a.ndim() > 2) {
      throw new IllegalArgumentException("diag: input must be 1- or 2-d, not " + a.ndim() + "-d");
    }
    if (a.ndim() == 1) {
      int n = Math.addExact(shape[0], Math.abs(k));
      NDArray made = NDArray.zeros(n, n);
      for (int i = 0; i < shape[0]; i++) {
        made.set(a.get(i), i - Math.min(0, k), i + Math.max(0, k));
      }
      return made;
    }
    int row = Math.max(0, -k);
    int column = Math.max(0, k);
    float[] values = new float[Math.max(0, Math.min(shape[0] - row, shape[1] - column))];
    for (int i = 0; i < values.length; i++) {
      values[i] = a.get(row + i, column + i);
    }
    return NDArray.array(values, values.length);
  }

  /** For each axis the indices, in row-major order, of the elements that are not 0. */
  public static int[][] nonzero(NDArray a) {
    int[] shape = a.shape();
    float[] values = a.toArray();
    int[] found = IntStream.range(0, values.length).filter(i -> values[i] != 0).toArray();
    int[] steps = Shapes.rowMajor(shape);
    int[][] indices = new int[shape.length][];
    for (int axis = 0; axis < shape.length; axis++) {
      int step = steps[axis];
      int length = shape[axis];
      indices[axis] = Arrays.stream(found).map(i -> i / step % length).toArray();
    }
    return indices;
  }

  /** All products of an element of a with one of b: [size of a, size of b]. */
  public static NDArray outer(NDArray a, NDArray b) {
    return a.ravel().expandDims(1).multiply(b.ravel());
  }

  /** NumPy's dot: the sum of products over the last axis of a and the last but one of b. */
  public static NDArray dot(NDArray a, NDArray b) {
    return Products.dot(a, b);
  }

  /** Whether |a - b| ≤ absolute + relative · |b| everywhere; NaN is close to nothing. */
  public static boolean allclose(NDArray a, NDArray b, double relative, double absolute) {
    NDArray close =
        a.combine(
            b,
            (x, y) ->
                x == y || Double.isFinite(y) && Math.abs(x - y) <= absolute + relative * Math.abs(y)
                    ? 1
                    : 0);
    return close.all(false).item() != 0;
  }

  /** {@link #allclose(NDArray, NDArray, double, double)} with NumPy's tolerances, 1e-5 and 1e-8. */
  public static boolean allclose(NDArray a, NDArray b) {
    return allclose(a, b, 1e-5, 1e-8);
  }

  /** Whether shapes and elements are equal; NaN equals nothing. */
  public static boolean arrayEqual(NDArray a, NDArray b) {
    return Arrays.equals(a.shape(), b.shape()) && a.equal(b).all(false).item() != 0;
  }

  /** exp(x) / Σ exp(x) along an axis. */
  public static NDArray softmax(NDArray a, int axis) {
    NDArray e = a.subtract(a.max(true, axis)).exp();
    return e.divide(e.sum(true, axis));
  }
}
