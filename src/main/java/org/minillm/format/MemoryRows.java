package org.minillm.format;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.model.QuantizedParameters;
import org.minillm.model.Transformer;
import org.minillm.ndarray.NDArray;

/** The tensors of a model in memory, each with its adapter in it where it has one. */
final class MemoryRows implements TensorRows {
  private final Transformer model;
  private final Optional<QuantizedParameters> int8;

  /** The tensor read last: what an adapter makes of it is computed once. */
  private String mergedName = "";

  private @Nullable NDArray merged;

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
    NDArray tensor = tensor(name);
    int[] shape = tensor.shape();
    int width = shape[shape.length - 1];
    System.arraycopy(tensor.data(), tensor.offset() + row * width, to, offset, width);
  }

  private NDArray tensor(String name) {
    NDArray tensor = merged;
    if (tensor == null || !mergedName.equals(name)) {
      tensor = model.merged(model.parameters().get(name));
      mergedName = name;
      merged = tensor;
    }
    return tensor;
  }

  @Override
  public void read(String name, int row, byte[] quants, float[] scales) {
    int8.orElseThrow().getRow(name, row, quants, scales);
  }

  @Override
  public void close() {}
}
