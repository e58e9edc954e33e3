package org.minillm.format;

import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.Parameters;

/** Weights that are no numbers: one is enough to turn every text of a model into noise. */
final class FiniteWeights {
  private FiniteWeights() {}

  /**
   * @throws BadFormat if a weight of the tensor is NaN or infinite
   */
  static void require(String file, Parameters.Parameter tensor) {
    require(
        file, tensor.name(), tensor.array().data(), tensor.array().offset(), tensor.array().size());
  }

  /** The same for a part of a tensor: {@code size} values of {@code data} from {@code from}. */
  static void require(String file, String tensor, float[] data, int from, int size) {
    for (int i = from; i < from + size; i++) {
      if (!Float.isFinite(data[i])) {
        throw new BadFormat(
            file,
            -1,
            "tensor "
                + tensor
                + " holds "
                + data[i]
                + " at element "
                + (i - from)
                + "; the file is broken, or its training diverged");
      }
    }
  }
}
