package org.minillm.model;

import org.minillm.kernel.AttentionScratch;

/**
 * Working memory that all blocks of a training pass share; nothing in it outlives a block, except
 * dx, the gradient of the residual stream.
 */
final class Workspace {
  /** Normed input of a branch, then the gradient of it; also the gradient of the heads: [T, D]. */
  final float[] normed;

  /** Output of a branch, then the gradient of it: [T, D]. */
  final float[] branch;

  /** Hidden layer of the feed-forward, then its gradient, then that of the gate: [T, F]. */
  final float[] hidden;

  /** Gradient of up [T, F] or of qkv [T, E]. */
  final float[] wide;

  /** Gradient of the residual stream: [T, D]. */
  final float[] dx;

  final RopeTable rope;
  final AttentionScratch attention;

  /** Keys a chunk of attention. */
  final int chunk;

  Workspace(ModelConfig c, int time, int chunk, int threads) {
    normed = new float[time * c.dModel()];
    branch = new float[time * c.dModel()];
    hidden = new float[time * c.dFf()];
    wide = new float[time * wide(c)];
    dx = new float[time * c.dModel()];
    rope = new RopeTable(c, time);
    attention = new AttentionScratch(threads, c.headDim(), chunk);
    this.chunk = chunk;
  }

  static int wide(ModelConfig c) {
    return Math.max(c.dFf(), c.dModel() + 2 * c.kvDim());
  }

  static long floats(ModelConfig c, long time, int chunk, int threads) {
    return time * (3L * c.dModel() + c.dFf() + wide(c))
        + RopeTable.floats(c, time)
        + AttentionScratch.floats(threads, c.headDim(), chunk);
  }
}
