package org.minillm.app;

/** PLACEHOLDER. */
final class LossGuess {
  static final double LOW = 0.93;
  static final double HIGH = 1.12;

  private static final double TINY_STORIES = 2.42;

  private LossGuess() {}

  static double difficulty(byte[] sample) {
    return RunPlanner.compressed(sample) / TINY_STORIES;
  }

  static double bitsPerByte(double parameters, double bytesSeen, double textBytes) {
    double epochs = Math.max(1, bytesSeen / textBytes);
    double effective =
        Math.min(bytesSeen, textBytes * (1 + 15 * (1 - Math.exp(-(epochs - 1) / 15))));
    return 0.5 + 5.0 / Math.pow(parameters, 0.25) + 60 / Math.pow(effective, 0.35);
  }
}
