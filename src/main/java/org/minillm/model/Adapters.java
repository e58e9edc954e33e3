package org.minillm.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;
import org.minillm.ndarray.NDArray;
import org.minillm.ndarray.RandomGenerator;

/**
 * Adapters of low rank (LoRA, Hu et al. 2021) for the matrices of attention and feed-forward: in
 * place of W [out, in] acts W + α/r · B · A, with A [r, in], B [out, r]. The model's own weights
 * stay; gradients and the optimiser's moments exist for A and B alone.
 *
 * <p>The product is never made while training: y = x · Wᵀ + (α/r · x · Aᵀ) · Bᵀ, and u = α/r · x ·
 * Aᵀ [R, r] is small. Backward, with dy [R, out]:
 *
 * <pre>
 *   du = α/r · dy · B      [R, r]
 *   dB = dyᵀ · u           [out, r]
 *   dA = duᵀ · x           [r, in]
 *   dx = dy · W + du · A   [R, in]
 * </pre>
 *
 * <p>u and du are computed again where they are needed. For one pass at a time, as the model.
 */
public final class Adapters {
  /** Largest rank. */
  public static final int MOST_RANK = 1024;

  /** Largest alpha. */
  public static final float MOST_ALPHA = 1e6f;

  private static final String WEIGHT = ".weight";

  /**
   * One of them.
   *
   * @param weight name of the matrix it belongs to
   * @param at offset of that in the model's weights
   * @param a offset of A in {@link #values()}
   * @param b offset of B
   */
  record Adapter(String weight, int at, int out, int in, int a, int b) {}

  private final Parameters values;
  private final List<Adapter> all;
  private final int rank;
  private final float scale;

  /** u and du, grown to the largest pass. */
  private float[] low = {};

  private Adapters(Parameters values, List<Adapter> all, int rank, float alpha) {
    this.values = values;
    this.all = all;
    this.rank = rank;
    this.scale = alpha / rank;
  }

  /**
   * Zeros for every matrix.
   *
   * @param alpha times B · A / rank is what is added
   * @throws BadConfig if the rank is not from 1 to {@link #MOST_RANK} and the model's width
   */
  public static Adapters allocate(ModelConfig config, int rank, float alpha) {
    int most = Math.min(MOST_RANK, config.dModel());
    if (rank < 1 || rank > most) {
      throw new BadConfig("lora_rank", Integer.toString(rank), "1 to " + most);
    }
    List<Adapter> all = new ArrayList<>();
    List<ParameterLayout.Entry> entries = new ArrayList<>();
    long size = 0;
    for (ParameterLayout.Entry w : ParameterLayout.of(config).entries()) {
      if (!isAdapted(w)) {
        continue;
      }
      String name = w.name().substring(0, w.name().length() - WEIGHT.length());
      int out = w.shape()[0];
      int in = w.shape()[1];
      long b = size + (long) rank * in;
      all.add(new Adapter(w.name(), (int) w.offset(), out, in, (int) size, (int) b));
      entries.add(
          new ParameterLayout.Entry(name + ".lora_A.weight", size, new int[] {rank, in}, true));
      entries.add(
          new ParameterLayout.Entry(name + ".lora_B.weight", b, new int[] {out, rank}, true));
      size = b + (long) out * rank;
    }
    return new Adapters(Parameters.of(entries, size), List.copyOf(all), rank, alpha);
  }

  private static boolean isAdapted(ParameterLayout.Entry weight) {
    return weight.decays() && weight.name().contains("_proj.");
  }

  /** Values of all adapters of that rank. */
  public static long count(ModelConfig config, int rank) {
    long count = 0;
    for (ParameterLayout.Entry w : ParameterLayout.of(config).entries()) {
      count += isAdapted(w) ? (long) rank * (w.shape()[0] + w.shape()[1]) : 0;
    }
    return count;
  }

  /**
   * As they begin: A uniform within ±1/√in as a fresh layer of PyTorch's, B zero, so that the model
   * is what it was.
   */
  public void initialise(long seed) {
    float[] data = values.data();
    for (Adapter adapter : all) {
      RandomGenerator random = RandomGenerator.keyed(seed, adapter.at(), 3);
      float bound = (float) (1 / Math.sqrt(adapter.in()));
      for (int i = adapter.a(); i < adapter.b(); i++) {
        data[i] = (2 * random.uniform() - 1) * bound;
      }
    }
  }

  /** A and B of all matrices, under the names of the matrices with lora_A and lora_B. */
  public Parameters values() {
    return values;
  }

  public int rank() {
    return rank;
  }

  public float alpha() {
    return scale * rank;
  }

  /**
   * A matrix with its adapter in it, W + α/r · B · A, in an array of its own; the tensor itself
   * where it has none.
   */
  NDArray merged(Parameters.Parameter weight, Kernels kernels, WorkerPool pool) {
    Optional<Adapter> found = all.stream().filter(t -> t.weight().equals(weight.name())).findAny();
    if (found.isEmpty()) {
      return weight.array();
    }
    Adapter t = found.get();
    float[] w = new float[t.out() * t.in()];
    System.arraycopy(weight.array().data(), weight.array().offset(), w, 0, w.length);
    float[] b = new float[t.out() * rank];
    System.arraycopy(values.data(), t.b(), b, 0, b.length);
    kernels.scale(b, 0, scale, b.length);
    kernels.gemmNN(
        pool, w, 0, t.in(), b, 0, rank, values.data(), t.a(), t.in(), t.out(), t.in(), rank, true);
    return NDArray.view(w, 0, t.out(), t.in());
  }

  /** Those of a matrix at {@code at} of the weights, which may be several that lie together. */
  List<Adapter> within(int at, int out, int in) {
    return all.stream()
        .filter(t -> t.in() == in && t.at() >= at && t.at() < at + (long) out * in)
        .toList();
  }

  /**
   * Adds to y what an adapter makes of x.
   *
   * @param y [rows, ldy], whose first column is the adapter's first output
   */
  void forward(
      Adapter t,
      Kernels kernels,
      WorkerPool pool,
      float[] y,
      int yOff,
      int ldy,
      float[] x,
      int xOff,
      int rows,
      int from,
      int n) {
    float[] u = low(rows);
    down(t, kernels, pool, u, x, xOff, rows);
    kernels.gemmNT(
        pool,
        y,
        yOff,
        ldy,
        u,
        0,
        rank,
        values.data(),
        t.b() + from * rank,
        rank,
        rows,
        n,
        rank,
        true);
  }

  /** The same for one row, on the calling thread and beside other calls. */
  void forwardRow(
      Adapter t, Kernels kernels, float[] y, int yOff, float[] x, int xOff, int from, int n) {
    float[] u = new float[rank];
    kernels.matvec(u, 0, values.data(), t.a(), t.in(), x, xOff, rank, t.in());
    kernels.scale(u, 0, scale, rank);
    for (int i = 0; i < n; i++) {
      y[yOff + i] += kernels.dot(values.data(), t.b() + (from + i) * rank, u, 0, rank);
    }
  }

  /** dx += du · A; dy [rows, ldy] begins with the adapter's first output. */
  void inputGradient(
      Adapter t,
      Kernels kernels,
      WorkerPool pool,
      float[] dx,
      int dxOff,
      float[] dy,
      int dyOff,
      int ldy,
      int rows) {
    float[] du = low(rows);
    up(t, kernels, pool, du, dy, dyOff, ldy, rows);
    kernels.gemmNN(
        pool,
        dx,
        dxOff,
        t.in(),
        du,
        0,
        rank,
        values.data(),
        t.a(),
        t.in(),
        rows,
        t.in(),
        rank,
        true);
  }

  /** dB += dyᵀ · u and dA += duᵀ · x, sums by segment as {@link Linear#weightGradient}. */
  void weightGradient(
      Adapter t,
      Kernels kernels,
      WorkerPool pool,
      float[] gradients,
      float[] dy,
      int dyOff,
      int ldy,
      float[] x,
      int xOff,
      int rows,
      int segment) {
    float[] u = low(rows);
    down(t, kernels, pool, u, x, xOff, rows);
    kernels.gemmTN(
        pool, gradients, t.b(), rank, dy, dyOff, ldy, u, 0, rank, t.out(), rank, rows, segment,
        true);
    float[] du = u;
    up(t, kernels, pool, du, dy, dyOff, ldy, rows);
    kernels.gemmTN(
        pool, gradients, t.a(), t.in(), du, 0, rank, x, xOff, t.in(), rank, t.in(), rows, segment,
        true);
  }

  /** u = α/r · x · Aᵀ. */
  private void down(
      Adapter t, Kernels kernels, WorkerPool pool, float[] u, float[] x, int xOff, int rows) {
    kernels.gemmNT(
        pool, u, 0, rank, x, xOff, t.in(), values.data(), t.a(), t.in(), rows, rank, t.in(), false);
    kernels.scale(u, 0, scale, rows * rank);
  }

  /** du = α/r · dy · B. */
  private void up(
      Adapter t,
      Kernels kernels,
      WorkerPool pool,
      float[] du,
      float[] dy,
      int dyOff,
      int ldy,
      int rows) {
    kernels.gemmNN(
        pool, du, 0, rank, dy, dyOff, ldy, values.data(), t.b(), rank, rows, rank, t.out(), false);
    kernels.scale(du, 0, scale, rows * rank);
  }

  private float[] low(int rows) {
    if (low.length < rows * rank) {
      low = new float[rows * rank];
    }
    return low;
  }
}
