package org.minillm.model;

/**
 * What one block keeps of its forward pass for its backward pass, R = batch · T rows: one for each
 * block, or one for all when {@code memory_saver} recomputes it.
 */
final class BlockMemory {
  final Norm.Statistics inputStatistics;

  /** Rotated q and k, and v: [R, E], E = D + 2K. */
  final float[] qkv;

  /** Output of the heads: [R, D]. */
  final float[] heads;

  /** Log-sums of the softmax: [batch, H, T]. */
  final float[] logSums;

  /** The residual stream after attention: [R, D]. */
  final float[] middle;

  final Norm.Statistics postAttentionStatistics;

  /** [R, F]. */
  final float[] gate;

  /** [R, F]. */
  final float[] up;

  BlockMemory(ModelConfig c, int rows) {
    inputStatistics = new Norm.Statistics(c, rows);
    qkv = new float[rows * (c.dModel() + 2 * c.kvDim())];
    heads = new float[rows * c.dModel()];
    logSums = new float[rows * c.nHeads()];
    middle = new float[rows * c.dModel()];
    postAttentionStatistics = new Norm.Statistics(c, rows);
    gate = new float[rows * c.dFf()];
    up = new float[rows * c.dFf()];
  }

  static long floats(ModelConfig c, long rows) {
    return rows * (3L * c.dModel() + 2L * c.kvDim() + c.nHeads() + 2L * c.dFf())
        + 2 * Norm.Statistics.floats(c, rows);
  }
}
