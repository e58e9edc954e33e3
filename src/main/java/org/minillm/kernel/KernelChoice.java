package org.minillm.kernel;

/** Chooses the kernels once. */
final class KernelChoice {
  static final Kernels SCALAR = new ScalarKernels("scalar");
  static final Kernels BEST = SCALAR;

  private KernelChoice() {}
}
