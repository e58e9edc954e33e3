package org.minillm.ndarray;

import java.util.Arrays;

/**
 * A float32 array of any number of axes with NumPy's names and rules: a window (offset, shape,
 * strides in elements) on a {@code float[]} that views share. What changes the window ({@link
 * #reshape} of a contiguous array, {@link #transpose}, {@link #slice}) copies nothing; what
 * computes makes a new array. Arithmetic broadcasts as NumPy does. Safe for several readers.
 */
public final class NDArray {
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

  /** start, start + step, … below stop. */
  public static NDArray arange(double start, double stop, double step) {
    int n = (int) Math.max(0, Math.ceil((stop - start) / step));
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (start + i * step);
    }
    return array(values, n);
  }

  /** {@code n} values from start to stop, both included. */
  public static NDArray linspace(double start, double stop, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (i == n - 1 && n > 1 ? stop : start + i * (stop - start) / (n - 1.0));
    }
    return array(values, n);
  }

  /** The identity matrix. */
  public static NDArray eye(int n) {
    NDArray made = zeros(n, n);
    for (int i = 0; i < n; i++) {
      made.data[i * n + i] = 1f;
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
    int n = shape.length;
    int[] order = axes.clone();
    if (axes.length == 0) {
      order = new int[n];
      for (int i = 0; i < n; i++) {
        order[i] = n - 1 - i;
      }
    }
    if (order.length != n) {
      throw new IllegalArgumentException("axes don't match array");
    }
    boolean[] seen = new boolean[n];
    int[] newShape = new int[n];
    int[] newStrides = new int[n];
    for (int i = 0; i < n; i++) {
      int axis = Shapes.axis(order[i], n);
      if (seen[axis]) {
        throw new IllegalArgumentException("repeated axis in transpose");
      }
      seen[axis] = true;
      newShape[i] = shape[axis];
      newStrides[i] = strides[axis];
    }
    return new NDArray(data, offset, newShape, newStrides);
  }

  /** A view with two axes exchanged. */
  public NDArray swapaxes(int a, int b) {
    int[] order = new int[shape.length];
    Arrays.setAll(order, i -> i);
    int first = Shapes.axis(a, shape.length);
    int second = Shapes.axis(b, shape.length);
    order[first] = second;
    order[second] = first;
    return transpose(order);
  }

  /** A view with a new axis of length 1 there. */
  public NDArray expandDims(int axis) {
    int at = Shapes.axis(axis, shape.length + 1);
    return new NDArray(data, offset, Shapes.insert(shape, at, 1), Shapes.insert(strides, at, 0));
  }

  /** A view without the axes of length 1. */
  public NDArray squeeze() {
    int[] kept =
        java.util.stream.IntStream.range(0, shape.length).filter(i -> shape[i] != 1).toArray();
    return new NDArray(
        data,
        offset,
        Arrays.stream(kept).map(i -> shape[i]).toArray(),
        Arrays.stream(kept).map(i -> strides[i]).toArray());
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
    return new NDArray(
        data, offset, target.clone(), Shapes.broadcastStrides(shape, strides, target));
  }

  // ---- element-wise -----------------------------------------------------------------------------

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

  /** f of every element, computed in double and rounded. */
  public NDArray map(Unary f) {
    float[] values = toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) f.apply(values[i]);
    }
    return array(values, shape);
  }

  /** f of pairs, broadcast. */
  public NDArray combine(NDArray other, Binary f) {
    int[] common = Shapes.broadcast(shape, other.shape);
    float[] x = broadcastTo(common).toArray();
    float[] y = other.broadcastTo(common).toArray();
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) f.apply(x[i], y[i]);
    }
    return array(x, common);
  }

  public NDArray add(NDArray other) {
    return combine(other, (x, y) -> x + y);
  }

  public NDArray subtract(NDArray other) {
    return combine(other, (x, y) -> x - y);
  }

  public NDArray multiply(NDArray other) {
    return combine(other, (x, y) -> x * y);
  }

  public NDArray divide(NDArray other) {
    return combine(other, (x, y) -> x / y);
  }

  public NDArray power(NDArray other) {
    // Java's pow(1, NaN) and pow(-1, ±inf) are NaN, IEEE's and NumPy's are 1.
    return combine(
        other, (x, y) -> x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : Math.pow(x, y));
  }

  /** The larger; NaN if one is. */
  public NDArray maximum(NDArray other) {
    return combine(other, Math::max);
  }

  /** The smaller; NaN if one is. */
  public NDArray minimum(NDArray other) {
    return combine(other, Math::min);
  }

  /** 1 where less, else 0. */
  public NDArray less(NDArray other) {
    return combine(other, (x, y) -> x < y ? 1 : 0);
  }

  /** 1 where greater, else 0. */
  public NDArray greater(NDArray other) {
    return combine(other, (x, y) -> x > y ? 1 : 0);
  }

  /** 1 where equal, else 0. */
  public NDArray equal(NDArray other) {
    return combine(other, (x, y) -> x == y ? 1 : 0);
  }

  public NDArray negative() {
    return map(x -> -x);
  }

  public NDArray abs() {
    return map(Math::abs);
  }

  public NDArray exp() {
    return map(Math::exp);
  }

  public NDArray log() {
    return map(Math::log);
  }

  public NDArray sqrt() {
    return map(Math::sqrt);
  }

  public NDArray tanh() {
    return map(Math::tanh);
  }

  public NDArray sin() {
    return map(Math::sin);
  }

  public NDArray cos() {
    return map(Math::cos);
  }

  public NDArray floor() {
    return map(Math::floor);
  }

  public NDArray ceil() {
    return map(Math::ceil);
  }

  public NDArray square() {
    return map(x -> x * x);
  }

  public NDArray sign() {
    return map(Math::signum);
  }

  /** Values below low become low, above high become high. */
  public NDArray clip(float low, float high) {
    return map(x -> Double.isNaN(x) ? x : Math.min(high, Math.max(low, x)));
  }

  // ---- reductions -------------------------------------------------------------------------------

  /** Sum over axes (all where none is given). */
  public NDArray sum(boolean keepDims, int... axes) {
    return Reductions.reduce(this, keepDims, axes, Reductions.SUM);
  }

  public NDArray mean(boolean keepDims, int... axes) {
    return Reductions.reduce(this, keepDims, axes, Reductions.MEAN);
  }

  public NDArray prod(boolean keepDims, int... axes) {
    return Reductions.reduce(this, keepDims, axes, Reductions.PRODUCT);
  }

  /** Largest; of nothing is refused. */
  public NDArray max(boolean keepDims, int... axes) {
    return Reductions.reduce(this, keepDims, axes, Reductions.MAX);
  }

  /** Smallest; of nothing is refused. */
  public NDArray min(boolean keepDims, int... axes) {
    return Reductions.reduce(this, keepDims, axes, Reductions.MIN);
  }

  /** Population variance. */
  public NDArray var(boolean keepDims, int... axes) {
    return Reductions.reduce(this, keepDims, axes, Reductions.VARIANCE);
  }

  /** Population standard deviation. */
  public NDArray std(boolean keepDims, int... axes) {
    return var(keepDims, axes).sqrt();
  }

  /** Index of the largest along an axis, the first of equals, as floats. */
  public NDArray argmax(int axis) {
    return Reductions.reduce(this, false, new int[] {axis}, Reductions.ARGMAX);
  }

  /** Index of the smallest along an axis, the first of equals, as floats. */
  public NDArray argmin(int axis) {
    return Reductions.reduce(this, false, new int[] {axis}, Reductions.ARGMIN);
  }

  /** Running sums along an axis. */
  public NDArray cumsum(int axis) {
    return Reductions.alongAxis(this, axis, Reductions::cumulate);
  }

  /** Indices that would sort along an axis (stable, NaN last), as floats. */
  public NDArray argsort(int axis) {
    return Reductions.alongAxis(this, axis, Reductions::argsort);
  }

  /** Sorted along an axis, NaN last. */
  public NDArray sort(int axis) {
    return Reductions.alongAxis(this, axis, Reductions::sort);
  }

  /** The k largest along the last axis, largest first. */
  public NDArray topk(int k) {
    int n = shape[shape.length - 1];
    if (k < 0 || k > n) {
      throw new IllegalArgumentException("k is " + k + " for an axis of size " + n);
    }
    return negative().sort(-1).negative().slice("..., :" + k).copy();
  }

  /**
   * The matrix product, batched and broadcast over leading axes; 1-D operands as NumPy has them.
   */
  public NDArray matmul(NDArray other) {
    return Products.matmul(this, other);
  }

  @Override
  public String toString() {
    return "NDArray" + Shapes.text(shape) + Arrays.toString(toArray());
  }
}
