package org.minillm.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.base.Choice;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * Chooses the kernels once, at their first use: vectors where the JVM was started with {@code
 * --add-modules=jdk.incubator.vector}, else plain Java; {@link KernelSettings} can force either. No
 * class that names the Vector API is loaded before the module is known to be there.
 */
final class KernelChoice {
  static final Kernels SCALAR = new ScalarKernels();

  private static final System.Logger LOGGER = System.getLogger(KernelChoice.class.getName());
  private static final String MODULE = "jdk.incubator.vector";

  private static @Nullable Kernels best;

  private KernelChoice() {}

  static boolean vectorModulePresent() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  static synchronized Kernels best() {
    if (best == null) {
      best = choose(KernelSettings.given());
    }
    return best;
  }

  /** Throws BadConfig where what is asked for is not to be had here. */
  static Kernels choose(KernelSettings asked) {
    if (asked.fma().equals("on") && Fma.missing()) {
      throw new BadConfig(
          KernelSettings.FMA, "on", "off (this JVM has no fused multiply-add: UseFMA is off)");
    }
    if (asked.kernels().equals("scalar")) {
      return SCALAR;
    }
    if (vectorModulePresent()) {
      return new VectorKernels(true);
    }
    if (asked.kernels().equals("vector")) {
      throw needsModule(KernelSettings.KERNELS);
    }
    LOGGER.log(
        System.Logger.Level.INFO,
        "Scalar kernels run; the JVM option --add-modules=jdk.incubator.vector brings faster ones");
    return SCALAR;
  }

  static BadConfig needsModule(String key) {
    return new BadConfig(
        key, "vector", "scalar (vectors need the JVM option --add-modules=jdk.incubator.vector)");
  }

  /** What was chosen, and why: the kernels, fma, tile and int8. */
  static List<Choice> choices() {
    Kernels kernels = best();
    boolean vectors = !(kernels instanceof ScalarKernels);
    String why =
        vectors
            ? MODULE + " is there; the widest vectors of this JVM, at most 512 bits"
            : "no " + MODULE;
    return List.of(
        new Choice("kernels", kernels.description(), reason(KernelSettings.KERNELS, why)),
        new Choice("fma", Fma.AVAILABLE ? "on" : "off", reason(KernelSettings.FMA, Fma.reason())),
        vectors
            ? new Choice(
                "tile",
                Lanes.TILE_ROWS + " x " + 2 * Lanes.LENGTH,
                reason(KernelSettings.TILE, Lanes.REGISTERS + " vector registers"))
            : new Choice("tile", "none", "scalar kernels"),
        new Choice(
            "int8",
            Int8Kernels.best().description(),
            reason(KernelSettings.INT8, Int8KernelChoice.reason(kernels))));
  }

  private static String reason(String key, String rule) {
    return KernelSettings.given(key).isEmpty() ? rule : "asked for by " + key;
  }
}
