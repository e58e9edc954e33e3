package org.minillm.train;

import org.minillm.ndarray.RandomGenerator;

/**
 * Which sequences a step sees. The ids are cut into windows of the context length; each epoch has a
 * seeded order of them and a seeded start in what does not fill a window. A position (sequences
 * seen so far) says everything: a resumed run goes on where it was.
 */
final class Batches {
  private final TokenStore tokens;
  private final int time;
  private final long seed;
  private final int windows;
  private final int slack;
  private int[] order = {};
  private long orderEpoch = -1;
  private long offset;

  Batches(TokenStore tokens, int contextLength, long seed) {
    this.tokens = tokens;
    this.seed = seed;
    long predicted = tokens.size() - 1;
    time = (int) Math.min(contextLength, predicted);
    windows = (int) (predicted / time);
    slack = (int) (predicted - (long) windows * time);
  }

  /** Tokens a sequence: the context length, less where the text is shorter than that. */
  int time() {
    return time;
  }

  /** Sequences an epoch. */
  int windows() {
    return windows;
  }

  /** Fills row {@code row} of inputs and targets, [rows, time], with a sequence of the run. */
  void read(long position, int[] inputs, int[] targets, int row) {
    long epoch = position / windows;
    if (epoch != orderEpoch) {
      RandomGenerator random = RandomGenerator.keyed(seed, epoch, 1);
      offset = slack == 0 ? 0 : random.nextInt(slack + 1);
      order = random.permutation(windows);
      orderEpoch = epoch;
    }
    long from = offset + (long) order[(int) (position % windows)] * time;
    tokens.copy(from, inputs, row * time, time);
    tokens.copy(from + 1, targets, row * time, time);
  }
}
