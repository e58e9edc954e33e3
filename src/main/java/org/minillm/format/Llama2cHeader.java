package org.minillm.format;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Parameters;

/**
 * The head of llama2.c's {@code .bin} and the places of the tensors after it. Version 0: seven i32
 * (dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, negative when the head has its own
 * matrix, and seq_len). Versions 1 and 2: u32 {@value #MAGIC}, i32 version, the seven i32, u8
 * whether the head is shared, in version 2 i32 group size, zeros up to {@value #BYTES}. Data is
 * float32 by kind, all layers of a kind together; in version 2 each matrix is int8, followed by a
 * float32 scale for each group of values.
 *
 * @param version 0, 1 or 2
 * @param groupSize values a scale in version 2, else 0
 */
record Llama2cHeader(int version, ModelConfig config, int groupSize) {
  static final int MAGIC = 0x616b3432; // "ak42"
  static final int FIELDS = 7;

  /** Bytes of the head of versions 1 and 2. */
  static final int BYTES = 256;

  /** Name of what version 0 has between the final norm and the head and nobody needs. */
  static final String ROTARY = "freq_cos and freq_sin";

  /**
   * Where a tensor is.
   *
   * @param name Hugging Face's, or {@link #ROTARY}
   * @param groupSize 0 for float32
   */
  record Place(String name, int rows, int width, long at, int groupSize) {
    long values() {
      return (long) rows * width;
    }

    /** Where the scales are. */
    long scalesAt() {
      return at + values();
    }

    long end() {
      return groupSize == 0
          ? at + Float.BYTES * values()
          : scalesAt() + Float.BYTES * (values() / groupSize);
    }
  }

  /**
   * @throws BadFormat if it cannot be the head of this file
   */
  static Llama2cHeader read(LittleEndianFile in) throws IOException {
    int first = in.readInt("dim");
    int version = first == MAGIC ? in.readInt("version") : 0;
    if (version < 0 || version > 2 || (first == MAGIC && version == 0)) {
      throw new BadFormat(in.name(), 4, "is of version " + version + "; supported: 0, 1 and 2");
    }
    int[] h = new int[FIELDS];
    for (int i = 0; i < h.length; i++) {
      h[i] = i == 0 && version == 0 ? first : in.readInt("header");
    }
    boolean tied = version == 0 ? h[5] > 0 : in.readByte("shared_classifier") != 0;
    int group = version == 2 ? in.readInt("group_size") : 0;
    Llama2cHeader header = new Llama2cHeader(version, config(in.name(), h, tied), group);
    header.check(in);
    return header;
  }

  private static ModelConfig config(String file, int[] h, boolean tied) {
    try {
      return new ModelConfig(
          Math.abs(h[5]),
          h[0],
          h[2],
          h[3],
          h[4],
          h[1],
          h[6],
          ModelConfig.DEFAULT_ROPE_THETA,
          ModelConfig.DEFAULT_NORM_EPS,
          NormType.RMSNORM,
          tied);
    } catch (BadConfig e) {
      throw new BadFormat(file, 0, "the header cannot be: " + e.getMessage());
    }
  }

  private void check(LittleEndianFile in) {
    if (version == 2) {
      for (Parameters.Shape shape : Parameters.shapes(config)) {
        long values = (long) shape.rows() * shape.width();
        if (groupSize < 1 || (shape.matrix() && values % groupSize != 0)) {
          throw new BadFormat(
              in.name(),
              37,
              "group_size is "
                  + groupSize
                  + "; it must divide the "
                  + values
                  + " values of "
                  + shape.name());
        }
      }
    }
    long bytes = fileBytes();
    if (in.size() != bytes) {
      throw new BadFormat(
          in.name(),
          in.size(),
          "a model of this header takes "
              + bytes
              + " bytes, the file has "
              + in.size()
              + "; it is truncated or not a llama2.c model");
    }
  }

  private long fileBytes() {
    long values = config.parameterCount();
    if (version == 0) {
      return Integer.BYTES * (FIELDS + values + 2L * config.contextLength() * rotaryWidth());
    }
    if (version == 1) {
      return BYTES + Float.BYTES * values;
    }
    long norms = (2L * config.nLayers() + 1) * config.dModel();
    long matrices = values - norms;
    return BYTES + Float.BYTES * norms + matrices + Float.BYTES * (matrices / groupSize);
  }

  private int rotaryWidth() {
    return config.headDim() / 2;
  }

  /** All tensors in the order of the file. */
  List<Place> places() {
    Map<String, Parameters.Shape> shapes = new LinkedHashMap<>();
    Parameters.shapes(config).forEach(shape -> shapes.put(shape.name(), shape));
    List<Place> places = new ArrayList<>();
    long at = version == 0 ? Integer.BYTES * FIELDS : BYTES;
    for (String name : version == 0 ? oldOrder() : newOrder()) {
      Parameters.Shape shape = shapes.get(name);
      Place place =
          shape == null
              ? new Place(name, 2 * config.contextLength(), rotaryWidth(), at, 0)
              : new Place(name, shape.rows(), shape.width(), at, shape.matrix() ? groupSize : 0);
      places.add(place);
      at = place.end();
    }
    return places;
  }

  private List<String> oldOrder() {
    List<String> names = new ArrayList<>();
    names.add("model.embed_tokens.weight");
    layers(
        names,
        "input_layernorm",
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.o_proj",
        "post_attention_layernorm",
        "mlp.gate_proj",
        "mlp.down_proj",
        "mlp.up_proj");
    names.add("model.norm.weight");
    names.add(ROTARY);
    return withHead(names);
  }

  private List<String> newOrder() {
    List<String> names = new ArrayList<>();
    layers(names, "input_layernorm", "post_attention_layernorm");
    names.add("model.norm.weight");
    names.add("model.embed_tokens.weight");
    layers(
        names,
        "self_attn.q_proj",
        "self_attn.k_proj",
        "self_attn.v_proj",
        "self_attn.o_proj",
        "mlp.gate_proj",
        "mlp.down_proj",
        "mlp.up_proj");
    return withHead(names);
  }

  private void layers(List<String> names, String... kinds) {
    for (String kind : kinds) {
      for (int layer = 0; layer < config.nLayers(); layer++) {
        names.add("model.layers." + layer + "." + kind + ".weight");
      }
    }
  }

  private List<String> withHead(List<String> names) {
    if (!config.tieEmbeddings()) {
      names.add("lm_head.weight");
    }
    return names;
  }
}
