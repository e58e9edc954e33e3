package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.AttentionShape;
import org.minillm.kernel.Kernels;

/**
 * Causal self-attention (Vaswani et al. 2017) with rotary positions and grouped queries, computed
 * by chunks of keys with an online softmax (Milakov and Gimelshein 2018; Dao et al. 2022).
 *
 * <pre>
 *   n      = norm(x)                          [R, D]
 *   q k v  = n · Wqᵀ, n · Wkᵀ, n · Wvᵀ        [R, D], [R, K], [R, K], side by side in rows of E = D + 2K
 *   q k    = rope(q), rope(k)
 *   heads  = softmax(q · kᵀ / √headDim) · v   [R, D]
 *   branch = heads · Woᵀ                      [R, D]
 * </pre>
 *
 * <p>R = batch · T rows, sequence after sequence. Kept for the backward pass: qkv, heads, the
 * softmax's log-sums and the norm's statistics.
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
  void forward(float[] x, BlockMemory kept, Workspace w, int batch, int time) {
    int rows = batch * time;
    norm.forward(w.normed, x, 0, kept.inputStatistics, rows);
    qkvProjection.forward(kept.qkv, 0, w.normed, 0, rows);
    rope(kept.qkv, w.rope, rows, time, false);
    kernels.attentionForward(
        pool,
        shape(w, batch, time),
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
    outProjection.forward(w.branch, 0, kept.heads, 0, rows);
  }

  /**
   * w.dx += gradient of x, given that of the branch, {@code dBranch}; w.normed and w.wide are used.
   * Matrices' gradients are added only when {@code accumulate}.
   */
  void backward(
      float[] gradients,
      float[] dBranch,
      float[] x,
      BlockMemory kept,
      Workspace w,
      int batch,
      int time,
      boolean accumulate) {
    int rows = batch * time;
    float[] dHeads = w.normed;
    float[] dQkv = w.wide;
    outProjection.weightGradient(gradients, dBranch, 0, kept.heads, 0, rows, time, accumulate);
    outProjection.inputGradient(dHeads, 0, dBranch, 0, rows, false);
    kernels.attentionBackward(
        pool,
        shape(w, batch, time),
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
    rope(dQkv, w.rope, rows, time, true);
    norm.forward(w.normed, x, 0, kept.inputStatistics, rows);
    qkvProjection.weightGradient(gradients, dQkv, 0, w.normed, 0, rows, time, accumulate);
    float[] dNormed = w.normed;
    qkvProjection.inputGradient(dNormed, 0, dQkv, 0, rows, false);
    norm.backward(w.dx, gradients, dNormed, x, kept.inputStatistics, rows);
  }

  private AttentionShape shape(Workspace w, int batch, int time) {
    return new AttentionShape(batch, time, time, 0, c.nHeads(), c.nKvHeads(), c.headDim(), w.chunk);
  }

  /** Turns q and k, which lie side by side, in one go. */
  private void rope(float[] qkv, RopeTable table, int rows, int time, boolean inverse) {
    kernels.rope(
        pool,
        qkv,
        0,
        e,
        table.cos,
        table.sin,
        rows,
        time,
        0,
        c.nHeads() + c.nKvHeads(),
        c.headDim(),
        inverse);
  }
}
