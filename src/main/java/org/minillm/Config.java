package org.minillm;

import org.minillm.model.ModelConfig;

/**
 * The shape of a small model, for a quick start; what is not named is as in the default
 * configuration (d_ff 4 times the width, context 256).
 *
 * @param vocabSize tokens
 * @param dModel width
 * @param nLayers depth
 * @param nHeads attention heads
 * @param dFf width of the feed-forward layer
 * @param maxSeqLen context length in tokens
 */
public record Config(int vocabSize, int dModel, int nLayers, int nHeads, int dFf, int maxSeqLen) {

  public Config(int vocabSize, int dModel, int nLayers, int nHeads) {
    this(vocabSize, dModel, nLayers, nHeads, 4 * dModel, 256);
  }

  /** The same as the engine says it. */
  public ModelConfig toModelConfig() {
    return ModelConfig.of(vocabSize, dModel, nLayers, nHeads, dFf, maxSeqLen);
  }
}
