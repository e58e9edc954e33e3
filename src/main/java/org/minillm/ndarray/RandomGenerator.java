package org.minillm.ndarray;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * xoshiro256++ (Blackman and Vigna 2019), seeded by SplitMix64: fast, 256 bits of state, the same
 * numbers everywhere. Not for secrets. One thread at a time.
 */
public final class RandomGenerator {
  private static final int STATE = 4;

  /** NumPy's tolerance for probabilities in double that should add up to 1: √ε. */
  private static final double SUM_TOLERANCE = 0x1.0p-26;

  private final long[] s = new long[STATE];

  /** Equal seeds give equal numbers. */
  public RandomGenerator(long seed) {
    long x = seed;
    for (int i = 0; i < STATE; i++) {
      x += 0x9E3779B97F4A7C15L;
      long z = x;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      s[i] = z ^ (z >>> 31);
    }
  }

  private RandomGenerator() {}

  /**
   * A generator that goes on where another was.
   *
   * @param state what {@link #state()} gave
   * @throws IllegalArgumentException if it is no state: not four numbers, or all of them 0
   */
  public static RandomGenerator fromState(long... state) {
    if (state.length != STATE || Arrays.stream(state).allMatch(word -> word == 0)) {
      throw new IllegalArgumentException(
          "a random state has " + STATE + " numbers, not all 0: " + Arrays.toString(state));
    }
    RandomGenerator made = new RandomGenerator();
    System.arraycopy(state, 0, made.s, 0, STATE);
    return made;
  }

  /** All that decides the numbers to come, a copy: four numbers for {@link #fromState}. */
  public long[] state() {
    return s.clone();
  }

  /** An independent stream for (seed, a, b): a step and a sequence, say. */
  public static RandomGenerator keyed(long seed, long a, long b) {
    RandomGenerator mixed = new RandomGenerator(seed);
    long x = mixed.nextLong() ^ (a * 0x9E3779B97F4A7C15L);
    RandomGenerator again = new RandomGenerator(x);
    return new RandomGenerator(again.nextLong() ^ (b * 0xD1B54A32D192ED03L));
  }

  /** 64 random bits. */
  public long nextLong() {
    long result = Long.rotateLeft(s[0] + s[3], 23) + s[0];
    long t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = Long.rotateLeft(s[3], 45);
    return result;
  }

  /** Uniform in [0, 1), 24 bits. */
  public float uniform() {
    return (nextLong() >>> 40) * 0x1.0p-24f;
  }

  /** Standard normal (Box and Muller). */
  public double normal() {
    double u = ((nextLong() >>> 11) + 1) * 0x1.0p-53;
    double v = unit();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  /** Uniform in [0, 1), 53 bits. */
  private double unit() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** A number from 0 to bound - 1, each as likely (Lemire's multiplication, rejecting the rest). */
  public int nextInt(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("the bound must be positive, is " + bound);
    }
    long product = (nextLong() >>> 32) * bound;
    long low = product & 0xFFFFFFFFL;
    if (low < bound) {
      long threshold = (1L << 32) % bound;
      while (low < threshold) {
        product = (nextLong() >>> 32) * bound;
        low = product & 0xFFFFFFFFL;
      }
    }
    return (int) (product >>> 32);
  }

  /** 0 … n - 1 in a random order (Fisher and Yates). */
  public int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int i = n - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  // ---- arrays -----------------------------------------------------------------------------------

  /**
   * Uniform in [low, high); where rounding to float32 would give high, the value below it.
   *
   * @throws IllegalArgumentException if low is not less than high or one is not finite
   */
  public NDArray uniform(float low, float high, int... shape) {
    if (!(low < high) || Float.isInfinite(low) || Float.isInfinite(high)) {
      throw new IllegalArgumentException(
          "low " + low + " must be less than high " + high + ", both finite");
    }
    double width = (double) high - low;
    return filled(shape, () -> Math.min((float) (low + width * unit()), Math.nextDown(high)));
  }

  /** Normal with that mean and standard deviation (≥ 0). */
  public NDArray normal(double mean, double deviation, int... shape) {
    if (!(deviation >= 0)) {
      throw new IllegalArgumentException("the deviation must not be negative, is " + deviation);
    }
    return filled(shape, () -> (float) (mean + deviation * normal()));
  }

  /**
   * Whole numbers from low to high - 1, each as likely.
   *
   * @throws IllegalArgumentException if there are none, or float32 does not hold them all (beyond
   *     ±2²⁴)
   */
  public NDArray integers(int low, int high, int... shape) {
    int exact = 1 << 24;
    if (low >= high || low < -exact || high - 1 > exact) {
      throw new IllegalArgumentException(
          "low " + low + " must be less than high " + high + ", both within ±16,777,216");
    }
    return filled(shape, () -> low + nextInt(high - low));
  }

  /** Draws one value. */
  private interface Draw {
    float next();
  }

  private static NDArray filled(int[] shape, Draw draw) {
    NDArray made = NDArray.zeros(shape);
    float[] data = made.data();
    for (int i = 0; i < data.length; i++) {
      data[i] = draw.next();
    }
    return made;
  }

  /**
   * {@code size} numbers below n, each as likely; without replacement none comes twice.
   *
   * @throws IllegalArgumentException if there are not as many
   */
  public int[] choice(int n, int size, boolean replace) {
    enough(size, replace ? n > 0 ? size : 0 : n);
    int[] chosen = new int[size];
    if (replace) {
      Arrays.setAll(chosen, i -> nextInt(n));
      return chosen;
    }
    int[] pool = IntStream.range(0, n).toArray();
    for (int i = 0; i < size; i++) {
      int at = i + nextInt(n - i);
      chosen[i] = pool[at];
      pool[at] = pool[i];
    }
    return chosen;
  }

  /**
   * {@code size} indices into the probabilities. Without replacement each is drawn by the
   * probabilities of those left (Efraimidis and Spirakis 2006).
   *
   * @throws IllegalArgumentException if a probability is negative or NaN, their sum is not 1, or
   *     fewer than {@code size} are above 0
   */
  public int[] choice(double[] probabilities, int size, boolean replace) {
    double[] cumulative = probabilities.clone();
    for (int i = 1; i < cumulative.length; i++) {
      cumulative[i] += cumulative[i - 1];
    }
    double sum = cumulative.length == 0 ? 0 : cumulative[cumulative.length - 1];
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)
        || !Arrays.stream(probabilities).allMatch(p -> p >= 0)) {
      throw new IllegalArgumentException(
          "probabilities must not be negative and must add up to 1, not " + sum);
    }
    int[] possible =
        IntStream.range(0, probabilities.length).filter(i -> probabilities[i] > 0).toArray();
    enough(size, replace ? size : possible.length);
    if (!replace) {
      double[] arrival = new double[probabilities.length];
      for (int i : possible) {
        arrival[i] = -Math.log1p(-unit()) / probabilities[i];
      }
      return Arrays.stream(possible)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> arrival[i]))
          .mapToInt(Integer::intValue)
          .limit(size)
          .toArray();
    }
    int[] chosen = new int[size];
    for (int k = 0; k < size; k++) {
      double u = unit() * sum;
      // The first whose cumulative probability exceeds u, which has a probability above 0.
      int low = 0;
      int high = possible.length - 1;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (cumulative[possible[middle]] > u) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      chosen[k] = possible[low];
    }
    return chosen;
  }

  private static void enough(int size, int available) {
    if (size < 0 || size > available) {
      throw new IllegalArgumentException("cannot choose " + size + " of " + available);
    }
  }

  /** {@code size} slices along the first axis, each as likely. */
  public NDArray choice(NDArray a, int size, boolean replace) {
    return NDArrays.take(a, choice(a.shape()[Shapes.axis(0, a.ndim())], size, replace), 0);
  }

  /** A copy with the slices along the first axis in a random order. */
  public NDArray permutation(NDArray a) {
    return NDArrays.take(a, permutation(a.shape()[Shapes.axis(0, a.ndim())]), 0);
  }

  /** Puts the slices along the first axis in a random order, for all views of them. */
  public void shuffle(NDArray a) {
    a.set("...", permutation(a));
  }
}
