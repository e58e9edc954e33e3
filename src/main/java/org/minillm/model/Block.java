package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * One decoder block with the norms before the branches.
 *
 * <pre>
 *   middle = x + dropout(attention(norm(x)))
 *   y      = middle + dropout(feedForward(norm(middle)))
 * </pre>
 *
 * <p>Shapes: x, middle, y [batch · T, D].
 */
final class Block {
  private static final int ELEMENTS_A_CHUNK = 16_384;

  private final Kernels kernels;
  private final WorkerPool pool;
  private final int d;
  private final int layer;
  private final Attention attention;
  private final FeedForward feedForward;

  Block(Transformer model, int layer) {
    kernels = model.kernels();
    pool = model.pool();
    d = model.config().dModel();
    this.layer = layer;
    ParameterLayout.BlockAt at = model.layout().blocks.get(layer);
    attention = new Attention(model, at);
    feedForward = new FeedForward(model, at);
  }

  /** y = block(x); what the backward pass needs is in {@code kept}. */
  void forward(
      float[] y, float[] x, BlockMemory kept, Workspace w, int batch, int time, Dropout dropout) {
    forwardAttention(x, kept, w, batch, time, dropout);
    feedForward.forward(kept.middle, kept, w, batch * time);
    dropout.apply(pool, w.branch, batch, time, d, layer, Dropout.Site.FEED_FORWARD);
    sum(y, kept.middle, w.branch, batch * time * d);
  }

  /** Fills {@code kept} again from x, with the bits of the forward pass. */
  void recompute(float[] x, BlockMemory kept, Workspace w, int batch, int time, Dropout dropout) {
    forwardAttention(x, kept, w, batch, time, dropout);
    feedForward.forwardHidden(kept.middle, kept, w, batch * time);
  }

  private void forwardAttention(
      float[] x, BlockMemory kept, Workspace w, int batch, int time, Dropout dropout) {
    attention.forward(x, kept, w, batch, time);
    dropout.apply(pool, w.branch, batch, time, d, layer, Dropout.Site.ATTENTION);
    sum(kept.middle, x, w.branch, batch * time * d);
  }

  /**
   * Turns w.dx from the gradient of y into that of x and adds the weights' to {@code gradients};
   * the matrices' are stored instead unless {@code accumulate}.
   */
  void backward(
      float[] gradients,
      float[] x,
      BlockMemory kept,
      Workspace w,
      int batch,
      int time,
      Dropout dropout,
      boolean accumulate) {
    float[] dBranch = branchGradient(w, batch, time, dropout, Dropout.Site.FEED_FORWARD);
    feedForward.backward(gradients, dBranch, kept.middle, kept, w, batch * time, time, accumulate);
    dBranch = branchGradient(w, batch, time, dropout, Dropout.Site.ATTENTION);
    attention.backward(gradients, dBranch, x, kept, w, batch, time, accumulate);
  }

  /** The gradient of a branch is that of the stream it was added to, masked. */
  private float[] branchGradient(
      Workspace w, int batch, int time, Dropout dropout, Dropout.Site site) {
    if (!dropout.active()) {
      return w.dx;
    }
    System.arraycopy(w.dx, 0, w.branch, 0, batch * time * d);
    dropout.apply(pool, w.branch, batch, time, d, layer, site);
    return w.branch;
  }

  /** y = x + branch. */
  private void sum(float[] y, float[] x, float[] branch, int n) {
    pool.run(
        (n + ELEMENTS_A_CHUNK - 1) / ELEMENTS_A_CHUNK,
        chunk -> {
          int from = chunk * ELEMENTS_A_CHUNK;
          int count = Math.min(ELEMENTS_A_CHUNK, n - from);
          System.arraycopy(x, from, y, from, count);
          kernels.add(y, from, branch, from, count);
        });
  }
}
