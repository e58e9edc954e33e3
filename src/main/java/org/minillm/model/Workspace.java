package org.minillm.model;

import org.minillm.kernel.AttentionScratch;

/**
 * Working memory that all blocks of a training pass share; nothing in it outlives a block, except
 * dx, the gradient of the residual stream. R = batch · T rows.
 */
final class Workspace {
  /** Normed input of a branch, then the gradient of it; also the gradient of the heads: [R, D]. */
  final float[] normed;

  /** Output of a branch, then the gradient of it: [R, D]. */
  final float[] branch;

  /** Hidden layer of the feed-forward, then its gradient, then that of the gate: [R, F]. */
  final float[] hidden;

  /** Gradient of up [R, F] or of qkv [R, E]. */
  final float[] wide;

  /** Gradient of the residual stream: [R, D]. */
  final float[] dx;

  final RopeTable rope;
  final AttentionScratch attention;

  /** Keys a chunk of attention. */
  final int chunk;

  Workspace(ModelConfig c, int batch, int time, int chunk, int threads) {
    int rows = batch * time;
    normed = new float[rows * c.dModel()];
    branch = new float[rows * c.dModel()];
    hidden = new float[rows * c.dFf()];
    wide = new float[rows * wide(c)];
    dx = new float[rows * c.dModel()];
    rope = new RopeTable(c, time);
    attention = new AttentionScratch(threads, c.headDim(), chunk);
    this.chunk = chunk;
  }

  static int wide(ModelConfig c) {
    return Math.max(c.dFf(), c.dModel() + 2 * c.kvDim());
  }

  static long floats(ModelConfig c, long batch, long time, int chunk, int threads) {
    return batch * time * (3L * c.dModel() + c.dFf() + wide(c))
        + RopeTable.floats(c, time)
        + AttentionScratch.floats(threads, c.headDim(), chunk);
  }
}
