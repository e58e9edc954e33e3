package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/**
 * SwiGLU feed-forward layer (Shazeer 2020).
 *
 * <pre>
 *   n      = norm(x)               [T, D]
 *   gate   = n · Wgateᵀ            [T, F]
 *   up     = n · Wupᵀ              [T, F]
 *   hidden = silu(gate) ⊙ up       [T, F]
 *   branch = hidden · Wdownᵀ       [T, D]
 * </pre>
 *
 * <p>Kept for the backward pass: gate, up and the norm's statistics; n and hidden are computed
 * again.
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
  void forward(float[] x, BlockMemory kept, Workspace w, int time) {
    forwardHidden(x, kept, w, time);
    kernels.swigluForward(pool, w.hidden, 0, kept.gate, 0, kept.up, 0, time * f);
    downProjection.forward(w.branch, 0, w.hidden, 0, time);
  }

  /** Only what the backward pass needs: kept.gate and kept.up. */
  void forwardHidden(float[] x, BlockMemory kept, Workspace w, int time) {
    norm.forward(w.normed, x, 0, kept.postAttentionStatistics, time);
    gateProjection.forward(kept.gate, 0, w.normed, 0, time);
    upProjection.forward(kept.up, 0, w.normed, 0, time);
  }

  /** w.dx += gradient of x, given that of the branch; w.hidden, w.wide and w.normed are used. */
  void backward(
      float[] gradients, float[] dBranch, float[] x, BlockMemory kept, Workspace w, int time) {
    kernels.swigluForward(pool, w.hidden, 0, kept.gate, 0, kept.up, 0, time * f);
    downProjection.weightGradient(gradients, dBranch, 0, w.hidden, 0, time);
    float[] dHidden = w.hidden;
    downProjection.inputGradient(dHidden, 0, dBranch, 0, time, false);
    float[] dGate = w.hidden;
    float[] dUp = w.wide;
    kernels.swigluBackward(pool, dGate, 0, dUp, 0, dHidden, 0, kept.gate, 0, kept.up, 0, time * f);
    norm.forward(w.normed, x, 0, kept.postAttentionStatistics, time);
    gateProjection.weightGradient(gradients, dGate, 0, w.normed, 0, time);
    upProjection.weightGradient(gradients, dUp, 0, w.normed, 0, time);
    float[] dNormed = w.normed;
    gateProjection.inputGradient(dNormed, 0, dGate, 0, time, false);
    upProjection.inputGradient(dNormed, 0, dUp, 0, time, true);
    norm.backward(w.dx, gradients, dNormed, x, kept.postAttentionStatistics, time);
  }
}
