package org.minillm.model;

/**
 * How much one token attended to each token up to itself: the softmax of its query's scores.
 *
 * @param layers blocks, the first one reads the embeddings
 * @param heads query heads a layer
 * @param keys tokens attended to, the asking one is the last
 * @param weights [layers, heads, keys]; each row sums to 1
 */
public record AttentionWeights(int layers, int heads, int keys, float[] weights) {
  /** Stands for the mean over all layers or heads. */
  public static final int ALL = -1;

  /** For a query that can see {@code keys} tokens, all weights 0. */
  AttentionWeights(ModelConfig config, int keys) {
    this(
        config.nLayers(),
        config.nHeads(),
        keys,
        new float[config.nLayers() * config.nHeads() * keys]);
  }

  /** Where the row of a head begins in {@link #weights}. */
  int row(int layer, int head) {
    return (layer * heads + head) * keys;
  }

  /** The weight that one head of one layer gives to a token. */
  public float weight(int layer, int head, int key) {
    return weights[row(layer, head) + key];
  }

  /**
   * The weights [keys] of a head of a layer, or their mean.
   *
   * @param layer from 0, or {@link #ALL}
   * @param head from 0, or {@link #ALL}
   */
  public float[] mean(int layer, int head) {
    int firstLayer = layer == ALL ? 0 : layer;
    int endLayer = layer == ALL ? layers : layer + 1;
    int firstHead = head == ALL ? 0 : head;
    int endHead = head == ALL ? heads : head + 1;
    float share = 1f / ((endLayer - firstLayer) * (endHead - firstHead));
    float[] mean = new float[keys];
    for (int l = firstLayer; l < endLayer; l++) {
      for (int h = firstHead; h < endHead; h++) {
        for (int k = 0; k < keys; k++) {
          mean[k] += share * weight(l, h, k);
        }
      }
    }
    return mean;
  }
}
