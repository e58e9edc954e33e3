package org.minillm.model;

import org.minillm.base.MiniLlmException.BadConfig;

/**
 * The shape of a decoder. Checked on creation: what exists can be built, memory permitting.
 *
 * @param vocabSize tokens V, 1 to 1,048,576
 * @param dModel features of a token D; nHeads divides it
 * @param nLayers blocks L, 1 to 1,024
 * @param nHeads query heads H; D / H is even
 * @param nKvHeads key and value heads; divides nHeads (grouped-query attention, Ainslie et al.
 *     2023)
 * @param dFf hidden features F of the feed-forward layer
 * @param contextLength tokens a sequence can have, 1 to 1,048,576
 * @param ropeTheta base of the rotary position's wavelengths, usually 10,000
 * @param normEps added to the variance, usually 1e-5
 * @param norm RMSNorm or LayerNorm
 * @param tieEmbeddings whether the head uses the embedding's matrix
 */
public record ModelConfig(
    int vocabSize,
    int dModel,
    int nLayers,
    int nHeads,
    int nKvHeads,
    int dFf,
    int contextLength,
    float ropeTheta,
    float normEps,
    NormType norm,
    boolean tieEmbeddings) {
  private static final int MILLION = 1 << 20;

  /** Theta of most models. */
  public static final float DEFAULT_ROPE_THETA = 10_000f;

  /** Epsilon of most models. */
  public static final float DEFAULT_NORM_EPS = 1e-5f;

  public ModelConfig {
    range("vocab_size", vocabSize, MILLION);
    range("d_model", dModel, 65_536);
    range("n_layers", nLayers, 1_024);
    range("n_heads", nHeads, dModel);
    range("n_kv_heads", nKvHeads, nHeads);
    range("d_ff", dFf, MILLION);
    range("max_seq_len", contextLength, MILLION);
    if (dModel % nHeads != 0) {
      throw bad("n_heads", nHeads, "a divisor of d_model (" + dModel + ")");
    }
    if (dModel / nHeads % 2 != 0) {
      throw bad(
          "n_heads", nHeads, "d_model / n_heads even (RoPE turns pairs), not " + dModel / nHeads);
    }
    if (nHeads % nKvHeads != 0) {
      throw bad("n_kv_heads", nKvHeads, "a divisor of n_heads (" + nHeads + ")");
    }
    if (!(ropeTheta >= 1 && ropeTheta <= 1e12f)) {
      throw bad("rope_theta", ropeTheta, "1 to 1e12");
    }
    if (!(normEps > 0 && normEps <= 0.1f)) {
      throw bad("norm_eps", normEps, "more than 0, at most 0.1");
    }
  }

  /** Multi-head attention, RMSNorm, tied embeddings and the usual theta and epsilon. */
  public static ModelConfig of(
      int vocabSize, int dModel, int nLayers, int nHeads, int dFf, int contextLength) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        nHeads,
        dFf,
        contextLength,
        DEFAULT_ROPE_THETA,
        DEFAULT_NORM_EPS,
        NormType.RMSNORM,
        true);
  }

  private static void range(String key, int value, int max) {
    if (value < 1 || value > max) {
      throw bad(key, value, "a whole number from 1 to " + max);
    }
  }

  private static BadConfig bad(String key, Number value, String allowed) {
    return new BadConfig("hyperparameters." + key, value.toString(), allowed);
  }

  /** Features of a head. */
  public int headDim() {
    return dModel / nHeads;
  }

  /** Features of a key or value row: nKvHeads · headDim. */
  public int kvDim() {
    return nKvHeads * headDim();
  }

  /** Weights of the model, the head counted only when untied. */
  public long parameterCount() {
    return ParameterLayout.of(this).size();
  }

  public ModelConfig withVocabSize(int value) {
    return new ModelConfig(
        value,
        dModel,
        nLayers,
        nHeads,
        nKvHeads,
        dFf,
        contextLength,
        ropeTheta,
        normEps,
        norm,
        tieEmbeddings);
  }

  public ModelConfig withContextLength(int value) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        nKvHeads,
        dFf,
        value,
        ropeTheta,
        normEps,
        norm,
        tieEmbeddings);
  }

  public ModelConfig withKvHeads(int value) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        value,
        dFf,
        contextLength,
        ropeTheta,
        normEps,
        norm,
        tieEmbeddings);
  }

  public ModelConfig withRopeTheta(float value) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        nKvHeads,
        dFf,
        contextLength,
        value,
        normEps,
        norm,
        tieEmbeddings);
  }

  public ModelConfig withNormEps(float value) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        nKvHeads,
        dFf,
        contextLength,
        ropeTheta,
        value,
        norm,
        tieEmbeddings);
  }

  public ModelConfig withNorm(NormType value) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        nKvHeads,
        dFf,
        contextLength,
        ropeTheta,
        normEps,
        value,
        tieEmbeddings);
  }

  public ModelConfig withTiedEmbeddings(boolean value) {
    return new ModelConfig(
        vocabSize,
        dModel,
        nLayers,
        nHeads,
        nKvHeads,
        dFf,
        contextLength,
        ropeTheta,
        normEps,
        norm,
        value);
  }
}
