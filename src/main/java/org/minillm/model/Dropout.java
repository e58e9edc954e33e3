package org.minillm.model;

import org.minillm.base.MiniLlmException;
import org.minillm.base.WorkerPool;

/**
 * Dropout of the embeddings and of both residual branches of a block (Srivastava et al. 2014): an
 * element becomes 0 with probability {@code rate}, the others grow by 1/(1 − rate).
 *
 * <p>The mask has no state: it is a hash of (seed, step, sequence, layer, site, element), so a
 * recomputed forward pass, a backward pass, another micro-batch size and a resumed run see the same
 * mask. SplitMix64 (Steele, Lea and Flood 2014) gives 16 bits to each of four elements; the rate is
 * exact to 1/65,536.
 *
 * @param rate 0 up to, not including, 1
 * @param seed of the run
 * @param step the optimiser's step
 * @param firstSequence number, within the step, of the pass's first sequence
 */
public record Dropout(float rate, long seed, long step, int firstSequence) {
  /** Nothing is dropped. */
  public static final Dropout NONE = new Dropout(0, 0, 0, 0);

  /** Where a mask stands. */
  enum Site {
    EMBEDDING,
    ATTENTION,
    FEED_FORWARD
  }

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new MiniLlmException.BadConfig(
          "hyperparameters.dropout", Float.toString(rate), "0 up to, not including, 1");
    }
  }

  /** The same for a pass whose first sequence is {@code value}. */
  public Dropout withFirstSequence(int value) {
    return new Dropout(rate, seed, step, value);
  }

  /** Whether anything is dropped. */
  public boolean active() {
    return threshold() > 0;
  }

  private int threshold() {
    return Math.min(65_535, Math.round(rate * 65_536));
  }

  /**
   * x = mask ⊙ x / (1 − rate), forward and backward alike.
   *
   * @param x [batch · time, width] from offset 0; rows of a shorter sequence have the same masks
   */
  void apply(WorkerPool pool, float[] x, int batch, int time, int width, int layer, Site at) {
    if (!active()) {
      return;
    }
    pool.run(
        batch * time,
        row -> {
          long key = mix(seed + GOLDEN);
          key = mix(key ^ mix(step + GOLDEN));
          key = mix(key + GOLDEN * (firstSequence + row / time + 1L));
          key = mix(key + GOLDEN * (3L * layer + at.ordinal() + 1));
          key = mix(key + GOLDEN * (row % time + 1L));
          maskRow(x, row * width, width, key);
        });
  }

  private void maskRow(float[] x, int off, int width, long key) {
    int threshold = threshold();
    float grow = 65_536f / (65_536 - threshold);
    int i = 0;
    for (int block = 0; i < width; block++) {
      long bits = mix(key + GOLDEN * block);
      for (int end = Math.min(i + 4, width); i < end; i++) {
        int draw = (int) bits & 0xFFFF;
        x[off + i] = draw < threshold ? 0 : x[off + i] * grow;
        bits >>>= 16;
      }
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
