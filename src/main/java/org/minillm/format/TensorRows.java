package org.minillm.format;

import java.io.IOException;

/**
 * The tensors of a model, row by row: Hugging Face's names, shapes [out, in] and order of rows
 * (RoPE half-split), whatever the file's own are. A norm is one row. One thread at a time.
 */
interface TensorRows extends AutoCloseable {
  /** Whether a tensor is stored as blocks of 32 quants with a scale. */
  boolean isBlocks(String name);

  /** to[offset, …) = a row as float32, exactly as stored. */
  void read(String name, int row, float[] to, int offset) throws IOException;

  /** to[offset, …) = the first {@code rows} rows of {@code width} values, as {@link #read} each. */
  default void readAll(String name, int rows, int width, float[] to, int offset)
      throws IOException {
    for (int row = 0; row < rows; row++) {
      read(name, row, to, offset + row * width);
    }
  }

  /** A row of a tensor that {@link #isBlocks}, exactly as stored. */
  void read(String name, int row, byte[] quants, float[] scales) throws IOException;

  @Override
  void close() throws IOException;

  /** Rows of a file that stores no blocks. */
  interface OfFloats extends TensorRows {
    @Override
    default boolean isBlocks(String name) {
      return false;
    }

    @Override
    default void read(String name, int row, byte[] quants, float[] scales) {
      throw new IllegalStateException(name + " is not stored in blocks");
    }
  }
}
