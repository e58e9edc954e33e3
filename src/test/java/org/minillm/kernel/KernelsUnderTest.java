package org.minillm.kernel;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** The kernels this JVM can run, and what their tests share. */
final class KernelsUnderTest {
  /** Around every vector length and unrolling, up to 4098. */
  static final List<Integer> SIZES =
      List.of(
          1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 129, 255, 256, 257,
          1000, 1023, 1025, 4095, 4096, 4098);

  static final List<Integer> OFFSETS = List.of(0, 1, 3, 13);

  private KernelsUnderTest() {}

  static Stream<Kernels> all() {
    return KernelChoice.vectorModulePresent()
        ? Stream.of(Kernels.scalar(), new VectorKernels())
        : Stream.of(Kernels.scalar());
  }

  static float[] random(long seed, int n) {
    Random random = new Random(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }
}
