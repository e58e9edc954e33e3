package org.minillm.ndarray;

import java.util.Arrays;
import java.util.List;

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
    String before = ":,".repeat(at);
    return indices.length == 0
        ? a.slice(before + "0:0").copy()
        : concatenate(
            Arrays.stream(indices).mapToObj(i -> a.slice(before + i).expandDims(at)).toList(), at);
  }

  /** exp(x) / Σ exp(x) along an axis. */
  public static NDArray softmax(NDArray a, int axis) {
    NDArray e = a.subtract(a.max(true, axis)).exp();
    return e.divide(e.sum(true, axis));
  }
}
