package org.minillm.model;

import org.minillm.kernel.Int8Panels;

/**
 * Rows of int8 weights from {@code firstRow} of panels on: W [out, in]. Matrices that one product
 * uses together share their panels.
 */
record Int8Matrix(Int8Panels panels, int firstRow) {

  /** The same from {@code row} on. */
  Int8Matrix from(int row) {
    return new Int8Matrix(panels, firstRow + row);
  }

  /** to[in] = row {@code row} as floats. */
  void dequantizeRow(float[] to, int toOff, int row) {
    panels.dequantizeRow(firstRow + row, to, toOff);
  }
}
