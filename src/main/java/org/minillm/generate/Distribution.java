package org.minillm.generate;

import java.util.ArrayList;
import java.util.List;
import org.minillm.kernel.Kernels;

/**
 * The model's own distribution over the token that follows: softmax of the logits, temperature 1,
 * no filters, no penalties. A view of logits that the next token overwrites: ask while it is handed
 * out, keep the answers. What is not asked for costs nothing. One thread at a time.
 */
public final class Distribution {
  private final Kernels kernels = Kernels.best();
  private final int vocabSize;
  private float[] logits = {};
  private int offset;

  Distribution(int vocabSize) {
    this.vocabSize = vocabSize;
  }

  /** Looks at logits [vocabSize] from {@code from}. */
  Distribution at(float[] row, int from) {
    logits = row;
    offset = from;
    return this;
  }

  /** Natural logarithm of a token's probability. */
  public float logProbability(int id) {
    return -kernels.crossEntropy(logits, offset, vocabSize, id);
  }

  /** 1 for the likeliest token, 2 for the next; equals share a rank. */
  public int rank(int id) {
    float logit = logits[offset + id];
    int rank = 1;
    for (int i = 0; i < vocabSize; i++) {
      rank += logits[offset + i] > logit ? 1 : 0;
    }
    return rank;
  }

  /**
   * The likeliest tokens, falling; of equals the smaller id first.
   *
   * @param count of them at most
   */
  public List<Candidate> candidates(int count) {
    int[] ids = new int[Math.max(0, Math.min(count, vocabSize))];
    int found = 0;
    for (int i = 0; i < vocabSize; i++) {
      float logit = logits[offset + i];
      if (found == ids.length && (found == 0 || logit <= logits[offset + ids[found - 1]])) {
        continue;
      }
      int at = found < ids.length ? found++ : found - 1;
      while (at > 0 && logit > logits[offset + ids[at - 1]]) {
        ids[at] = ids[--at];
      }
      ids[at] = i;
    }
    List<Candidate> candidates = new ArrayList<>(found);
    // Of the likeliest the loss is small and exact; the others differ from it by their logits.
    float best = found == 0 ? 0 : logProbability(ids[0]);
    for (int i = 0; i < found; i++) {
      float behind = logits[offset + ids[i]] - logits[offset + ids[0]];
      candidates.add(new Candidate(ids[i], best + behind));
    }
    return candidates;
  }

  /** A token with {@code count} candidates beside it. */
  public ScoredToken score(int id, int count) {
    return new ScoredToken(id, logProbability(id), rank(id), candidates(count));
  }
}
