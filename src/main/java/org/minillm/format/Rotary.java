package org.minillm.format;

import org.minillm.model.ModelConfig;

/**
 * The two orders of the rows of q and k within a head: in memory and at Hugging Face half-split,
 * pairs (i, i + headDim/2); in GGUF and llama2.c pairs side by side, (2i, 2i + 1). A wrong order
 * loads without any error and talks nonsense.
 */
final class Rotary {
  private Rotary() {}

  /** Whether RoPE turns what this tensor makes. */
  static boolean turns(String name) {
    return name.endsWith(".q_proj.weight") || name.endsWith(".k_proj.weight");
  }

  /** The row of pairs side by side that is row {@code row} of the half-split order. */
  static int pairedRow(ModelConfig config, int row) {
    int dim = config.headDim();
    int head = row / dim * dim;
    int i = row - head;
    return head + (i < dim / 2 ? 2 * i : 2 * (i - dim / 2) + 1);
  }

  /** The row of the half-split order that is row {@code row} of pairs side by side. */
  static int halfSplitRow(ModelConfig config, int row) {
    int dim = config.headDim();
    int head = row / dim * dim;
    int i = row - head;
    return head + i / 2 + i % 2 * (dim / 2);
  }
}
