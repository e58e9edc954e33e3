package org.minillm.kernel;

import static org.minillm.kernel.GemmTiles.ROW;
import static org.minillm.kernel.GemmTiles.WIDTH;
import static org.minillm.kernel.Int8Panels.HEIGHT;
import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.SPECIES;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.minillm.base.WorkerPool;

/**
 * {@link Int8Kernels} on vectors of 256 or 512 bits, one lane a row: quants are widened in
 * registers ({@code castShape}) and multiplied by a column's activation in all lanes.
 */
final class VectorInt8Kernels implements Int8Kernels {
  private static final int SIZE = Int8Blocks.SIZE;

  /** As many bytes as a vector has floats. */
  private static final VectorSpecies<Byte> BYTES =
      LENGTH == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  /** Rows of A that are copied together. */
  private static final int STRIP = 64;

  /** Most slivers of W that share the copies of A. */
  private static final int SLIVERS = 4;

  private static final int STRIP_AT = Kernels.K_BLOCK * SLIVERS * WIDTH;
  private static final int TILE_AT = STRIP_AT + STRIP * ROW;

  /** Slivers of W as floats, [SLIVERS][K_BLOCK][WIDTH], a strip of A and a tile. */
  private static final ThreadLocal<float[]> WORK =
      ThreadLocal.withInitial(() -> new float[TILE_AT + VectorGemm.TILE_FLOATS]);

  private final boolean mayBePlain;

  /** Vectors always. */
  VectorInt8Kernels() {
    this(false);
  }

  /**
   * @param mayBePlain as {@link VectorKernels#VectorKernels(boolean)}
   */
  VectorInt8Kernels(boolean mayBePlain) {
    this.mayBePlain = mayBePlain;
  }

  /** Whether this CPU's vectors are wide enough for these kernels. */
  static boolean runsHere() {
    return LENGTH == 8 || LENGTH == 16;
  }

  @Override
  public String description() {
    return "vector " + 32 * LENGTH + "-bit " + (Fma.AVAILABLE ? "fma" : "mul+add");
  }

  // ---- matrix · vector --------------------------------------------------------------------------

  @Override
  public void rowsTimes(
      float[] y, int yOff, Int8Panels w, int from, int count, float[] x, int xOff) {
    if (PlainStart.isOn() && mayBePlain && w.cols % SIZE == 0) {
      Int8KernelChoice.SCALAR.rowsTimes(y, yOff, w, from, count, x, xOff);
      return;
    }
    int r = 0;
    if (from % HEIGHT != 0) {
      r = Math.min(count, HEIGHT - from % HEIGHT);
      partOfPanel(y, yOff, w, from, r, x, xOff);
    }
    for (; r + 2 * HEIGHT <= count && LENGTH == 16; r += 2 * HEIGHT) {
      twoPanels16(y, yOff + r, w, from + r, x, xOff);
    }
    for (; r + HEIGHT <= count; r += HEIGHT) {
      onePanel(y, yOff + r, w, from + r, x, xOff);
    }
    if (r < count) {
      partOfPanel(y, yOff + r, w, from + r, count - r, x, xOff);
    }
  }

  private static void partOfPanel(
      float[] y, int yOff, Int8Panels w, int from, int count, float[] x, int xOff) {
    float[] whole = new float[HEIGHT];
    onePanel(whole, 0, w, from / HEIGHT * HEIGHT, x, xOff);
    System.arraycopy(whole, from % HEIGHT, y, yOff, count);
  }

  private static void onePanel(float[] y, int yOff, Int8Panels w, int row, float[] x, int xOff) {
    int quants = row * w.cols;
    int scales = row * w.blocks;
    if (LENGTH == 16) {
      onePanel16(y, yOff, w.quants, quants, w.scales, scales, x, xOff, w.cols);
    } else {
      onePanel8(y, yOff, w.quants, quants, w.scales, scales, x, xOff, w.cols);
    }
    if (w.cols % SIZE != 0) {
      addLastBlock(y, yOff, w, row, x, xOff);
    }
  }

  private static void twoPanels16(float[] y, int yOff, Int8Panels w, int row, float[] x, int xOff) {
    int quants = row * w.cols;
    int scales = row * w.blocks;
    int nextQuants = quants + HEIGHT * w.cols;
    int nextScales = scales + HEIGHT * w.blocks;
    twoPanels16(
        y, yOff, w.quants, quants, nextQuants, w.scales, scales, nextScales, x, xOff, w.cols);
    if (w.cols % SIZE != 0) {
      addLastBlock(y, yOff, w, row, x, xOff);
      addLastBlock(y, yOff + HEIGHT, w, row + HEIGHT, x, xOff);
    }
  }

  private static FloatVector widen(byte[] w, int at) {
    return (FloatVector) ByteVector.fromArray(BYTES, w, at).castShape(SPECIES, 0);
  }

  /** The whole blocks of two panels that share the activations; each adds as one alone does. */
  private static void twoPanels16(
      float[] y,
      int yOff,
      byte[] w,
      int w0,
      int w1,
      float[] scales,
      int s0,
      int s1,
      float[] x,
      int xOff,
      int cols) {
    int whole = cols / SIZE;
    FloatVector y0 = all(0f);
    FloatVector y1 = all(0f);
    for (int b = 0; b < whole; b++) {
      FloatVector even0 = all(0f);
      FloatVector even1 = all(0f);
      FloatVector odd0 = all(0f);
      FloatVector odd1 = all(0f);
      int block0 = w0 + b * SIZE * HEIGHT;
      int block1 = w1 + b * SIZE * HEIGHT;
      int xBlock = xOff + b * SIZE;
      for (int i = 0; i < SIZE; i += 2) {
        FloatVector even = all(x[xBlock + i]);
        FloatVector odd = all(x[xBlock + i + 1]);
        int at = i * HEIGHT;
        even0 = fma(widen(w, block0 + at), even, even0);
        even1 = fma(widen(w, block1 + at), even, even1);
        odd0 = fma(widen(w, block0 + at + HEIGHT), odd, odd0);
        odd1 = fma(widen(w, block1 + at + HEIGHT), odd, odd1);
      }
      y0 = fma(even0.add(odd0), load(scales, s0 + b * HEIGHT), y0);
      y1 = fma(even1.add(odd1), load(scales, s1 + b * HEIGHT), y1);
    }
    y0.intoArray(y, yOff);
    y1.intoArray(y, yOff + HEIGHT);
  }

  private static void onePanel16(
      float[] y,
      int yOff,
      byte[] w,
      int wOff,
      float[] scales,
      int scaleOff,
      float[] x,
      int xOff,
      int cols) {
    int whole = cols / SIZE;
    FloatVector sum = all(0f);
    for (int b = 0; b < whole; b++) {
      FloatVector even = all(0f);
      FloatVector odd = all(0f);
      int block = wOff + b * SIZE * HEIGHT;
      int xBlock = xOff + b * SIZE;
      for (int i = 0; i < SIZE; i += 2) {
        even = fma(widen(w, block + i * HEIGHT), all(x[xBlock + i]), even);
        odd = fma(widen(w, block + (i + 1) * HEIGHT), all(x[xBlock + i + 1]), odd);
      }
      sum = fma(even.add(odd), load(scales, scaleOff + b * HEIGHT), sum);
    }
    sum.intoArray(y, yOff);
  }

  /** The same in two vectors of eight rows. */
  private static void onePanel8(
      float[] y,
      int yOff,
      byte[] w,
      int wOff,
      float[] scales,
      int scaleOff,
      float[] x,
      int xOff,
      int cols) {
    int whole = cols / SIZE;
    FloatVector y0 = all(0f);
    FloatVector y1 = all(0f);
    for (int b = 0; b < whole; b++) {
      FloatVector even0 = all(0f);
      FloatVector even1 = all(0f);
      FloatVector odd0 = all(0f);
      FloatVector odd1 = all(0f);
      int block = wOff + b * SIZE * HEIGHT;
      int xBlock = xOff + b * SIZE;
      for (int i = 0; i < SIZE; i += 2) {
        FloatVector even = all(x[xBlock + i]);
        FloatVector odd = all(x[xBlock + i + 1]);
        int at = block + i * HEIGHT;
        even0 = fma(widen(w, at), even, even0);
        even1 = fma(widen(w, at + 8), even, even1);
        odd0 = fma(widen(w, at + HEIGHT), odd, odd0);
        odd1 = fma(widen(w, at + HEIGHT + 8), odd, odd1);
      }
      y0 = fma(even0.add(odd0), load(scales, scaleOff + b * HEIGHT), y0);
      y1 = fma(even1.add(odd1), load(scales, scaleOff + b * HEIGHT + 8), y1);
    }
    y0.intoArray(y, yOff);
    y1.intoArray(y, yOff + 8);
  }

  /** Adds the short last block of a panel's rows. */
  private static void addLastBlock(
      float[] y, int yOff, Int8Panels w, int row, float[] x, int xOff) {
    int from = w.cols / SIZE * SIZE;
    int scales = row * w.blocks + (w.blocks - 1) * HEIGHT;
    for (int lane = 0; lane < HEIGHT; lane += LENGTH) {
      int at = row * w.cols + lane;
      FloatVector sum = all(0f);
      for (int i = from; i < w.cols; i++) {
        sum = fma(widen(w.quants, at + i * HEIGHT), all(x[xOff + i]), sum);
      }
      fma(sum, load(w.scales, scales + lane), load(y, yOff + lane)).intoArray(y, yOff + lane);
    }
  }

  // ---- matrix · matrix --------------------------------------------------------------------------

  @Override
  public void gemmNT(
      WorkerPool pool,
      Kernels kernels,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      Int8Panels w,
      int from,
      int m,
      int n) {
    if (!(kernels instanceof VectorKernels vectors) || vectors.plain()) {
      Int8Kernels.super.gemmNT(pool, kernels, c, cOff, ldc, a, aOff, lda, w, from, m, n);
      return;
    }
    int slivers = (n + WIDTH - 1) / WIDTH;
    int together = Math.max(1, Math.min(SLIVERS, slivers / (4 * pool.threads())));
    int width = together * WIDTH;
    pool.run(
        (n + width - 1) / width,
        chunk -> {
          int j = chunk * width;
          columns(c, cOff + j, ldc, a, aOff, lda, w, from + j, m, Math.min(width, n - j));
        });
  }

  /** C[m,n] = A · rows [from, from + n) of Wᵀ, n at most SLIVERS·WIDTH, on the calling thread. */
  private static void columns(
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      Int8Panels w,
      int from,
      int m,
      int n) {
    float[] work = WORK.get();
    int k = w.cols;
    for (int p = 0, deep; p < k; p += deep) {
      deep = Kernels.depth(p, k, k);
      for (int j = 0; j < n; j += WIDTH) {
        unpack(work, j * deep, w, from + j, Math.min(WIDTH, n - j), p, deep);
      }
      for (int i = 0; i < m; i += STRIP) {
        int high = Math.min(STRIP, m - i);
        int at = cOff + i * ldc;
        VectorGemm.copyRows(work, STRIP_AT, a, aOff + i * lda + p, lda, high, deep);
        VectorGemm.rowsBlock(
            c, at, ldc, work, STRIP_AT, work, 0, high, n, deep, p > 0, work, TILE_AT);
      }
    }
  }

  /**
   * A sliver [deep, WIDTH] of columns [p, p + deep) of rows [row, row + wide) as floats: what
   * {@link VectorGemm#packTransposed} makes of a float matrix. Lanes beyond {@code wide} keep what
   * was there; nobody uses them.
   */
  private static void unpack(
      float[] to, int toOff, Int8Panels w, int row, int wide, int p, int deep) {
    if (row % HEIGHT == 0 && wide % HEIGHT == 0) {
      for (int r = 0; r < wide; r += LENGTH) {
        int panel = (row + r) / HEIGHT * HEIGHT;
        int lane = (row + r) % HEIGHT;
        int quants = panel * w.cols + p * HEIGHT + lane;
        int scales = panel * w.blocks + p / SIZE * HEIGHT + lane;
        unpackLanes(to, toOff + r, w.quants, quants, w.scales, scales, p % SIZE, deep);
      }
    } else {
      for (int r = 0; r < wide; r++) {
        w.dequantize(to, toOff + r, WIDTH, row + r, p, deep);
      }
    }
  }

  /** One vector of rows, from the {@code skip}th column of a block on. */
  private static void unpackLanes(
      float[] to, int toOff, byte[] w, int wOff, float[] scales, int scaleOff, int skip, int deep) {
    int end = Math.min(deep, SIZE - skip);
    for (int i = 0, s = scaleOff; i < deep; s += HEIGHT) {
      FloatVector scale = load(scales, s);
      for (; i < end; i++) {
        widen(w, wOff + i * HEIGHT).mul(scale).intoArray(to, toOff + i * WIDTH);
      }
      end = Math.min(deep, end + SIZE);
    }
  }
}
