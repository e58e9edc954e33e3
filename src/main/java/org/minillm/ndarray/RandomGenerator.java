package org.minillm.ndarray;

/**
 * xoshiro256++ (Blackman and Vigna 2019), seeded by SplitMix64: fast, 256 bits of state, the same
 * numbers everywhere. Not for secrets. One thread at a time.
 */
public final class RandomGenerator {
  private final long[] s = new long[4];

  /** Equal seeds give equal numbers. */
  public RandomGenerator(long seed) {
    long x = seed;
    for (int i = 0; i < 4; i++) {
      x += 0x9E3779B97F4A7C15L;
      long z = x;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      s[i] = z ^ (z >>> 31);
    }
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
    double v = (nextLong() >>> 11) * 0x1.0p-53;
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  /** A number from 0 to bound - 1, each as likely (Lemire's multiplication, rejecting the rest). */
  public int nextInt(int bound) {
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
}
