package org.minillm.kernel;

/**
 * Chooses the int8 kernels once: vectors where {@link KernelChoice} takes vectors and they have at
 * least 256 bits, else plain Java.
 */
final class Int8KernelChoice {
  static final Int8Kernels SCALAR = new ScalarInt8Kernels("scalar");
  static final Int8Kernels BEST = choose(Kernels.best());

  private Int8KernelChoice() {}

  static Int8Kernels choose(Kernels kernels) {
    if (kernels instanceof ScalarKernels) {
      return new ScalarInt8Kernels(kernels.description());
    }
    return VectorInt8Kernels.runsHere()
        ? new VectorInt8Kernels()
        : new ScalarInt8Kernels("scalar (vectors under 256 bits)");
  }
}
