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
    float[] data = tensor.array().data();
    int from = tensor.array().offset();
    int size = tensor.array().size();
    for (int i = from; i < from + size; i++) {
      if (!Float.isFinite(data[i])) {
        throw new BadFormat(
            file,
            -1,
            "tensor "
                + tensor.name()
                + " holds "
                + data[i]
                + " at element "
                + (i - from)
                + "; the file is broken, or its training diverged");
      }
    }
  }
}
