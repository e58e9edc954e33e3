package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.AttentionShape;
import org.minillm.kernel.Kernels;

/**
 * Causal self-attention (Vaswani et al. 2017) with rotary positions and grouped queries, computed
 * by chunks of keys with an online softmax (Milakov and Gimelshein 2018; Dao et al. 2022).
 *
 * <pre>
 *   n      = norm(x)                          [T, D]
 *   q k v  = n · Wqᵀ, n · Wkᵀ, n · Wvᵀ        [T, D], [T, K], [T, K], side by side in rows of E = D + 2K
 *   q k    = rope(q), rope(k)
 *   heads  = softmax(q · kᵀ / √headDim) · v   [T, D]
 *   branch = heads · Woᵀ                      [T, D]
 * </pre>
 *
 * <p>Kept for the backward pass: qkv, heads, the softmax's log-sums and the norm's statistics.
 */
final class Attention {
  private final Kernels kernels;
  private final WorkerPool pool;
  private final ModelConfig c;
  private final int d;
  private final int kv;
  private final int e;
  private final Norm norm;
  private final Linear qkvProjection;
  private final Linear outProjection;

  Attention(Transformer model, ParameterLayout.BlockAt at) {
    kernels = model.kernels();
    pool = model.pool();
    c = model.config();
    d = c.dModel();
    kv = c.kvDim();
    e = d + 2 * kv;
    norm = new Norm(model, at.inputNorm());
    // The rows of q, k and v follow one another: one product makes all three.
    qkvProjection = new Linear(model, at.q(), e, d);
    outProjection = new Linear(model, at.o(), d, d);
  }

  /** w.branch = attention(norm(x)). */
  void forward(float[] x, BlockMemory kept, Workspace w, int time) {
    norm.forward(w.normed, x, 0, kept.inputStatistics, time);
    qkvProjection.forward(kept.qkv, 0, w.normed, 0, time);
    rope(kept.qkv, w.rope, time, false);
    kernels.attentionForward(
        pool,
        shape(w, time),
        kept.heads,
        0,
        d,
        kept.logSums,
        0,
        kept.qkv,
        0,
        e,
        kept.qkv,
        d,
        e,
        kept.qkv,
        d + kv,
        e,
        w.attention);
    outProjection.forward(w.branch, 0, kept.heads, 0, time);
  }

  /**
   * w.dx += gradient of x, given that of the branch, {@code dBranch}; w.normed and w.wide are used.
   */
  void backward(
      float[] gradients, float[] dBranch, float[] x, BlockMemory kept, Workspace w, int time) {
    float[] dHeads = w.normed;
    float[] dQkv = w.wide;
    outProjection.weightGradient(gradients, dBranch, 0, kept.heads, 0, time);
    outProjection.inputGradient(dHeads, 0, dBranch, 0, time, false);
    kernels.attentionBackward(
        pool,
        shape(w, time),
        dQkv,
        0,
        dQkv,
        d,
        dQkv,
        d + kv,
        dHeads,
        0,
        kept.heads,
        0,
        d,
        kept.logSums,
        0,
        kept.qkv,
        0,
        e,
        kept.qkv,
        d,
        e,
        kept.qkv,
        d + kv,
        e,
        w.attention);
    rope(dQkv, w.rope, time, true);
    norm.forward(w.normed, x, 0, kept.inputStatistics, time);
    qkvProjection.weightGradient(gradients, dQkv, 0, w.normed, 0, time);
    float[] dNormed = w.normed;
    qkvProjection.inputGradient(dNormed, 0, dQkv, 0, time, false);
    norm.backward(w.dx, gradients, dNormed, x, kept.inputStatistics, time);
  }

  private AttentionShape shape(Workspace w, int time) {
    return new AttentionShape(1, time, time, 0, c.nHeads(), c.nKvHeads(), c.headDim(), w.chunk);
  }

  /** Turns q and k, which lie side by side, in one go. */
  private void rope(float[] qkv, RopeTable table, int time, boolean inverse) {
    kernels.rope(
        pool,
        qkv,
        0,
        e,
        table.cos,
        table.sin,
        time,
        time,
        0,
        c.nHeads() + c.nKvHeads(),
        c.headDim(),
        inverse);
  }
}
