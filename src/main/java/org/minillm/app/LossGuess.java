package org.minillm.app;

/**
 * A rule of thumb for the bits per byte of a run: Hoffmann et al.'s (2022) law of parameters N and
 * bytes seen D, fitted to eight runs on TinyStories between 0.17 and 15 M parameters and 1.6 MB and
 * 8 GB (largest distance 5 %),
 *
 * <p>0.10 + 30.8 · N^−0.295 + 0.81 · (D/10⁶)^−0.341 · (N/10⁶)^0.179
 *
 * <p>whose last factor says that a larger model has learnt less of the same text in the few
 * thousand steps of a small machine; times the square of how much worse than TinyStories the text
 * compresses (on four other texts, English and Spanish, within 6 %). Repeated text counts as less,
 * after Muennighoff et al. (2023).
 */
final class LossGuess {
  /** The range around the guess. */
  static final double LOW = 0.9;

  static final double HIGH = 1.12;

  /** Bits a byte of TinyStories in zlib. */
  private static final double TINY_STORIES = 2.41;

  private static final double HALF_LIFE_OF_EPOCHS = 15;

  private LossGuess() {}

  /**
   * How much harder than TinyStories a text is.
   *
   * @param sample of it
   */
  static double difficulty(byte[] sample) {
    double worse = RunPlanner.compressed(sample) / TINY_STORIES;
    return worse * worse;
  }

  /** What Muon makes of AdamW's bits per byte: 0.87 and 0.85 in decision 71. */
  static double ofOptimizer(String optimizer) {
    return optimizer.equals("muon") ? 0.86 : 1;
  }

  /**
   * Bits per byte of held-out text with AdamW, were it TinyStories.
   *
   * @param bytesSeen by all steps
   * @param textBytes of the training text
   */
  static double bitsPerByte(double parameters, double bytesSeen, double textBytes) {
    double repeats = Math.max(0, bytesSeen / textBytes - 1);
    double fresh = Math.min(bytesSeen, textBytes);
    double worth =
        fresh + textBytes * HALF_LIFE_OF_EPOCHS * (1 - Math.exp(-repeats / HALF_LIFE_OF_EPOCHS));
    double model = 30.84 * Math.pow(parameters, -0.295);
    double data = 0.808 * Math.pow(worth / 1e6, -0.341) * Math.pow(parameters / 1e6, 0.179);
    return 0.1 + model + data;
  }
}
