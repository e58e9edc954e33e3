package org.minillm.kernel;

/**
 * Chooses the kernels once: vectors where the JVM was started with {@code
 * --add-modules=jdk.incubator.vector}, else plain Java. The system property {@code
 * minillm.kernels=scalar|vector} forces one; a wrong value is logged and ignored. No class that
 * names the Vector API is loaded before the module is known to be there.
 */
final class KernelChoice {
  private static final System.Logger LOGGER = System.getLogger(KernelChoice.class.getName());
  static final Kernels SCALAR = new ScalarKernels("scalar");
  static final Kernels BEST = choose(System.getProperty("minillm.kernels", ""));

  private KernelChoice() {}

  static boolean vectorModulePresent() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  static Kernels choose(String wanted) {
    boolean possible = vectorModulePresent();
    if (wanted.equals("scalar")) {
      return new ScalarKernels("scalar (asked for by minillm.kernels)");
    }
    if (wanted.equals("vector") && !possible) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "minillm.kernels=vector needs --add-modules=jdk.incubator.vector; scalar kernels run");
    } else if (!wanted.isEmpty() && !wanted.equals("vector")) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "minillm.kernels={0} is ignored: scalar or vector is allowed",
          wanted);
    }
    if (possible) {
      return new VectorKernels();
    }
    if (wanted.isEmpty()) {
      LOGGER.log(
          System.Logger.Level.INFO,
          "Scalar kernels run; the JVM option --add-modules=jdk.incubator.vector brings faster ones");
    }
    return new ScalarKernels("scalar (no jdk.incubator.vector)");
  }
}
