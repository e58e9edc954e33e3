package org.minillm.model;

/**
 * What one block keeps of its forward pass for its backward pass, T tokens of one sequence: one for
 * each block, or one for all when {@code memory_saver} recomputes it.
 */
final class BlockMemory {
  final Norm.Statistics inputStatistics;

  /** Rotated q and k, and v: [T, E], E = D + 2K. */
  final float[] qkv;

  /** Output of the heads: [T, D]. */
  final float[] heads;

  /** Log-sums of the softmax: [H, T]. */
  final float[] logSums;

  /** The residual stream after attention: [T, D]. */
  final float[] middle;

  final Norm.Statistics postAttentionStatistics;

  /** [T, F]. */
  final float[] gate;

  /** [T, F]. */
  final float[] up;

  BlockMemory(ModelConfig c, int time) {
    inputStatistics = new Norm.Statistics(c, time);
    qkv = new float[time * (c.dModel() + 2 * c.kvDim())];
    heads = new float[time * c.dModel()];
    logSums = new float[time * c.nHeads()];
    middle = new float[time * c.dModel()];
    postAttentionStatistics = new Norm.Statistics(c, time);
    gate = new float[time * c.dFf()];
    up = new float[time * c.dFf()];
  }

  static long floats(ModelConfig c, long time) {
    return time * (3L * c.dModel() + 2L * c.kvDim() + c.nHeads() + 2L * c.dFf())
        + 2 * Norm.Statistics.floats(c, time);
  }
}
