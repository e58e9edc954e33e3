package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.minillm.base.WorkerPool;
import org.minillm.model.Adapters;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;
import org.minillm.ndarray.NDArray;

class MemoryRowsTest {
  @Test
  void aTensorHasItsAdapterInIt() {
    ModelConfig config = ModelConfig.of(50, 16, 1, 2, 24, 8);
    Adapters adapters = Adapters.allocate(config, 2, 4);
    float[] values = adapters.values().data();
    Random random = new Random(5);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    Transformer model =
        Transformer.initialise(config, 3, WorkerPool.shared()).withAdapters(adapters);
    MemoryRows rows = new MemoryRows(model);
    for (Parameters.Parameter p : model.parameters().all()) {
      NDArray expected = model.merged(p);
      int[] shape = expected.shape();
      int width = shape[shape.length - 1];
      float[] row = new float[width];
      for (int r = 0; r < expected.size() / width; r++) {
        rows.read(p.name(), r, row, 0);
        int from = expected.offset() + r * width;
        assertArrayEquals(Arrays.copyOfRange(expected.data(), from, from + width), row, p.name());
      }
    }
  }
}
