package org.minillm.ndarray;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A float32 array of any number of axes with NumPy's names and rules: a window (offset, shape,
 * strides in elements) on a {@code float[]} that views share. What changes the window ({@link
 * #reshape} of a contiguous array, {@link #transpose}, {@link #slice}) copies nothing; what
 * computes makes a new array. Arithmetic broadcasts as NumPy does. Safe for several readers.
 */
public final class NDArray extends ArrayMath {
  /** Most values that a text of the array shows. */
  private static final int SHOWN = 1000;

  private final float[] data;
  private final int offset;
  private final int[] shape;
  private final int[] strides;

  NDArray(float[] data, int offset, int[] shape, int[] strides) {
    this.data = data;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }

  /** Zeros. */
  public static NDArray zeros(int... shape) {
    return view(new float[Shapes.size(shape)], 0, shape);
  }

  /** Ones. */
  public static NDArray ones(int... shape) {
    return full(1f, shape);
  }

  /** One value everywhere. */
  public static NDArray full(float value, int... shape) {
    NDArray made = zeros(shape);
    Arrays.fill(made.data, value);
    return made;
  }

  /** Values in row-major order; the array is wrapped, not copied. */
  public static NDArray array(float[] values, int... shape) {
    if (values.length != Shapes.size(shape)) {
      throw new IllegalArgumentException(
          "cannot reshape array of size " + values.length + " into shape " + Shapes.text(shape));
    }
    return view(values, 0, shape);
  }

  /** A row-major window on an array that stays the caller's. */
  public static NDArray view(float[] data, int offset, int... shape) {
    if (offset < 0 || (long) offset + Shapes.size(shape) > data.length) {
      throw new IllegalArgumentException(
          "shape " + Shapes.text(shape) + " at " + offset + " is outside of " + data.length);
    }
    return new NDArray(data, offset, shape.clone(), Shapes.rowMajor(shape));
  }

  /** A single value, no axes. */
  public static NDArray scalar(float value) {
    return view(new float[] {value}, 0);
  }

  /** 0, 1, … below stop. */
  public static NDArray arange(double stop) {
    return arange(0, stop, 1);
  }

  /**
   * start, start + step, … before stop.
   *
   * @throws IllegalArgumentException if the step is 0 or the values are too many
   */
  public static NDArray arange(double start, double stop, double step) {
    double n = Math.max(0, Math.ceil((stop - start) / step));
    if (step == 0 || !(n <= Shapes.MAX_SIZE)) {
      throw new IllegalArgumentException(
          "arange from " + start + " to " + stop + " in steps of " + step + " has no end in reach");
    }
    float[] values = new float[(int) n];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (start + i * step);
    }
    return array(values, values.length);
  }

  /** {@code n} values from start to stop, both included. */
  public static NDArray linspace(double start, double stop, int n) {
    NDArray made = zeros(n);
    for (int i = 0; i < n; i++) {
      double part = i == 0 ? 0 : i / (n - 1.0) * (stop - start);
      made.data[i] = (float) (i > 0 && i == n - 1 ? stop : start + part);
    }
    return made;
  }

  /** The identity matrix. */
  public static NDArray eye(int n) {
    return eye(n, n, 0);
  }

  /** Ones on the k-th diagonal, zeros elsewhere. */
  public static NDArray eye(int rows, int columns, int k) {
    NDArray made = zeros(rows, columns);
    for (int i = 0; i < rows; i++) {
      long column = (long) i + k;
      if (column >= 0 && column < columns) {
        made.data[i * columns + (int) column] = 1f;
      }
    }
    return made;
  }

  /** The shared values; this array's begin at {@link #offset()}. */
  public float[] data() {
    return data;
  }

  public int offset() {
    return offset;
  }

  /** Lengths of the axes, a copy. */
  public int[] shape() {
    return shape.clone();
  }

  /** Elements from one index to the next of each axis, a copy. */
  public int[] strides() {
    return strides.clone();
  }

  /** Number of axes. */
  public int ndim() {
    return shape.length;
  }

  /** Number of elements. */
  public int size() {
    return Shapes.size(shape);
  }

  /** Whether the elements lie in row-major order without gaps. */
  public boolean isContiguous() {
    return size() == 0 || Arrays.equals(strides, Shapes.rowMajor(shape)) || sameOrder();
  }

  private boolean sameOrder() {
    int expected = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] != 1 && strides[axis] != expected) {
        return false;
      }
      expected *= shape[axis];
    }
    return true;
  }

  /** One element; negative indices count from the end. */
  public float get(int... index) {
    return data[position(index)];
  }

  /** Changes one element, for all views of it. */
  public void set(float value, int... index) {
    data[position(index)] = value;
  }

  private int position(int... index) {
    if (index.length != shape.length) {
      throw new IllegalArgumentException(
          index.length + " indices for an array of " + shape.length + " axes");
    }
    int at = offset;
    for (int axis = 0; axis < index.length; axis++) {
      int i = index[axis] < 0 ? index[axis] + shape[axis] : index[axis];
      if (i < 0 || i >= shape[axis]) {
        throw new IndexOutOfBoundsException(
            "index "
                + index[axis]
                + " is out of bounds for axis "
                + axis
                + " with size "
                + shape[axis]);
      }
      at += i * strides[axis];
    }
    return at;
  }

  /**
   * The value of an array of one element.
   *
   * @throws IllegalArgumentException if it has more or none
   */
  public float item() {
    if (size() != 1) {
      throw new IllegalArgumentException(
          "only an array of one element is a number, not shape " + Shapes.text(shape));
    }
    return data[offset];
  }

  /** The elements in row-major order, a copy. */
  public float[] toArray() {
    float[] values = new float[size()];
    if (isContiguous()) {
      System.arraycopy(data, values.length == 0 ? 0 : offset, values, 0, values.length);
    } else {
      Shapes.forEach(shape, strides, offset, (i, at) -> values[i] = data[at]);
    }
    return values;
  }

  /** A contiguous copy. */
  public NDArray copy() {
    return array(toArray(), shape);
  }

  /** Another shape of as many elements, one length may be -1; a view where that is possible. */
  public NDArray reshape(int... newShape) {
    int[] resolved = Shapes.resolve(newShape, size());
    return isContiguous() ? view(data, offset, resolved) : array(toArray(), resolved);
  }

  /** All elements along one axis. */
  public NDArray ravel() {
    return reshape(-1);
  }

  /** A view with the axes in that order; all reversed where none is given. */
  public NDArray transpose(int... axes) {
    return pick(Shapes.order(axes, shape.length));
  }

  /** A view with two axes exchanged. */
  public NDArray swapaxes(int a, int b) {
    int[] order = IntStream.range(0, shape.length).toArray();
    int first = Shapes.axis(a, shape.length);
    int second = Shapes.axis(b, shape.length);
    order[first] = second;
    order[second] = first;
    return pick(order);
  }

  /** A view in which an axis has moved to another place; the others keep their order. */
  public NDArray moveaxis(int from, int to) {
    int source = Shapes.axis(from, shape.length);
    int[] others = IntStream.range(0, shape.length).filter(i -> i != source).toArray();
    return pick(Shapes.insert(others, Shapes.axis(to, shape.length), source));
  }

  /** A view with a new axis of length 1 there. */
  public NDArray expandDims(int axis) {
    int at = Shapes.axis(axis, shape.length + 1);
    return new NDArray(data, offset, Shapes.insert(shape, at, 1), Shapes.insert(strides, at, 0));
  }

  /** A view without those axes, which must have length 1; without all such where none is given. */
  public NDArray squeeze(int... axes) {
    int n = shape.length;
    boolean[] gone = new boolean[n];
    for (int axis : axes) {
      int at = Shapes.axis(axis, n);
      if (shape[at] != 1 || gone[at]) {
        throw new IllegalArgumentException(
            "cannot squeeze axis " + axis + " of shape " + Shapes.text(shape));
      }
      gone[at] = true;
    }
    boolean every = axes.length == 0;
    return pick(IntStream.range(0, n).filter(i -> every ? shape[i] != 1 : !gone[i]).toArray());
  }

  /** A view of some axes in some order. */
  private NDArray pick(int[] axes) {
    return new NDArray(
        data,
        offset,
        Arrays.stream(axes).map(i -> shape[i]).toArray(),
        Arrays.stream(axes).map(i -> strides[i]).toArray());
  }

  /** A view with those axes in reverse, all where none is given. */
  public NDArray flip(int... axes) {
    boolean[] reversed = Shapes.chosen(axes, shape.length);
    int[] turned = strides.clone();
    int at = offset;
    for (int axis = 0; axis < shape.length; axis++) {
      if (reversed[axis]) {
        at += Math.max(0, shape[axis] - 1) * strides[axis];
        turned[axis] = -strides[axis];
      }
    }
    return new NDArray(data, size() == 0 ? offset : at, shape.clone(), turned);
  }

  /**
   * A view by NumPy's index syntax: {@code "1:-1, ::-2, ..., None, 3"}.
   *
   * @throws IllegalArgumentException for what is no such index
   */
  public NDArray slice(String index) {
    return Slices.apply(this, data, offset, shape, strides, index);
  }

  /** A view of this shape in which axes of length 1 are repeated. */
  public NDArray broadcastTo(int... target) {
    Shapes.size(target); // refuses negative lengths
    return new NDArray(
        data, offset, target.clone(), Shapes.broadcastStrides(shape, strides, target));
  }

  /**
   * Changes the elements of that index, for all views of them: {@code set("1:3", x)} is Python's
   * {@code a[1:3] = x}.
   *
   * @throws IllegalArgumentException if the values cannot be broadcast to the elements
   */
  public void set(String index, NDArray values) {
    NDArray target = slice(index);
    // Copied first: the values may be a view of the same data.
    float[] source = values.broadcastTo(target.shape).toArray();
    Shapes.forEach(target.shape, target.strides, target.offset, (i, at) -> data[at] = source[i]);
  }

  /** A function of one value. */
  @FunctionalInterface
  public interface Unary {
    double apply(double x);
  }

  /** A function of two values. */
  @FunctionalInterface
  public interface Binary {
    double apply(double x, double y);
  }

  @Override
  public NDArray map(Unary f) {
    float[] values = toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) f.apply(values[i]);
    }
    return array(values, shape);
  }

  @Override
  public NDArray combine(NDArray other, Binary f) {
    int[] common = Shapes.broadcast(shape, other.shape);
    float[] x = broadcastTo(common).toArray();
    float[] y = other.broadcastTo(common).toArray();
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) f.apply(x[i], y[i]);
    }
    return array(x, common);
  }

  @Override
  NDArray self() {
    return this;
  }

  /** The shape and the values in row-major order, of more than 1,000 the first and the last. */
  @Override
  public String toString() {
    String text = "NDArray" + Shapes.text(shape);
    int n = size();
    if (n <= SHOWN) {
      return text + Arrays.toString(toArray());
    }
    float[] values = toArray();
    return text + "[" + values[0] + ", " + values[1] + ", …, " + values[n - 1] + "]";
  }
}
