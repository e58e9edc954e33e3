package org.minillm.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The vectors this JVM prefers, and what every vector kernel does with them. */
final class Lanes {
  /** At most 512 bits: the tiles and the scratch are laid out for 16 lanes. */
  static final VectorSpecies<Float> SPECIES =
      FloatVector.SPECIES_PREFERRED.length() > 16
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;

  /** Lanes of a vector. */
  static final int LENGTH = SPECIES.length();

  /** AVX-512 and every CPU that is not x86 have 32, AVX2 and SSE have 16. */
  static final int REGISTERS = LENGTH < 16 && x86() ? 16 : 32;

  /** Rows of the tiles of a product, 8 or 4: 8 rows × 2 vectors of sums need 32 registers. */
  static final int TILE_ROWS = tileRows();

  /** Lane i from lane i xor 1, 2, 4 and 8. */
  private static final VectorShuffle<Float> NEIGHBOURS = exchanged(1);

  private static final VectorShuffle<Float> PAIRS = exchanged(2);
  private static final VectorShuffle<Float> QUADS = exchanged(4);
  private static final VectorShuffle<Float> HALVES = exchanged(8);

  /** Lanes whose number is odd, and those whose number divided by 2 is. */
  private static final VectorMask<Float> ODD = VectorMask.fromLong(SPECIES, 0xAAAA_AAAA_AAAA_AAAAL);

  private static final VectorMask<Float> LATER_PAIR =
      VectorMask.fromLong(SPECIES, 0xCCCC_CCCC_CCCC_CCCCL);

  private static final boolean FMA = Fma.AVAILABLE;

  private Lanes() {}

  private static boolean x86() {
    String name = System.getProperty("os.arch", "");
    return name.equals("amd64") || name.startsWith("x86");
  }

  private static int tileRows() {
    String asked = KernelSettings.given(KernelSettings.TILE);
    boolean tall = asked.isEmpty() ? REGISTERS >= 32 : asked.equals("8");
    return tall ? 8 : 4;
  }

  private static VectorShuffle<Float> exchanged(int distance) {
    return VectorShuffle.fromOp(SPECIES, i -> (i ^ distance) % LENGTH);
  }

  static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(SPECIES, x, at);
  }

  static FloatVector all(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /** a·b + c, rounded once where the CPU can. */
  static FloatVector fma(FloatVector a, FloatVector b, FloatVector c) {
    return FMA ? a.fma(b, c) : a.mul(b).add(c);
  }

  /**
   * The sum of the lanes in a fixed order ({@code reduceLanes} leaves its order open): neighbours,
   * then neighbouring pairs, and so on.
   */
  static float addLanes(FloatVector v) {
    if (LENGTH == 4) {
      return (v.lane(0) + v.lane(1)) + (v.lane(2) + v.lane(3));
    }
    FloatVector s = v.add(v.rearrange(NEIGHBOURS));
    s = s.add(s.rearrange(PAIRS));
    if (LENGTH >= 8) {
      s = s.add(s.rearrange(QUADS));
    }
    if (LENGTH >= 16) {
      s = s.add(s.rearrange(HALVES));
    }
    return s.lane(0);
  }

  /**
   * y[0 … 3] = {@link #addLanes} of four vectors, bit by bit, in a third of the operations: what a
   * step leaves double in one vector makes room for another's.
   */
  static void addLanesOfFour(
      float[] y, int yOff, FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3) {
    if (LENGTH == 4) {
      y[yOff] = addLanes(s0);
      y[yOff + 1] = addLanes(s1);
      y[yOff + 2] = addLanes(s2);
      y[yOff + 3] = addLanes(s3);
      return;
    }
    FloatVector s01 = s0.blend(s1, ODD).add(s1.blend(s0, ODD).rearrange(NEIGHBOURS));
    FloatVector s23 = s2.blend(s3, ODD).add(s3.blend(s2, ODD).rearrange(NEIGHBOURS));
    FloatVector s = s01.blend(s23, LATER_PAIR).add(s23.blend(s01, LATER_PAIR).rearrange(PAIRS));
    s = s.add(s.rearrange(QUADS));
    if (LENGTH >= 16) {
      s = s.add(s.rearrange(HALVES));
    }
    y[yOff] = s.lane(0);
    y[yOff + 1] = s.lane(1);
    y[yOff + 2] = s.lane(2);
    y[yOff + 3] = s.lane(3);
  }

  /** e^x: {@link Exponential#of} on every lane. */
  static FloatVector exp(FloatVector x) {
    FloatVector t = fma(x, all(Exponential.LOG2_E), all(Exponential.ROUND));
    FloatVector n = t.sub(Exponential.ROUND);
    FloatVector r = fma(n, all(-Exponential.LN2_LOW), fma(n, all(-Exponential.LN2_HIGH), x));
    FloatVector p = fma(all(Exponential.C4), r, all(Exponential.C3));
    p = fma(p, r, all(Exponential.C2));
    p = fma(p, r, all(Exponential.C1));
    p = fma(p, r, all(Exponential.C0));
    FloatVector y = fma(p, r.mul(r), r).add(1f);
    return y.reinterpretAsInts()
        .add(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats()
        .blend(0f, x.compare(VectorOperators.LT, Exponential.LOWEST))
        .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, Exponential.HIGHEST));
  }
}
