package org.minillm.kernel;

/**
 * The beginning of a process, in which the vector kernels leave the loops of inference to plain
 * Java: vectors that the JIT has not compiled yet are objects, a hundred times slower than plain
 * loops in their interpreter, and take C2 a second to compile. Off unless {@link
 * Kernels#startPlain} asks for it.
 *
 * <p>The bits are those of the vector kernels: products over k are the same chains in {@link
 * ScalarGemm}, and {@link LaneLoops} adds lane by lane what vectors add at once. So it may end at
 * any moment, inside a text too.
 */
final class PlainStart {
  private static volatile boolean on;

  private PlainStart() {}

  static void begin() {
    on = true;
  }

  static void end() {
    on = false;
  }

  static boolean isOn() {
    return on;
  }
}
