package org.minillm.ndarray;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandomGeneratorTest {
  private final RandomGenerator random = new RandomGenerator(7);

  @Test
  void xoshiroGivesTheNumbersOfItsAuthorsProgram() {
    RandomGenerator reference = RandomGenerator.fromState(1, 2, 3, 4);
    for (long expected :
        new long[] {
          41943041L,
          58720359L,
          3588806011781223L,
          3591011842654386L,
          Long.parseUnsignedLong("9228616714210784205"),
          Long.parseUnsignedLong("9973669472204895162"),
          Long.parseUnsignedLong("14011001112246962877")
        }) {
      assertEquals(expected, reference.nextLong());
    }
    // SplitMix64 of seed 0 begins with this number.
    assertEquals(0xE220A8397B1DCDAFL, new RandomGenerator(0).state()[0]);
  }

  @Test
  void theBitsThatTrainingReliesOnStay() {
    assertEquals(1021219803524665661L, random.nextLong());
    assertEquals(0.1721158f, random.uniform());
    assertEquals(-0.7309773798159506, random.normal(), 1e-15);
    assertEquals(963, random.nextInt(1000));
    assertArrayEquals(new int[] {6, 2, 7, 0, 4, 1, 5, 3}, random.permutation(8));
    assertEquals(-8454255742841684112L, RandomGenerator.keyed(7, 1, 2).nextLong());
  }

  @Test
  void arraysAreTheSameDrawsAsSingleValues() {
    RandomGenerator single = new RandomGenerator(7);
    NDArray normal = random.normal(0, 1, 2, 3);
    for (float x : normal.toArray()) {
      assertEquals((float) single.normal(), x);
    }
    for (float x : random.integers(0, 10, 50).toArray()) {
      assertEquals(single.nextInt(10), x);
    }
  }

  @Test
  void aRestoredStateGoesOnWithTheSameBits() {
    random.normal(0, 1, 5);
    long[] state = random.state();
    RandomGenerator again = RandomGenerator.fromState(state);
    float[] expected = random.uniform(0, 1, 100).toArray();
    assertArrayEquals(expected, again.uniform(0, 1, 100).toArray());
    state[0] = ~state[0];
    assertNotEquals(expected[0], RandomGenerator.fromState(state).uniform(0, 1, 1).item());
    assertThrows(IllegalArgumentException.class, () -> RandomGenerator.fromState(0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> RandomGenerator.fromState(1, 2, 3));
  }

  @Test
  void momentsAreThoseOfTheDistributions() {
    NDArray uniform = random.uniform(-2, 4, 100_000);
    assertEquals(1, uniform.mean(false).item(), 0.02);
    assertEquals(3, uniform.var(false).item(), 0.03); // (4 + 2)² / 12
    assertTrue(uniform.min(false).item() >= -2 && uniform.max(false).item() < 4);
    NDArray normal = random.normal(5, 2, 1000, 100);
    assertEquals(5, normal.mean(false).item(), 0.03);
    assertEquals(2, normal.std(false).item(), 0.02);
    // 68.27 % within one deviation, 4.55 % beyond two.
    assertEquals(
        0.6827, normal.subtract(5).abs().less(NDArray.scalar(2)).mean(false).item(), 0.006);
    assertEquals(
        0.0455, normal.subtract(5).abs().greater(NDArray.scalar(4)).mean(false).item(), 0.003);
  }

  @Test
  void roundingNeverReachesTheUpperEnd() {
    float high = Math.nextUp(1f);
    for (float x : random.uniform(1, high, 1000).toArray()) {
      assertEquals(1f, x);
    }
  }

  @Test
  void integersAreEquallyLikely() {
    int[] counts = new int[7];
    for (float x : random.integers(-3, 4, 70_000).toArray()) {
      counts[(int) x + 3]++;
    }
    assertTrue(chiSquare(counts, 10_000) < 22.5, Arrays.toString(counts)); // 6 degrees, p = 0.001
    assertThrows(IllegalArgumentException.class, () -> random.integers(3, 3, 1));
    assertThrows(IllegalArgumentException.class, () -> random.integers(0, (1 << 24) + 2, 1));
    assertThrows(IllegalArgumentException.class, () -> random.nextInt(0));
  }

  private static double chiSquare(int[] counts, double... expected) {
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      double e = expected[i % expected.length];
      sum += (counts[i] - e) * (counts[i] - e) / e;
    }
    return sum;
  }

  @Test
  void choiceWithoutReplacementTakesNoneTwiceAndAllEquallyOften() {
    int[] firsts = new int[5];
    int[] taken = new int[5];
    for (int i = 0; i < 10_000; i++) {
      int[] chosen = random.choice(5, 3, false);
      assertEquals(3, Arrays.stream(chosen).distinct().count());
      firsts[chosen[0]]++;
      Arrays.stream(chosen).forEach(k -> taken[k]++);
    }
    assertTrue(chiSquare(firsts, 2000) < 18.5, Arrays.toString(firsts)); // 4 degrees, p = 0.001
    assertTrue(chiSquare(taken, 6000) < 18.5, Arrays.toString(taken));
    assertEquals(5, Arrays.stream(random.choice(5, 5, false)).distinct().count());
    assertThrows(IllegalArgumentException.class, () -> random.choice(5, 6, false));
    assertThrows(IllegalArgumentException.class, () -> random.choice(0, 1, true));
    assertEquals(0, random.choice(0, 0, true).length);
  }

  @Test
  void choiceWithReplacementFollowsTheProbabilities() {
    int[] counts = new int[4];
    double[] p = {0, 0.2, 0.7, 0.1};
    for (int k : random.choice(p, 100_000, true)) {
      counts[k]++;
    }
    assertEquals(0, counts[0]);
    int[] possible = Arrays.copyOfRange(counts, 1, 4);
    assertTrue(chiSquare(possible, 20_000, 70_000, 10_000) < 13.8, Arrays.toString(counts));
    int[] even = new int[4];
    Arrays.stream(random.choice(4, 40_000, true)).forEach(k -> even[k]++);
    assertTrue(chiSquare(even, 10_000) < 16.3, Arrays.toString(even));
  }

  @Test
  void choiceWithoutReplacementDrawsByTheProbabilitiesOfThoseLeft() {
    double[] p = {0.5, 0.3, 0, 0.2};
    int[] pairs = new int[16];
    for (int i = 0; i < 50_000; i++) {
      int[] chosen = random.choice(p, 2, false);
      pairs[chosen[0] * 4 + chosen[1]]++;
    }
    for (int a = 0; a < 4; a++) {
      for (int b = 0; b < 4; b++) {
        double expected = a == b ? 0 : p[a] * p[b] / (1 - p[a]);
        assertEquals(expected, pairs[a * 4 + b] / 50_000.0, 0.009, a + " then " + b);
      }
    }
    assertEquals(3, random.choice(p, 3, false).length);
    assertThrows(IllegalArgumentException.class, () -> random.choice(p, 4, false));
  }

  @Test
  void whatAreNoProbabilitiesIsRefused() {
    for (double[] p :
        new double[][] {{}, {0.5, 0.4}, {1.5, -0.5}, {Double.NaN, 1}, {0.5, 0.500001}}) {
      assertThrows(IllegalArgumentException.class, () -> random.choice(p, 1, true));
    }
  }

  @Test
  void permutationAndShuffleMoveWholeRows() {
    NDArray a = NDArray.arange(60).reshape(20, 3);
    NDArray moved = random.permutation(a);
    assertTrue(NDArrays.arrayEqual(a, NDArray.arange(60).reshape(20, 3)));
    assertTrue(NDArrays.arrayEqual(a, NDArrays.take(moved, rowsInOrder(moved), 0)));
    assertTrue(!NDArrays.arrayEqual(a, moved));
    NDArray view = a.slice("::2, ::-1");
    random.shuffle(view);
    assertEquals(1770, a.sum(false).item());
    assertTrue(
        NDArrays.arrayEqual(a.slice("1::2"), NDArray.arange(60).reshape(20, 3).slice("1::2")));
    for (int i = 0; i < 20; i++) {
      assertEquals(a.get(i, 0) + 2, a.get(i, 2));
    }
    assertArrayEquals(new int[] {4, 3}, random.choice(a, 4, false).shape());
  }

  private static int[] rowsInOrder(NDArray moved) {
    return IntStream.range(0, 20)
        .boxed()
        .sorted((x, y) -> Float.compare(moved.get(x, 0), moved.get(y, 0)))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
