package org.minillm.train;

import org.minillm.ndarray.RandomGenerator;

/**
 * Which sequences a step sees. The ids are cut into windows of the context length; each epoch has a
 * seeded order of them and a seeded start of the first. Half of the windows that begin inside a
 * document are moved back to its beginning, as far as that is less than a window away, because
 * generation begins there. A position (sequences seen so far) says everything: a resumed run goes
 * on where it was.
 */
final class Batches implements Sequences {
  /** Share of the windows that begin where a document does. */
  private static final double ALIGNED = 0.5;

  private final TokenStore tokens;
  private final int separator;
  private final int time;
  private final long seed;
  private final int windows;
  private final int starts;
  private int[] order = {};
  private long orderEpoch = -1;
  private long offset;

  /**
   * @param separator the id between documents
   */
  Batches(TokenStore tokens, int separator, int contextLength, long seed) {
    this.tokens = tokens;
    this.separator = separator;
    this.seed = seed;
    long predicted = tokens.size() - 1;
    time = (int) Math.min(contextLength, predicted);
    windows = (int) Math.max(1, predicted / time - 1);
    starts = (int) (predicted - (long) windows * time) + 1;
  }

  /** Tokens a sequence: the context length, less where the text is shorter than that. */
  @Override
  public int time() {
    return time;
  }

  @Override
  public int windows() {
    return windows;
  }

  @Override
  public int counted(long position) {
    return time;
  }

  @Override
  public void read(long position, int[] inputs, int[] targets, int row) {
    long epoch = position / windows;
    if (epoch != orderEpoch) {
      RandomGenerator random = RandomGenerator.keyed(seed, epoch, 1);
      offset = random.nextInt(starts);
      order = random.permutation(windows);
      orderEpoch = epoch;
    }
    long from = offset + (long) order[(int) (position % windows)] * time;
    if (RandomGenerator.keyed(seed, position, 2).uniform() < ALIGNED) {
      from = documentStart(from);
    }
    tokens.copy(from, inputs, row * time, time);
    tokens.copy(from + 1, targets, row * time, time);
  }

  /** The beginning of the document at {@code at}; {@code at} itself, if that is a window away. */
  private long documentStart(long at) {
    for (long i = at; i > 0 && i > at - time; i--) {
      if (tokens.get(i - 1) == separator) {
        return i;
      }
    }
    return at;
  }
}
