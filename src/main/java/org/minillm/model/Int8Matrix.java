package org.minillm.model;

import org.minillm.base.WorkerPool;
import org.minillm.kernel.Int8Blocks;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Kernels;

/** Rows of int8 weights in blocks of 32 with a scale each: W [out, in]; arrays are shared. */
record Int8Matrix(byte[] quants, int at, float[] scales, int scaleAt, int in) {

  /** The same from {@code row} on. */
  Int8Matrix from(int row) {
    return new Int8Matrix(quants, at + row * in, scales, scaleAt + row * Int8Blocks.count(in), in);
  }

  /** y[rows, out] = x[rows, in] · Wᵀ of the first {@code out} rows of W. */
  void product(
      Int8Kernels int8,
      Kernels kernels,
      WorkerPool pool,
      float[] y,
      int yOff,
      float[] x,
      int xOff,
      int rows,
      int out) {
    if (rows == 1) {
      int8.matvec(pool, y, yOff, quants, at, scales, scaleAt, x, xOff, out, in);
    } else {
      int8.gemmNT(
          pool, kernels, y, yOff, out, x, xOff, in, quants, at, scales, scaleAt, rows, out, in);
    }
  }

  /** to[in] = row {@code row} as floats. */
  void dequantizeRow(Int8Kernels int8, float[] to, int toOff, int row) {
    int scale = scaleAt + row * Int8Blocks.count(in);
    int8.dequantize(to, toOff, quants, at + row * in, scales, scale, in);
  }
}
