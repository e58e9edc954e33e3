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
 */
public record AttentionShape(
    int batch,
    int queries,
    int keys,
    int queryStart,
    int nHeads,
    int nKvHeads,
    int headDim,
    int chunk) {
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

  /** 1/√headDim, the scale of the scores. */
  public float scale() {
    return (float) (1.0 / Math.sqrt(headDim));
  }
}
