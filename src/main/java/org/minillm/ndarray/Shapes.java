package org.minillm.ndarray;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Arithmetic on shapes and strides. */
final class Shapes {
  /** Most elements of an array: those of a {@code float[]}. */
  static final int MAX_SIZE = Integer.MAX_VALUE - 8;

  private Shapes() {}

  /** Hears an element's number in row-major order and its position in the data. */
  @FunctionalInterface
  interface Visitor {
    void at(int number, int position);
  }

  static int size(int[] shape) {
    long n = 1;
    boolean tooMany = false;
    for (int d : shape) {
      if (d < 0) {
        throw new IllegalArgumentException("negative dimensions are not allowed: " + text(shape));
      }
      tooMany = d > 0 && (tooMany || n * d > MAX_SIZE);
      n = tooMany ? MAX_SIZE : n * d;
    }
    if (tooMany) {
      throw new IllegalArgumentException(
          text(shape) + " has more elements than an array can hold (" + MAX_SIZE + ")");
    }
    return (int) n;
  }

  static int[] rowMajor(int[] shape) {
    int[] strides = new int[shape.length];
    int step = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = step;
      step *= Math.max(1, shape[i]);
    }
    return strides;
  }

  static String text(int[] shape) {
    return Arrays.stream(shape)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(",", "(", shape.length == 1 ? ",)" : ")"));
  }

  /** An axis from 0; negative ones count from the end. */
  static int axis(int axis, int ndim) {
    int at = axis < 0 ? axis + ndim : axis;
    if (at < 0 || at >= ndim) {
      throw new IllegalArgumentException(
          "axis " + axis + " is out of bounds for array of dimension " + ndim);
    }
    return at;
  }

  /** An order of all axes, from 0; reversed where none is given. */
  static int[] order(int[] axes, int ndim) {
    if (axes.length == 0) {
      return IntStream.range(0, ndim).map(i -> ndim - 1 - i).toArray();
    }
    if (axes.length != ndim) {
      throw new IllegalArgumentException(
          axes.length + " axes don't match an array of dimension " + ndim);
    }
    chosen(axes, ndim);
    return Arrays.stream(axes).map(axis -> axis(axis, ndim)).toArray();
  }

  /** Which axes are meant: all where none is given. */
  static boolean[] chosen(int[] axes, int ndim) {
    boolean[] chosen = new boolean[ndim];
    Arrays.fill(chosen, axes.length == 0);
    for (int axis : axes) {
      int at = axis(axis, ndim);
      if (chosen[at]) {
        throw new IllegalArgumentException("axis " + axis + " is given twice");
      }
      chosen[at] = true;
    }
    return chosen;
  }

  static int[] insert(int[] values, int at, int value) {
    int[] more = new int[values.length + 1];
    System.arraycopy(values, 0, more, 0, at);
    more[at] = value;
    System.arraycopy(values, at, more, at + 1, values.length - at);
    return more;
  }

  /** Fills in a -1. */
  static int[] resolve(int[] shape, int size) {
    int[] resolved = shape.clone();
    int unknown = -1;
    long known = 1;
    for (int i = 0; i < shape.length; i++) {
      if (shape[i] == -1) {
        if (unknown >= 0) {
          throw new IllegalArgumentException("can only specify one unknown dimension");
        }
        unknown = i;
      } else {
        // One that is too large already cannot become right.
        known = Math.abs(known) > MAX_SIZE ? known : known * shape[i];
      }
    }
    if (unknown >= 0 && known > 0 && size % known == 0) {
      resolved[unknown] = (int) (size / known);
      known *= resolved[unknown];
    }
    if (known != size || Arrays.stream(resolved).anyMatch(d -> d < 0)) {
      throw new IllegalArgumentException(
          "cannot reshape array of size " + size + " into shape " + text(shape));
    }
    return resolved;
  }

  /** The common shape of two operands. */
  static int[] broadcast(int[] a, int[] b) {
    int n = Math.max(a.length, b.length);
    int[] common = new int[n];
    for (int i = 1; i <= n; i++) {
      int x = i <= a.length ? a[a.length - i] : 1;
      int y = i <= b.length ? b[b.length - i] : 1;
      if (x != y && x != 1 && y != 1) {
        throw new IllegalArgumentException(
            "operands could not be broadcast together with shapes " + text(a) + " " + text(b));
      }
      common[n - i] = x == 1 ? y : x;
    }
    return common;
  }

  static int[] broadcastStrides(int[] shape, int[] strides, int[] target) {
    int[] result = new int[target.length];
    int shift = target.length - shape.length;
    for (int i = 0; i < target.length; i++) {
      int from = i - shift;
      boolean fits = from < 0 || shape[from] == target[i] || shape[from] == 1;
      if (shift < 0 || !fits) {
        throw new IllegalArgumentException(
            "shape " + text(shape) + " cannot be broadcast to " + text(target));
      }
      result[i] = from < 0 || shape[from] == 1 ? 0 : strides[from];
    }
    return result;
  }

  static void forEach(int[] shape, int[] strides, int offset, Visitor visitor) {
    int n = size(shape);
    int[] index = new int[shape.length];
    int at = offset;
    for (int i = 0; i < n; i++) {
      visitor.at(i, at);
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++index[axis] < shape[axis]) {
          break;
        }
        at -= strides[axis] * shape[axis];
        index[axis] = 0;
      }
    }
  }
}
