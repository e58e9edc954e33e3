package org.minillm.kernel;

import java.util.List;
import org.minillm.base.Choice;
import org.minillm.base.WorkerPool;

/**
 * The loops of the engine over {@code float[]} with offsets. Destination first, each array followed
 * by its offset (and leading dimension {@code ld}, in elements, where rows may lie apart). Matrices
 * are row-major. Two implementations compute the same: {@link ScalarKernels} in plain Java and
 * {@code VectorKernels} on the Vector API; {@link #best()} chooses once at start.
 *
 * <p><b>Same bits.</b> Every sum has an order that depends on the sizes only, never on which thread
 * took which chunk: products add over k in order, in blocks ({@link #depth}); a reduction adds its
 * lanes in a fixed order. An element of a product does not depend on how many other rows or columns
 * are computed with it.
 *
 * <p>Letters: m, n, k sizes of a product; R rows, D features of a row, H heads, T time.
 */
public interface Kernels {
  /** Products add over k in blocks of at most this many, each block summed on its own first. */
  int K_BLOCK = 256;

  /**
   * Length of the block of k that begins at {@code p}: blocks of a segment are as long as each
   * other, or nearly.
   */
  static int depth(int p, int k, int segment) {
    int start = p - p % segment;
    int length = Math.min(segment, k - start);
    int blocks = (length + K_BLOCK - 1) / K_BLOCK;
    int block = (length + blocks - 1) / blocks;
    return Math.min(block, start + length - p);
  }

  /**
   * The fastest implementation this JVM can run, or what the system property {@code
   * minillm.kernels} forces; chosen once. Throws BadConfig where a property {@code minillm.*} asks
   * for what is not to be had here.
   */
  static Kernels best() {
    return KernelChoice.best();
  }

  /** What was chosen and why: kernels, fma, tile and int8; errors as {@link #best()}. */
  static List<Choice> choices() {
    return KernelChoice.choices();
  }

  /**
   * Throws BadConfig where a system property asks for kernels that are not to be had here. Costs
   * nothing where none asks.
   */
  static void checkAskedFor() {
    if (KernelSettings.given().forceAny()) {
      best();
      Int8Kernels.best();
    }
  }

  /** The plain Java twin. */
  static Kernels scalar() {
    return KernelChoice.SCALAR;
  }

  /** {@link #best()}, but never in the plain loops of a start. */
  static Kernels compiled() {
    return best() instanceof VectorKernels ? new VectorKernels() : best();
  }

  /**
   * The loops of inference run in plain Java from now on, with the same bits: for a process whose
   * vector kernels the JIT has not compiled yet. Nothing changes where scalar kernels run.
   */
  static void startPlain() {
    PlainStart.begin();
  }

  /** Ends {@link #startPlain()}. */
  static void endPlain() {
    PlainStart.end();
  }

  /**
   * What runs, for people: {@code "vector 512-bit fma"}, {@code "scalar mul+add"}. Kernels of the
   * same description compute the same bits.
   */
  String description();

  // ---- products ---------------------------------------------------------------------------------

  /** C[m,n] = A[m,k] · B[k,n], or C += when {@code accumulate}. */
  void gemmNN(
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
      boolean accumulate);

  /** C[m,n] = A[m,k] · B[n,k]ᵀ, or C += when {@code accumulate}. */
  void gemmNT(
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
      boolean accumulate);

  /**
   * C[m,n] = A[k,m]ᵀ · B[k,n], or C += when {@code accumulate}; the product of a weight's gradient.
   * The k rows come in segments of {@code segment} (one sequence's tokens), and a block of k never
   * reaches over the end of a segment: one product over several sequences has the bits of several
   * products, one a sequence, added up in order.
   */
  void gemmTN(
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
      boolean accumulate);

  /**
   * y[rows] = W[rows,cols] · x[cols] on the calling thread; the product of decoding. A row's sum
   * does not depend on the other rows.
   */
  void matvec(
      float[] y, int yOff, float[] w, int wOff, int ldw, float[] x, int xOff, int rows, int cols);

  // ---- vectors of n elements --------------------------------------------------------------------

  /** Σ aᵢ·bᵢ. */
  float dot(float[] a, int aOff, float[] b, int bOff, int n);

  /** Σ xᵢ. */
  float sum(float[] x, int off, int n);

  /** Largest element; NaN if one is NaN; n ≥ 1. */
  float max(float[] x, int off, int n);

  /** Index of the largest element, the first of equals, relative to {@code off}; n ≥ 1. */
  int argmax(float[] x, int off, int n);

  /** Σ xᵢ² in double, added in a fixed order for any number of threads (the gradient's norm). */
  double sumOfSquares(WorkerPool pool, float[] x, int off, int n);

  /** x = 0. */
  void zero(WorkerPool pool, float[] x, int off, int n);

  /** y += x. */
  void add(float[] y, int yOff, float[] x, int xOff, int n);

  /** y += α·x. */
  void axpy(float[] y, int yOff, float alpha, float[] x, int xOff, int n);

  /** y *= α. */
  void scale(float[] y, int yOff, float alpha, int n);

  /**
   * y = exp(x), our own polynomial: relative error under 2e-7, the same bits at any time; y may be
   * x.
   */
  void exp(float[] y, int yOff, float[] x, int xOff, int n);

  // ---- softmax and cross-entropy, one row of n logits -------------------------------------------

  /** x = softmax(x). */
  void softmax(float[] x, int off, int n);

  /** -log softmax(x)[target], in nats; x stays. */
  float crossEntropy(float[] x, int off, int n, int target);

  /** Returns -log softmax(x)[target] and overwrites x by scale · (softmax(x) - onehot(target)). */
  float crossEntropyBackward(float[] x, int off, int n, int target, float scale);

  // ---- layers over R rows of D features ---------------------------------------------------------

  /** y = x · rstd ⊙ gain with rstd[r] = 1/√(mean(x²) + eps), kept for the backward pass. */
  void rmsNormForward(
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
      float eps);

  /** dx += and dGain += for {@link #rmsNormForward}; rows are added to dGain in order. */
  void rmsNormBackward(
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
      int d);

  /** y = (x - mean) · rstd ⊙ gain + bias; mean and rstd are kept, one a row each. */
  void layerNormForward(
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
      float eps);

  /** dx +=, dGain +=, dBias += for {@link #layerNormForward}. */
  void layerNormBackward(
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
      int d);

  /**
   * Rotates the heads of each row in place, pairs (i, i + headDim/2) (Hugging Face's half-split
   * layout). Row r stands at position {@code positions0 + r % time}: {@code time} rows a sequence.
   * {@code cos} and {@code sin} hold headDim/2 values a position from position 0. {@code inverse}
   * rotates back (the backward pass).
   */
  void rope(
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
      boolean inverse);

  /** h = silu(gate) ⊙ up over n elements; h may be gate or up. */
  void swigluForward(
      WorkerPool pool,
      float[] h,
      int hOff,
      float[] gate,
      int gateOff,
      float[] up,
      int upOff,
      int n);

  /** dGate and dUp (overwritten; they may be dH) for {@link #swigluForward}. */
  void swigluBackward(
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
      int n);

  // ---- causal attention -------------------------------------------------------------------------

  /**
   * Causal grouped-query attention by blocks of keys with an online softmax; no [time × time]
   * matrix exists. Query i of {@code shape.queries} stands at position shape.queryStart + i and
   * sees keys 0 … that position. q and out: [batch, queries, H, headDim] rows of {@code ldq} and
   * {@code ldo}; k and v: [batch, keys, Hkv, headDim] rows of {@code ldk}, {@code ldv}, heads
   * {@code shape.kvHeadStride} apart. Within a batch, sequence b starts b·queries rows (b·keys
   * rows) on. {@code lse} keeps log Σ exp of each query's scores: [batch, H, queries].
   */
  void attentionForward(
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
      AttentionScratch scratch);

  /**
   * Gradients of {@link #attentionForward}: dq, dk, dv are overwritten (layouts of q, k, v with the
   * same leading dimensions). Needs queryStart 0 and keys == queries. {@code out}, {@code lse} as
   * the forward pass left them. Heads of one group add to dk and dv in order.
   */
  void attentionBackward(
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
      AttentionScratch scratch);

  // ---- optimiser --------------------------------------------------------------------------------

  /**
   * One AdamW step (Loshchilov and Hutter) over n weights: g' = g·gradScale; m = β₁m + (1-β₁)g'; v
   * = β₂v + (1-β₂)g'²; w -= lr·(m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + eps) + weightDecay·w), decay applied to
   * the old w. {@code correction1} = 1-β₁ᵗ, {@code correction2} = 1-β₂ᵗ.
   */
  void adamW(
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
      float gradScale);
}
