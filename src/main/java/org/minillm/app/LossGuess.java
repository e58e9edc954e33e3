package org.minillm.app;

/**
 * A rule of thumb for the bits per byte of a run: Hoffmann et al.'s (2022) law of parameters N and
 * bytes seen D,
 *
 * <p>0.10 + 30.8 · N^−0.295 + 0.81 · (D/10⁶)^−0.341 · (N/10⁶)^0.179
 *
 * <p>whose last factor says that a larger model has learnt less of the same text in the few
 * thousand steps of a small machine; times the square of how much worse than TinyStories the text
 * compresses. Repeated text counts as less, after Muennighoff et al. (2023).
 *
 * <p>What it rests on is thin. The constants are fitted to eight points on TinyStories, all with
 * AdamW: three runs of this program (nano at 500 and 2,000 steps, chromebook at 500), three figures
 * of its earlier benchmarks, and two published models of llama2.c whose bytes seen are estimated;
 * the curve has six constants and passes within 5 % of those same points. The rule for other texts
 * was chosen on four of them. Expect the order of magnitude and a useful comparison of shapes, not
 * the second digit.
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

  /**
   * What Muon makes of AdamW's bits per byte: 0.849 / 0.971 and 0.712 / 0.836 in decision 71, which
   * a twin in PyTorch measured, not runs of this program.
   */
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
