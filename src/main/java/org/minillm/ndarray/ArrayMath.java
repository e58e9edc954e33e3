package org.minillm.ndarray;

import org.minillm.ndarray.NDArray.Binary;
import org.minillm.ndarray.NDArray.Unary;

/**
 * What an array computes: functions of each element, of pairs of elements (broadcast), and along
 * axes. Every result is a new array; truth is 1 and 0, indices are floats (exact to 2²⁴).
 */
abstract sealed class ArrayMath permits NDArray {

  /** f of every element, computed in double and rounded. */
  public abstract NDArray map(Unary f);

  /** f of pairs, broadcast. */
  public abstract NDArray combine(NDArray other, Binary f);

  /** This very array. */
  abstract NDArray self();

  // ---- pairs ------------------------------------------------------------------------------------

  public NDArray add(NDArray other) {
    return combine(other, (x, y) -> x + y);
  }

  public NDArray add(double value) {
    return add(NDArray.scalar((float) value));
  }

  public NDArray subtract(NDArray other) {
    return combine(other, (x, y) -> x - y);
  }

  public NDArray subtract(double value) {
    return subtract(NDArray.scalar((float) value));
  }

  public NDArray multiply(NDArray other) {
    return combine(other, (x, y) -> x * y);
  }

  public NDArray multiply(double value) {
    return multiply(NDArray.scalar((float) value));
  }

  public NDArray divide(NDArray other) {
    return combine(other, (x, y) -> x / y);
  }

  public NDArray divide(double value) {
    return divide(NDArray.scalar((float) value));
  }

  /** The quotient rounded down. */
  public NDArray floorDivide(NDArray other) {
    return combine(other, FloorDivision::quotient);
  }

  /** The remainder with the divisor's sign, as Python's %. */
  public NDArray mod(NDArray other) {
    return combine(other, FloorDivision::remainder);
  }

  public NDArray power(NDArray other) {
    // Java's pow(1, NaN) and pow(-1, ±inf) are NaN, IEEE's and NumPy's are 1.
    return combine(
        other, (x, y) -> x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : Math.pow(x, y));
  }

  public NDArray power(double exponent) {
    return power(NDArray.scalar((float) exponent));
  }

  /** The angle of the point (other, this), from -π to π. */
  public NDArray arctan2(NDArray other) {
    return combine(other, Math::atan2);
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

  /** 1 where less or equal, else 0. */
  public NDArray lessEqual(NDArray other) {
    return combine(other, (x, y) -> x <= y ? 1 : 0);
  }

  /** 1 where greater, else 0. */
  public NDArray greater(NDArray other) {
    return combine(other, (x, y) -> x > y ? 1 : 0);
  }

  /** 1 where greater or equal, else 0. */
  public NDArray greaterEqual(NDArray other) {
    return combine(other, (x, y) -> x >= y ? 1 : 0);
  }

  /** 1 where equal, else 0; NaN equals nothing. */
  public NDArray equal(NDArray other) {
    return combine(other, (x, y) -> x == y ? 1 : 0);
  }

  /** 1 where not equal, else 0. */
  public NDArray notEqual(NDArray other) {
    return combine(other, (x, y) -> x != y ? 1 : 0);
  }

  /** 1 where both are not 0 (NaN counts as not 0), else 0. */
  public NDArray logicalAnd(NDArray other) {
    return combine(other, (x, y) -> x != 0 && y != 0 ? 1 : 0);
  }

  /** 1 where one is not 0, else 0. */
  public NDArray logicalOr(NDArray other) {
    return combine(other, (x, y) -> x != 0 || y != 0 ? 1 : 0);
  }

  // ---- single elements --------------------------------------------------------------------------

  /** 1 where 0, else 0. */
  public NDArray logicalNot() {
    return map(x -> x == 0 ? 1 : 0);
  }

  public NDArray isnan() {
    return map(x -> Double.isNaN(x) ? 1 : 0);
  }

  public NDArray isinf() {
    return map(x -> Double.isInfinite(x) ? 1 : 0);
  }

  /** 1 where neither infinite nor NaN, else 0. */
  public NDArray isfinite() {
    return map(x -> Double.isFinite(x) ? 1 : 0);
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

  /** exp(x) - 1, exact near 0. */
  public NDArray expm1() {
    return map(Math::expm1);
  }

  public NDArray exp2() {
    return map(x -> Math.pow(2, x));
  }

  public NDArray log() {
    return map(Math::log);
  }

  /** log(1 + x), exact near 0. */
  public NDArray log1p() {
    return map(Math::log1p);
  }

  public NDArray log2() {
    return map(x -> Math.log(x) / Math.log(2));
  }

  public NDArray log10() {
    return map(Math::log10);
  }

  public NDArray sqrt() {
    return map(Math::sqrt);
  }

  public NDArray square() {
    return map(x -> x * x);
  }

  public NDArray reciprocal() {
    return map(x -> 1 / x);
  }

  public NDArray tanh() {
    return map(Math::tanh);
  }

  public NDArray sinh() {
    return map(Math::sinh);
  }

  public NDArray cosh() {
    return map(Math::cosh);
  }

  public NDArray sin() {
    return map(Math::sin);
  }

  public NDArray cos() {
    return map(Math::cos);
  }

  public NDArray tan() {
    return map(Math::tan);
  }

  public NDArray arcsin() {
    return map(Math::asin);
  }

  public NDArray arccos() {
    return map(Math::acos);
  }

  public NDArray arctan() {
    return map(Math::atan);
  }

  public NDArray floor() {
    return map(Math::floor);
  }

  public NDArray ceil() {
    return map(Math::ceil);
  }

  /** The nearest whole number, halves to the even one. */
  public NDArray rint() {
    return map(Math::rint);
  }

  /** The whole part, toward 0. */
  public NDArray trunc() {
    return map(x -> Math.copySign(Math.floor(Math.abs(x)), x));
  }

  public NDArray sign() {
    return map(x -> x == 0 ? 0 : Math.signum(x));
  }

  /** Values below low become low, above high become high; NaN stays. */
  public NDArray clip(float low, float high) {
    return map(x -> Double.isNaN(x) ? x : Math.min(high, Math.max(low, x)));
  }

  // ---- along axes -------------------------------------------------------------------------------

  /** Sum over axes (all where none is given). */
  public NDArray sum(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.SUM);
  }

  public NDArray mean(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.MEAN);
  }

  public NDArray prod(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.PRODUCT);
  }

  /** Largest; of nothing is refused. */
  public NDArray max(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.MAX);
  }

  /** Smallest; of nothing is refused. */
  public NDArray min(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.MIN);
  }

  /** Population variance. */
  public NDArray var(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.variance(0));
  }

  /** Population standard deviation. */
  public NDArray std(boolean keepDims, int... axes) {
    return var(keepDims, axes).sqrt();
  }

  /** Variance with n - ddof as the divisor: 1 for a sample's. */
  public NDArray var(int ddof, boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.variance(ddof));
  }

  /** Standard deviation with n - ddof as the divisor: 1 for a sample's. */
  public NDArray std(int ddof, boolean keepDims, int... axes) {
    return var(ddof, keepDims, axes).sqrt();
  }

  /** 1 where one is not 0, else 0. */
  public NDArray any(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.ANY);
  }

  /** 1 where none is 0, else 0. */
  public NDArray all(boolean keepDims, int... axes) {
    return Reductions.reduce(self(), keepDims, axes, Reductions.ALL);
  }

  /** Index of the largest along an axis, the first of equals, as floats. */
  public NDArray argmax(int axis) {
    return Reductions.reduce(self(), false, new int[] {axis}, Reductions.ARGMAX);
  }

  /** Index of the smallest along an axis, the first of equals, as floats. */
  public NDArray argmin(int axis) {
    return Reductions.reduce(self(), false, new int[] {axis}, Reductions.ARGMIN);
  }

  /** Running sums along an axis. */
  public NDArray cumsum(int axis) {
    return Reductions.alongAxis(self(), axis, Reductions::cumulate);
  }

  /** Running products along an axis. */
  public NDArray cumprod(int axis) {
    return Reductions.alongAxis(self(), axis, Reductions::cumulateProduct);
  }

  /** Indices that would sort along an axis (stable, NaN last), as floats. */
  public NDArray argsort(int axis) {
    return Reductions.alongAxis(self(), axis, Reductions::argsort);
  }

  /** Sorted along an axis, NaN last. */
  public NDArray sort(int axis) {
    return Reductions.alongAxis(self(), axis, Reductions::sort);
  }

  /** The k largest along the last axis, largest first; NaN counts as the smallest. */
  public NDArray topk(int k) {
    return negative().sort(-1).negative().slice(firstOf(k)).copy();
  }

  /** Indices of the k largest along the last axis, the first of equals first, as floats. */
  public NDArray argtopk(int k) {
    return negative().argsort(-1).slice(firstOf(k)).copy();
  }

  private String firstOf(int k) {
    int[] shape = self().shape();
    int n = shape.length == 0 ? 0 : shape[shape.length - 1];
    if (k < 0 || k > n) {
      throw new IllegalArgumentException("k is " + k + " for an axis of size " + n);
    }
    return "..., :" + k;
  }

  /**
   * The matrix product, batched and broadcast over leading axes; 1-D operands as NumPy has them.
   */
  public NDArray matmul(NDArray other) {
    return Products.matmul(self(), other);
  }
}
