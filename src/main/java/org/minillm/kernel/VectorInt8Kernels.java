package org.minillm.kernel;

import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.SPECIES;
import static org.minillm.kernel.Lanes.addLanes;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.minillm.base.WorkerPool;

/**
 * {@link Int8Kernels} on vectors of 256 or 512 bits: quants are widened in registers ({@code
 * castShape}), a block's 32 products are added lane by lane, then scaled into the row's lanes.
 */
final class VectorInt8Kernels implements Int8Kernels {
  private static final int SIZE = Int8Blocks.SIZE;
  private static final int WEIGHTS_A_CHUNK = 32_768;

  /** As many bytes as a vector has floats. */
  private static final VectorSpecies<Byte> BYTES =
      LENGTH == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  /** Whether this CPU's vectors are wide enough for these kernels. */
  static boolean runsHere() {
    return LENGTH == 8 || LENGTH == 16;
  }

  @Override
  public String description() {
    return "vector " + 32 * LENGTH + "-bit " + (Fma.AVAILABLE ? "fma" : "mul+add");
  }

  @Override
  public void matvec(
      WorkerPool pool,
      float[] y,
      int yOff,
      byte[] w,
      int wOff,
      float[] scales,
      int scaleOff,
      float[] x,
      int xOff,
      int rows,
      int cols) {
    int blocks = Int8Blocks.count(cols);
    int size = Math.max(4, WEIGHTS_A_CHUNK / Math.max(1, cols) / 4 * 4);
    pool.run(
        (rows + size - 1) / size,
        chunk -> {
          int end = Math.min(rows, (chunk + 1) * size);
          int r = chunk * size;
          for (; r + 4 <= end; r += 4) {
            int at = wOff + r * cols;
            int s = scaleOff + r * blocks;
            if (LENGTH == 16) {
              fourRows16(y, yOff + r, w, at, scales, s, x, xOff, cols, blocks);
            } else {
              fourRows8(y, yOff + r, w, at, scales, s, x, xOff, cols, blocks);
            }
          }
          for (; r < end; r++) {
            y[yOff + r] = oneRow(w, wOff + r * cols, scales, scaleOff + r * blocks, x, xOff, cols);
          }
        });
  }

  private static FloatVector widen(byte[] w, int at) {
    return (FloatVector) ByteVector.fromArray(BYTES, w, at).castShape(SPECIES, 0);
  }

  /** Σ over a block of 32 in two vectors: lanes still apart. */
  private static FloatVector block16(byte[] w, int at, FloatVector x0, FloatVector x1) {
    return fma(widen(w, at + 16), x1, widen(w, at).mul(x0));
  }

  /** The same in four vectors. */
  private static FloatVector block8(
      byte[] w, int at, FloatVector x0, FloatVector x1, FloatVector x2, FloatVector x3) {
    FloatVector sum = fma(widen(w, at + 8), x1, widen(w, at).mul(x0));
    return fma(widen(w, at + 24), x3, fma(widen(w, at + 16), x2, sum));
  }

  /** Four rows that share the loads of x; each adds as {@link #oneRow} does. */
  private static void fourRows16(
      float[] y,
      int yOff,
      byte[] w,
      int w0,
      float[] scales,
      int s0,
      float[] x,
      int xOff,
      int cols,
      int blocks) {
    int w1 = w0 + cols;
    int w2 = w1 + cols;
    int w3 = w2 + cols;
    int s1 = s0 + blocks;
    int s2 = s1 + blocks;
    int s3 = s2 + blocks;
    int whole = cols / SIZE;
    FloatVector y0 = all(0f);
    FloatVector y1 = all(0f);
    FloatVector y2 = all(0f);
    FloatVector y3 = all(0f);
    for (int b = 0; b < whole; b++) {
      int i = b * SIZE; // offsets linear in b: C2 checks bounds before the loop, not in it
      FloatVector x0 = load(x, xOff + i);
      FloatVector x1 = load(x, xOff + i + 16);
      y0 = fma(block16(w, w0 + i, x0, x1), all(scales[s0 + b]), y0);
      y1 = fma(block16(w, w1 + i, x0, x1), all(scales[s1 + b]), y1);
      y2 = fma(block16(w, w2 + i, x0, x1), all(scales[s2 + b]), y2);
      y3 = fma(block16(w, w3 + i, x0, x1), all(scales[s3 + b]), y3);
    }
    y[yOff] = addLanes(y0);
    y[yOff + 1] = addLanes(y1);
    y[yOff + 2] = addLanes(y2);
    y[yOff + 3] = addLanes(y3);
    if (whole < blocks) {
      addTails(y, yOff, w, w0, scales, s0, x, xOff, cols, blocks);
    }
  }

  private static void fourRows8(
      float[] y,
      int yOff,
      byte[] w,
      int w0,
      float[] scales,
      int s0,
      float[] x,
      int xOff,
      int cols,
      int blocks) {
    int w1 = w0 + cols;
    int w2 = w1 + cols;
    int w3 = w2 + cols;
    int s1 = s0 + blocks;
    int s2 = s1 + blocks;
    int s3 = s2 + blocks;
    int whole = cols / SIZE;
    FloatVector y0 = all(0f);
    FloatVector y1 = all(0f);
    FloatVector y2 = all(0f);
    FloatVector y3 = all(0f);
    for (int b = 0; b < whole; b++) {
      int i = b * SIZE;
      FloatVector x0 = load(x, xOff + i);
      FloatVector x1 = load(x, xOff + i + 8);
      FloatVector x2 = load(x, xOff + i + 16);
      FloatVector x3 = load(x, xOff + i + 24);
      y0 = fma(block8(w, w0 + i, x0, x1, x2, x3), all(scales[s0 + b]), y0);
      y1 = fma(block8(w, w1 + i, x0, x1, x2, x3), all(scales[s1 + b]), y1);
      y2 = fma(block8(w, w2 + i, x0, x1, x2, x3), all(scales[s2 + b]), y2);
      y3 = fma(block8(w, w3 + i, x0, x1, x2, x3), all(scales[s3 + b]), y3);
    }
    y[yOff] = addLanes(y0);
    y[yOff + 1] = addLanes(y1);
    y[yOff + 2] = addLanes(y2);
    y[yOff + 3] = addLanes(y3);
    if (whole < blocks) {
      addTails(y, yOff, w, w0, scales, s0, x, xOff, cols, blocks);
    }
  }

  private static float oneRow(
      byte[] w, int wOff, float[] scales, int scaleOff, float[] x, int xOff, int cols) {
    FloatVector sum = all(0f);
    int whole = cols / SIZE;
    for (int b = 0; b < whole; b++) {
      int i = b * SIZE;
      FloatVector block =
          LENGTH == 16
              ? block16(w, wOff + i, load(x, xOff + i), load(x, xOff + i + 16))
              : block8(
                  w,
                  wOff + i,
                  load(x, xOff + i),
                  load(x, xOff + i + 8),
                  load(x, xOff + i + 16),
                  load(x, xOff + i + 24));
      sum = fma(block, all(scales[scaleOff + b]), sum);
    }
    float total = addLanes(sum);
    return whole * SIZE < cols
        ? total + tail(w, wOff, scales[scaleOff + whole], x, xOff, whole * SIZE, cols)
        : total;
  }

  /** Adds the short last block of four rows. */
  private static void addTails(
      float[] y,
      int yOff,
      byte[] w,
      int w0,
      float[] scales,
      int s0,
      float[] x,
      int xOff,
      int cols,
      int blocks) {
    int from = (blocks - 1) * SIZE;
    for (int r = 0; r < 4; r++) {
      float scale = scales[s0 + (r + 1) * blocks - 1];
      y[yOff + r] += tail(w, w0 + r * cols, scale, x, xOff, from, cols);
    }
  }

  private static float tail(
      byte[] w, int wOff, float scale, float[] x, int xOff, int from, int cols) {
    float sum = 0;
    for (int i = from; i < cols; i++) {
      sum = Fma.of(w[wOff + i], x[xOff + i], sum);
    }
    return sum * scale;
  }

  @Override
  public void dequantize(
      float[] to, int toOff, byte[] w, int wOff, float[] scales, int scaleOff, int n) {
    int i = 0;
    for (; i <= n - LENGTH; i += LENGTH) { // a vector never crosses a block
      widen(w, wOff + i).mul(scales[scaleOff + i / SIZE]).intoArray(to, toOff + i);
    }
    for (; i < n; i++) {
      to[toOff + i] = w[wOff + i] * scales[scaleOff + i / SIZE];
    }
  }
}
