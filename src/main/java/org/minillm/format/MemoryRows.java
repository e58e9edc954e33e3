package org.minillm.format;

import java.util.Optional;
import org.minillm.model.Parameters;
import org.minillm.model.QuantizedParameters;
import org.minillm.model.Transformer;

/** The tensors of a model in memory. */
final class MemoryRows implements TensorRows {
  private final Transformer model;
  private final Optional<QuantizedParameters> int8;

  MemoryRows(Transformer model) {
    this.model = model;
    this.int8 = model.quantizedParameters();
  }

  @Override
  public boolean isBlocks(String name) {
    return int8.map(p -> p.isInt8(name)).orElse(false);
  }

  @Override
  public void read(String name, int row, float[] to, int offset) {
    if (int8.isPresent()) {
      int8.get().getRow(name, row, to, offset);
      return;
    }
    Parameters.Parameter p = model.parameters().get(name);
    int[] shape = p.array().shape();
    int width = shape[shape.length - 1];
    System.arraycopy(p.array().data(), p.array().offset() + row * width, to, offset, width);
  }

  @Override
  public void read(String name, int row, byte[] quants, float[] scales) {
    int8.orElseThrow().getRow(name, row, quants, scales);
  }

  @Override
  public void close() {}
}
