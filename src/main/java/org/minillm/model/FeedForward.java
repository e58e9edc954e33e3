package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * SwiGLU feed-forward layer (Shazeer 2020).
 *
 * <pre>
 *   n      = norm(x)               [R, D]
 *   gate   = n · Wgateᵀ            [R, F]
 *   up     = n · Wupᵀ              [R, F]
 *   hidden = silu(gate) ⊙ up       [R, F]
 *   branch = hidden · Wdownᵀ       [R, D]
 * </pre>
 *
 * <p>R rows, sequence after sequence. Kept for the backward pass: gate, up and the norm's
 * statistics; n and hidden are computed again.
 */
final class FeedForward {
  private final Kernels kernels;
  private final WorkerPool pool;
  private final int f;
  private final Norm norm;
  private final Linear gateProjection;
  private final Linear upProjection;
  private final Linear downProjection;

  FeedForward(Transformer model, ParameterLayout.BlockAt at) {
    kernels = model.kernels();
    pool = model.pool();
    int d = model.config().dModel();
    f = model.config().dFf();
    norm = new Norm(model, at.postAttentionNorm());
    gateProjection = new Linear(model, at.gate(), f, d);
    upProjection = new Linear(model, at.up(), f, d);
    downProjection = new Linear(model, at.down(), d, f);
  }

  /** w.branch = feedForward(norm(x)). */
  void forward(float[] x, BlockMemory kept, Workspace w, int rows) {
    forwardHidden(x, kept, w, rows);
    kernels.swigluForward(pool, w.hidden, 0, kept.gate, 0, kept.up, 0, rows * f);
    downProjection.forward(w.branch, 0, w.hidden, 0, rows);
  }

  /** Only what the backward pass needs: kept.gate and kept.up. */
  void forwardHidden(float[] x, BlockMemory kept, Workspace w, int rows) {
    norm.forward(w.normed, x, 0, kept.postAttentionStatistics, rows);
    gateProjection.forward(kept.gate, 0, w.normed, 0, rows);
    upProjection.forward(kept.up, 0, w.normed, 0, rows);
  }

  /**
   * w.dx += gradient of x, given that of the branch, for sequences of {@code time} rows; w.hidden,
   * w.wide and w.normed are used. Matrices' gradients are added only when {@code accumulate}.
   */
  void backward(
      float[] gradients,
      float[] dBranch,
      float[] x,
      BlockMemory kept,
      Workspace w,
      int rows,
      int time,
      boolean accumulate) {
    kernels.swigluForward(pool, w.hidden, 0, kept.gate, 0, kept.up, 0, rows * f);
    downProjection.weightGradient(gradients, dBranch, 0, w.hidden, 0, rows, time, accumulate);
    float[] dHidden = w.hidden;
    downProjection.inputGradient(dHidden, 0, dBranch, 0, rows, false);
    float[] dGate = w.hidden;
    float[] dUp = w.wide;
    kernels.swigluBackward(pool, dGate, 0, dUp, 0, dHidden, 0, kept.gate, 0, kept.up, 0, rows * f);
    norm.forward(w.normed, x, 0, kept.postAttentionStatistics, rows);
    gateProjection.weightGradient(gradients, dGate, 0, w.normed, 0, rows, time, accumulate);
    upProjection.weightGradient(gradients, dUp, 0, w.normed, 0, rows, time, accumulate);
    float[] dNormed = w.normed;
    gateProjection.inputGradient(dNormed, 0, dGate, 0, rows, false);
    upProjection.inputGradient(dNormed, 0, dUp, 0, rows, true);
    norm.backward(w.dx, gradients, dNormed, x, kept.postAttentionStatistics, rows);
  }
}
