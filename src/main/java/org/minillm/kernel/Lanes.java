package org.minillm.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
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

  private static final boolean FMA = Fma.AVAILABLE;

  private Lanes() {}

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

  /** The sum of the lanes in a fixed order ({@code reduceLanes} leaves its order open). */
  static float addLanes(FloatVector v) {
    if (LENGTH == 4) {
      return (v.lane(0) + v.lane(1)) + (v.lane(2) + v.lane(3));
    }
    if (LENGTH == 8) {
      return ((v.lane(0) + v.lane(1)) + (v.lane(2) + v.lane(3)))
          + ((v.lane(4) + v.lane(5)) + (v.lane(6) + v.lane(7)));
    }
    if (LENGTH == 16) {
      return (((v.lane(0) + v.lane(1)) + (v.lane(2) + v.lane(3)))
              + ((v.lane(4) + v.lane(5)) + (v.lane(6) + v.lane(7))))
          + (((v.lane(8) + v.lane(9)) + (v.lane(10) + v.lane(11)))
              + ((v.lane(12) + v.lane(13)) + (v.lane(14) + v.lane(15))));
    }
    float sum = 0;
    for (float lane : v.toArray()) {
      sum += lane;
    }
    return sum;
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
