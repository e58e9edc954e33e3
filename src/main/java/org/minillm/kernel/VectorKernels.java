package org.minillm.kernel;

import org.minillm.base.WorkerPool;

/**
 * The kernels on the Vector API: only hands each call to the class that does it, in a {@link
 * PlainStart} to its plain twin. Loaded only where the JVM has the module (see {@link
 * KernelChoice}).
 */
final class VectorKernels implements Kernels {
  private final boolean mayBePlain;

  /** Vectors always. */
  VectorKernels() {
    this(false);
  }

  /**
   * @param mayBePlain whether the loops of inference run in plain Java while {@link PlainStart}
   *     says so; the bits are the same
   */
  VectorKernels(boolean mayBePlain) {
    this.mayBePlain = mayBePlain;
  }

  boolean plain() {
    return mayBePlain && PlainStart.isOn();
  }

  @Override
  public String description() {
    return "vector " + 32 * Lanes.LENGTH + "-bit " + (Fma.AVAILABLE ? "fma" : "mul+add");
  }

  @Override
  public void gemmNN(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      boolean accumulate) {
    new VectorProduct(
            pool, c, cOff, ldc, a, aOff, lda, false, b, bOff, ldb, false, m, n, k, k, accumulate)
        .run();
  }

  @Override
  public void gemmNT(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      boolean accumulate) {
    if (plain()) {
      ScalarGemm.multiply(
          pool, c, cOff, ldc, a, aOff, lda, false, b, bOff, ldb, true, m, n, k, k, accumulate);
    } else {
      new VectorProduct(
              pool, c, cOff, ldc, a, aOff, lda, false, b, bOff, ldb, true, m, n, k, k, accumulate)
          .run();
    }
  }

  @Override
  public void gemmTN(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int ldb,
      int m,
      int n,
      int k,
      int segment,
      boolean accumulate) {
    new VectorProduct(
            pool,
            c,
            cOff,
            ldc,
            a,
            aOff,
            lda,
            true,
            b,
            bOff,
            ldb,
            false,
            m,
            n,
            k,
            segment,
            accumulate)
        .run();
  }

  @Override
  public void matvec(
      float[] y, int yOff, float[] w, int wOff, int ldw, float[] x, int xOff, int rows, int cols) {
    if (plain()) {
      LaneLoops.rowsTimes(y, yOff, w, wOff, ldw, x, xOff, rows, cols, Lanes.LENGTH);
    } else {
      VectorRows.rowsTimes(y, yOff, w, wOff, ldw, x, xOff, rows, cols);
    }
  }

  @Override
  public float dot(float[] a, int aOff, float[] b, int bOff, int n) {
    return VectorRows.dot(a, aOff, b, bOff, n);
  }

  @Override
  public float sum(float[] x, int off, int n) {
    return VectorRows.sum(x, off, n);
  }

  @Override
  public float max(float[] x, int off, int n) {
    return VectorRows.max(x, off, n);
  }

  @Override
  public int argmax(float[] x, int off, int n) {
    return PlainLoops.argmax(x, off, n);
  }

  @Override
  public double sumOfSquares(WorkerPool pool, float[] x, int off, int n) {
    // SSE's conversion to double is no instruction to the JIT.
    PlainLoops.Squares squares =
        Lanes.LENGTH >= 8 ? VectorRows::sumOfSquares : PlainLoops::sumOfSquares;
    return PlainLoops.sumOfSquares(pool, x, off, n, squares);
  }

  @Override
  public void zero(WorkerPool pool, float[] x, int off, int n) {
    PlainLoops.zero(pool, x, off, n);
  }

  @Override
  public void add(float[] y, int yOff, float[] x, int xOff, int n) {
    if (plain()) {
      ScalarRows.add(y, yOff, x, xOff, n);
    } else {
      VectorRows.add(y, yOff, x, xOff, n);
    }
  }

  @Override
  public void axpy(float[] y, int yOff, float alpha, float[] x, int xOff, int n) {
    VectorRows.axpy(y, yOff, alpha, x, xOff, n);
  }

  @Override
  public void scale(float[] y, int yOff, float alpha, int n) {
    VectorRows.scale(y, yOff, alpha, n);
  }

  @Override
  public void exp(float[] y, int yOff, float[] x, int xOff, int n) {
    VectorRows.exp(y, yOff, x, xOff, n);
  }

  @Override
  public void softmax(float[] x, int off, int n) {
    VectorRows.softmax(x, off, n);
  }

  @Override
  public float crossEntropy(float[] x, int off, int n, int target) {
    return plain()
        ? LaneLoops.crossEntropy(x, off, n, target, Lanes.LENGTH)
        : VectorRows.crossEntropy(x, off, n, target);
  }

  @Override
  public float crossEntropyBackward(float[] x, int off, int n, int target, float scale) {
    return VectorRows.crossEntropyBackward(x, off, n, target, scale);
  }

  @Override
  public void rmsNormForward(
      WorkerPool pool,
      float[] y,
      int yOff,
      float[] rstd,
      int rstdOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      int rows,
      int d,
      float eps) {
    if (plain()) {
      LaneLoops.rmsNormForward(
          y, yOff, rstd, rstdOff, x, xOff, gain, gainOff, rows, d, eps, Lanes.LENGTH);
    } else {
      VectorLayers.rmsNormForward(
          pool, y, yOff, rstd, rstdOff, x, xOff, gain, gainOff, rows, d, eps);
    }
  }

  @Override
  public void rmsNormBackward(
      WorkerPool pool,
      float[] dx,
      int dxOff,
      float[] dGain,
      int dGainOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float[] rstd,
      int rstdOff,
      int rows,
      int d) {
    VectorLayers.rmsNormBackward(
        pool, dx, dxOff, dGain, dGainOff, dy, dyOff, x, xOff, gain, gainOff, rstd, rstdOff, rows,
        d);
  }

  @Override
  public void layerNormForward(
      WorkerPool pool,
      float[] y,
      int yOff,
      float[] mean,
      int meanOff,
      float[] rstd,
      int rstdOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float[] bias,
      int biasOff,
      int rows,
      int d,
      float eps) {
    VectorLayers.layerNormForward(
        pool, y, yOff, mean, meanOff, rstd, rstdOff, x, xOff, gain, gainOff, bias, biasOff, rows, d,
        eps);
  }

  @Override
  public void layerNormBackward(
      WorkerPool pool,
      float[] dx,
      int dxOff,
      float[] dGain,
      int dGainOff,
      float[] dBias,
      int dBiasOff,
      float[] dy,
      int dyOff,
      float[] x,
      int xOff,
      float[] gain,
      int gainOff,
      float[] mean,
      int meanOff,
      float[] rstd,
      int rstdOff,
      int rows,
      int d) {
    VectorLayers.layerNormBackward(
        pool, dx, dxOff, dGain, dGainOff, dBias, dBiasOff, dy, dyOff, x, xOff, gain, gainOff, mean,
        meanOff, rstd, rstdOff, rows, d);
  }

  @Override
  public void rope(
      WorkerPool pool,
      float[] x,
      int xOff,
      int ldx,
      float[] cos,
      float[] sin,
      int rows,
      int time,
      int position0,
      int heads,
      int headDim,
      boolean inverse) {
    if (plain()) {
      LaneLoops.rope(x, xOff, ldx, cos, sin, rows, time, position0, heads, headDim, inverse);
    } else {
      VectorLayers.rope(
          pool, x, xOff, ldx, cos, sin, rows, time, position0, heads, headDim, inverse);
    }
  }

  @Override
  public void swigluForward(
      WorkerPool pool,
      float[] h,
      int hOff,
      float[] gate,
      int gateOff,
      float[] up,
      int upOff,
      int n) {
    if (plain()) {
      LaneLoops.swigluForward(h, hOff, gate, gateOff, up, upOff, n);
    } else {
      VectorLayers.swigluForward(pool, h, hOff, gate, gateOff, up, upOff, n);
    }
  }

  @Override
  public void swigluBackward(
      WorkerPool pool,
      float[] dGate,
      int dGateOff,
      float[] dUp,
      int dUpOff,
      float[] dH,
      int dHOff,
      float[] gate,
      int gateOff,
      float[] up,
      int upOff,
      int n) {
    VectorLayers.swigluBackward(
        pool, dGate, dGateOff, dUp, dUpOff, dH, dHOff, gate, gateOff, up, upOff, n);
  }

  @Override
  public void attentionForward(
      WorkerPool pool,
      AttentionShape shape,
      float[] out,
      int outOff,
      int ldo,
      float[] lse,
      int lseOff,
      float[] q,
      int qOff,
      int ldq,
      float[] k,
      int kOff,
      int ldk,
      float[] v,
      int vOff,
      int ldv,
      AttentionScratch scratch) {
    if (plain()) {
      LaneAttention.forward(
          pool,
          shape,
          out,
          outOff,
          ldo,
          lse,
          lseOff,
          q,
          qOff,
          ldq,
          k,
          kOff,
          ldk,
          v,
          vOff,
          ldv,
          Lanes.LENGTH);
    } else {
      VectorAttention.forward(
          pool, shape, out, outOff, ldo, lse, lseOff, q, qOff, ldq, k, kOff, ldk, v, vOff, ldv,
          scratch);
    }
  }

  @Override
  public void attentionBackward(
      WorkerPool pool,
      AttentionShape shape,
      float[] dq,
      int dqOff,
      float[] dk,
      int dkOff,
      float[] dv,
      int dvOff,
      float[] dOut,
      int dOutOff,
      float[] out,
      int outOff,
      int ldo,
      float[] lse,
      int lseOff,
      float[] q,
      int qOff,
      int ldq,
      float[] k,
      int kOff,
      int ldk,
      float[] v,
      int vOff,
      int ldv,
      AttentionScratch scratch) {
    VectorAttention.backward(
        pool, shape, dq, dqOff, dk, dkOff, dv, dvOff, dOut, dOutOff, out, outOff, ldo, lse, lseOff,
        q, qOff, ldq, k, kOff, ldk, v, vOff, ldv, scratch);
  }

  @Override
  public void adamW(
      WorkerPool pool,
      float[] w,
      int wOff,
      float[] g,
      int gOff,
      float[] m,
      int mOff,
      float[] v,
      int vOff,
      int n,
      float lr,
      float beta1,
      float beta2,
      float eps,
      float weightDecay,
      float correction1,
      float correction2,
      float gradScale) {
    PlainLoops.adamW(
        pool,
        w,
        wOff,
        g,
        gOff,
        m,
        mOff,
        v,
        vOff,
        n,
        lr,
        beta1,
        beta2,
        eps,
        weightDecay,
        correction1,
        correction2,
        gradScale);
  }
}
