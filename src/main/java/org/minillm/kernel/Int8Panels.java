package org.minillm.kernel;

/**
 * An int8 matrix W [rows, cols] in the blocks of {@link Int8Blocks}, laid out for products: panels
 * of {@value #HEIGHT} rows, each panel [cols, {@value #HEIGHT}] quants and [blocks, {@value
 * #HEIGHT}] scales. The lanes of a vector are then rows: a product loads quants and scales in a
 * straight line and never adds lanes. The last panel is filled up with rows of zeros.
 */
public final class Int8Panels {
  /** Rows a panel. */
  public static final int HEIGHT = 16;

  private static final int SIZE = Int8Blocks.SIZE;

  final byte[] quants;
  final float[] scales;
  final int rows;
  final int cols;

  /** Blocks a row. */
  final int blocks;

  /**
   * Zeros.
   *
   * @param rows at least 1
   * @param cols at least 1; the padded product fits an array, see {@link #bytes}
   */
  public Int8Panels(int rows, int cols) {
    this.rows = rows;
    this.cols = cols;
    blocks = Int8Blocks.count(cols);
    quants = new byte[Math.toIntExact(padded(rows) * cols)];
    scales = new float[Math.toIntExact(padded(rows) * blocks)];
  }

  /** Bytes of the arrays of a matrix of these sizes. */
  public static long bytes(long rows, int cols) {
    return padded(rows) * (cols + (long) Float.BYTES * Int8Blocks.count(cols));
  }

  private static long padded(long rows) {
    return (rows + HEIGHT - 1) / HEIGHT * HEIGHT;
  }

  /** Values a row. */
  public int cols() {
    return cols;
  }

  /** Where the quant of a row's first column is; each next column is {@link #HEIGHT} on. */
  int quantAt(int row) {
    return row / HEIGHT * HEIGHT * cols + row % HEIGHT;
  }

  /** Where the scale of a row's first block is; each next block is {@link #HEIGHT} on. */
  int scaleAt(int row) {
    return row / HEIGHT * HEIGHT * blocks + row % HEIGHT;
  }

  /**
   * Rounds a row of floats into row {@code row}.
   *
   * @return false if a value is no number or too large: {@link Int8Blocks#quantize}
   */
  public boolean quantizeRow(int row, float[] from, int offset) {
    byte[] q = new byte[cols];
    float[] s = new float[blocks];
    boolean finite = Int8Blocks.quantize(q, 0, s, 0, from, offset, cols);
    setRow(row, q, s);
    return finite;
  }

  /** Puts a row's quants [cols] and scales [blocks] in their places. */
  public void setRow(int row, byte[] q, float[] s) {
    for (int i = 0, at = quantAt(row); i < cols; i++, at += HEIGHT) {
      quants[at] = q[i];
    }
    for (int b = 0, at = scaleAt(row); b < blocks; b++, at += HEIGHT) {
      scales[at] = s[b];
    }
  }

  /** A row's quants [cols] and scales [blocks]. */
  public void getRow(int row, byte[] q, float[] s) {
    for (int i = 0, at = quantAt(row); i < cols; i++, at += HEIGHT) {
      q[i] = quants[at];
    }
    for (int b = 0, at = scaleAt(row); b < blocks; b++, at += HEIGHT) {
      s[b] = scales[at];
    }
  }

  /** to[cols] = row {@code row} as floats. */
  public void dequantizeRow(int row, float[] to, int toOff) {
    dequantize(to, toOff, 1, row, 0, cols);
  }

  /**
   * to[i · step] = scale · quant of columns [from, from + n) of a row. Exact: a product of a half
   * and a byte has at most 19 bits.
   */
  void dequantize(float[] to, int toOff, int step, int row, int from, int n) {
    int at = quantAt(row) + from * HEIGHT;
    int scale = scaleAt(row) + from / SIZE * HEIGHT;
    int out = toOff;
    for (int i = 0; i < n; scale += HEIGHT) {
      float s = scales[scale];
      int end = Math.min(n, i + SIZE - (from + i) % SIZE);
      for (; i < end; i++, at += HEIGHT, out += step) {
        to[out] = quants[at] * s;
      }
    }
  }
}
