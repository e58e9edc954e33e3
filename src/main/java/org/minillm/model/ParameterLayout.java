package org.minillm.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Where each weight begins in the one array, in elements. The rows of q, k and v follow one
 * another, and so do those of gate and up: each group is also one matrix ([D + 2K, D] and [2F, D])
 * that a single product can use.
 *
 * <p>Order: embedding, blocks from the first to the last, final norm, head (untied only).
 */
final class ParameterLayout {
  /** One tensor; {@code decays} is true of matrices. */
  record Entry(String name, long offset, int[] shape, boolean decays) {
    /** Elements, of a layout that fits an array. */
    int size() {
      return decays ? shape[0] * shape[1] : shape[0];
    }
  }

  /** Offsets of a norm; {@code bias} is -1 for RMSNorm. */
  record NormAt(int gain, int bias) {}

  /** Offsets of a block's weights. */
  record BlockAt(
      NormAt inputNorm,
      int q,
      int k,
      int v,
      int o,
      NormAt postAttentionNorm,
      int gate,
      int up,
      int down) {}

  private final List<Entry> entries = new ArrayList<>();
  private long size;

  /** Offset of the embedding [V, D]. */
  final int embedding;

  /** Offsets of the blocks; right only while {@link #size()} fits an array. */
  final List<BlockAt> blocks = new ArrayList<>();

  final NormAt finalNorm;

  /** Offset of the head [V, D]: the embedding's when tied. */
  final int head;

  private ParameterLayout(ModelConfig c) {
    int d = c.dModel();
    int kv = c.kvDim();
    int f = c.dFf();
    embedding = matrix("model.embed_tokens.weight", c.vocabSize(), d);
    for (int layer = 0; layer < c.nLayers(); layer++) {
      String at = "model.layers." + layer + ".";
      blocks.add(
          new BlockAt(
              norm(at + "input_layernorm", c),
              matrix(at + "self_attn.q_proj.weight", d, d),
              matrix(at + "self_attn.k_proj.weight", kv, d),
              matrix(at + "self_attn.v_proj.weight", kv, d),
              matrix(at + "self_attn.o_proj.weight", d, d),
              norm(at + "post_attention_layernorm", c),
              matrix(at + "mlp.gate_proj.weight", f, d),
              matrix(at + "mlp.up_proj.weight", f, d),
              matrix(at + "mlp.down_proj.weight", d, f)));
    }
    finalNorm = norm("model.norm", c);
    head = c.tieEmbeddings() ? embedding : matrix("lm_head.weight", c.vocabSize(), d);
  }

  static ParameterLayout of(ModelConfig config) {
    return new ParameterLayout(config);
  }

  /** Elements of all weights. */
  long size() {
    return size;
  }

  /** All tensors in the order of their offsets. */
  List<Entry> entries() {
    return entries;
  }

  private NormAt norm(String name, ModelConfig config) {
    int gain = add(name + ".weight", false, config.dModel());
    int bias =
        config.norm() == NormType.LAYERNORM ? add(name + ".bias", false, config.dModel()) : -1;
    return new NormAt(gain, bias);
  }

  private int matrix(String name, int out, int in) {
    return add(name, true, out, in);
  }

  private int add(String name, boolean decays, int... shape) {
    long offset = size;
    entries.add(new Entry(name, offset, shape, decays));
    long elements = 1;
    for (int n : shape) {
      elements *= n;
    }
    size += elements;
    return (int) offset;
  }
}
