package org.minillm.kernel;

import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * Chooses the int8 kernels once, at their first use: vectors where {@link KernelChoice} takes
 * vectors and they have at least 256 bits, else plain Java (widening bytes into 128 bits takes 20
 * times as long as plain Java); {@link KernelSettings} can force either.
 */
final class Int8KernelChoice {
  static final Int8Kernels SCALAR = new ScalarInt8Kernels();

  private static @Nullable Int8Kernels best;

  private Int8KernelChoice() {}

  static synchronized Int8Kernels best() {
    if (best == null) {
      best = choose(Kernels.best(), KernelSettings.given());
    }
    return best;
  }

  /** Throws BadConfig where what is asked for is not to be had here. */
  static Int8Kernels choose(Kernels kernels, KernelSettings asked) {
    boolean forced = asked.int8().equals("vector");
    if (asked.int8().equals("scalar") || !forced && kernels instanceof ScalarKernels) {
      return SCALAR;
    }
    if (!KernelChoice.vectorModulePresent()) {
      throw KernelChoice.needsModule(KernelSettings.INT8);
    }
    if (VectorInt8Kernels.runsHere()) {
      return new VectorInt8Kernels(true);
    }
    if (forced) {
      throw new BadConfig(
          KernelSettings.INT8, "vector", "scalar (" + width() + "; int8 vectors need 256)");
    }
    return SCALAR;
  }

  /** Why {@link #choose} takes what it takes beside {@code kernels}, where nobody asked. */
  static String reason(Kernels kernels) {
    if (kernels instanceof ScalarKernels) {
      return "as the other kernels";
    }
    return width() + (VectorInt8Kernels.runsHere() ? ", at least 256" : ", under 256");
  }

  private static String width() {
    return "this JVM's vectors have " + 32 * Lanes.LENGTH + " bits";
  }
}
