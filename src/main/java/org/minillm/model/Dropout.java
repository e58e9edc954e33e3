package org.minillm.model;

import org.minillm.base.MiniLlmException;

/**
 * Dropout of the residual branches and of the embeddings (Srivastava et al. 2014): an element is 0
 * with probability {@code rate}, others grow by 1/(1 − rate).
 *
 * <p>The mask has no state: element i of a layer's output is drawn from (seed, step, sequence,
 * layer, site, i), so a recomputed forward pass, a backward pass, another micro-batch size or a
 * resumed run see the same mask. The rate is exact to 1/65,536.
 *
 * @param rate 0 up to, not including, 1
 * @param seed of the run
 * @param step the optimiser's step
 * @param firstSequence number, within the step, of the pass's first sequence
 */
public record Dropout(float rate, long seed, long step, int firstSequence) {
  /** Nothing is dropped. */
  public static final Dropout NONE = new Dropout(0, 0, 0, 0);

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new MiniLlmException.BadConfig(
          "hyperparameters.dropout", Float.toString(rate), "0 up to, not including, 1");
    }
  }

  /** Whether anything is dropped. */
  public boolean active() {
    return threshold() > 0;
  }

  private int threshold() {
    return Math.round(rate * 65_536);
  }
}
