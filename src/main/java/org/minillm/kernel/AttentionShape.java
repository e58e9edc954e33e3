package org.minillm.kernel;

/**
 * Sizes of one attention product.
 *
 * @param batch sequences
 * @param queries queries a sequence
 * @param keys keys a sequence; queryStart + queries at least
 * @param queryStart position of the first query (0 in training; the cached length in decoding)
 * @param nHeads query heads H
 * @param nKvHeads key and value heads Hkv; divides H
 * @param headDim features a head
 * @param chunk keys a block of the online softmax
 * @param kvHeadStride floats from a key or value head to the next: headDim where the heads of a
 *     position lie side by side, more where each head has its positions for itself
 */
public record AttentionShape(
    int batch,
    int queries,
    int keys,
    int queryStart,
    int nHeads,
    int nKvHeads,
    int headDim,
    int chunk,
    int kvHeadStride) {
  public AttentionShape {
    if (batch < 1 || queries < 1 || headDim < 1 || chunk < 1 || queryStart < 0) {
      throw new IllegalArgumentException("sizes must be positive");
    }
    if (nKvHeads < 1 || nHeads % nKvHeads != 0) {
      throw new IllegalArgumentException(nKvHeads + " key heads do not divide " + nHeads);
    }
    if (keys < queryStart + queries) {
      throw new IllegalArgumentException("fewer keys than positions");
    }
  }

  /** Keys and values whose heads lie side by side. */
  public AttentionShape(
      int batch,
      int queries,
      int keys,
      int queryStart,
      int nHeads,
      int nKvHeads,
      int headDim,
      int chunk) {
    this(batch, queries, keys, queryStart, nHeads, nKvHeads, headDim, chunk, headDim);
  }

  /** 1/√headDim, the scale of the scores. */
  public float scale() {
    return (float) (1.0 / Math.sqrt(headDim));
  }
}
