package org.minillm.generate;

import org.minillm.kernel.Kernels;
import org.minillm.ndarray.RandomGenerator;

/**
 * Chooses a token from logits. The vocabulary is never sorted: a heap is built over it once a token
 * and only as many tokens are taken off as the filters let through. Allocates nothing after its
 * creation. One thread at a time.
 */
public final class Sampler {
  private final GenerateOptions options;
  private final RandomGenerator random;
  private final Kernels kernels = Kernels.best();

  /** Binary max-heap over (logit, id): the likeliest on top, of equals the smaller id. */
  private final float[] heapLogit;

  private final int[] heapId;

  /** What the filters let through, likeliest first. */
  private final int[] keptId;

  private final float[] keptWeight;

  /**
   * @param vocabSize logits a row
   */
  public Sampler(GenerateOptions options, int vocabSize) {
    this.options = options;
    long seed = options.seed() >= 0 ? options.seed() : System.nanoTime();
    random = new RandomGenerator(seed);
    heapLogit = new float[vocabSize];
    heapId = new int[vocabSize];
    keptId = new int[vocabSize];
    keptWeight = new float[vocabSize];
  }

  /**
   * The next token.
   *
   * @param logits [vocabSize] from offset 0; they stay as they are
   * @param recent tokens so far
   * @param count of them
   */
  public int sample(float[] logits, int[] recent, int count) {
    int n = heapLogit.length;
    System.arraycopy(logits, 0, heapLogit, 0, n);
    if (options.repetitionPenalty() != 1f) {
      penalise(recent, count);
    }
    if (options.temperature() == 0f) {
      return kernels.argmax(heapLogit, 0, n);
    }
    int kept = filter(n);
    return draw(kept);
  }

  private void penalise(int[] recent, int count) {
    int from = Math.max(0, count - options.repetitionWindow());
    for (int i = from; i < count; i++) {
      int id = recent[i];
      boolean seen = false;
      for (int j = from; j < i && !seen; j++) {
        seen = recent[j] == id;
      }
      if (!seen) {
        float logit = heapLogit[id];
        float penalty = options.repetitionPenalty();
        heapLogit[id] = logit > 0 ? logit / penalty : logit * penalty;
      }
    }
  }

  /** Takes tokens off the heap until a filter closes; returns how many. */
  private int filter(int n) {
    int limit = options.topK() == 0 ? n : Math.min(options.topK(), n);
    for (int i = 0; i < n; i++) {
      heapId[i] = i;
    }
    for (int i = n / 2 - 1; i >= 0; i--) {
      sink(i, n);
    }
    float max = heapLogit[0];
    // Top-p needs the whole mass of what top-k keeps.
    float minLogit =
        options.minP() > 0 ? max + (float) Math.log(options.minP()) : Float.NEGATIVE_INFINITY;
    if (options.topP() >= 1f) {
      return takeWhile(n, limit, minLogit, max, Double.POSITIVE_INFINITY);
    }
    if (limit == n) {
      // Cross-entropy of the likeliest token is log Σ exp(logit - max).
      double mass = Math.exp(kernels.crossEntropy(heapLogit, 0, n, 0));
      return takeWhile(n, limit, minLogit, max, mass * options.topP());
    }
    int kept = takeWhile(n, limit, Float.NEGATIVE_INFINITY, max, Double.POSITIVE_INFINITY);
    double mass = 0;
    for (int i = 0; i < kept; i++) {
      mass += Math.exp(keptWeight[i] - max);
    }
    double reached = 0;
    int end = 0;
    while (end < kept && reached < mass * options.topP() && keptWeight[end] >= minLogit) {
      reached += Math.exp(keptWeight[end++] - max);
    }
    return Math.max(1, end);
  }

  /** Fills keptId and keptWeight (logits) in falling order while all limits allow; at least one. */
  private int takeWhile(int n, int limit, float minLogit, float max, double mass) {
    int size = n;
    int kept = 0;
    double reached = 0;
    while (kept < limit && reached < mass && (kept == 0 || heapLogit[0] >= minLogit)) {
      keptId[kept] = heapId[0];
      keptWeight[kept++] = heapLogit[0];
      reached += Math.exp(heapLogit[0] - max);
      size--;
      heapLogit[0] = heapLogit[size];
      heapId[0] = heapId[size];
      if (size == 0) {
        break;
      }
      sink(0, size);
    }
    return kept;
  }

  private void sink(int at, int size) {
    float logit = heapLogit[at];
    int id = heapId[at];
    int i = at;
    while (2 * i + 1 < size) {
      int child = 2 * i + 1;
      if (child + 1 < size && before(child + 1, child)) {
        child++;
      }
      boolean fits = logit > heapLogit[child] || (logit == heapLogit[child] && id < heapId[child]);
      if (fits) {
        break;
      }
      heapLogit[i] = heapLogit[child];
      heapId[i] = heapId[child];
      i = child;
    }
    heapLogit[i] = logit;
    heapId[i] = id;
  }

  private boolean before(int a, int b) {
    return heapLogit[a] > heapLogit[b] || (heapLogit[a] == heapLogit[b] && heapId[a] < heapId[b]);
  }

  private int draw(int kept) {
    float max = keptWeight[0];
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      keptWeight[i] = (float) Math.exp((keptWeight[i] - max) / options.temperature());
      sum += keptWeight[i];
    }
    double left = (random.nextLong() >>> 11) * 0x1.0p-53 * sum;
    for (int i = 0; i < kept; i++) {
      left -= keptWeight[i];
      if (left < 0) {
        return keptId[i];
      }
    }
    return keptId[kept - 1];
  }
}
