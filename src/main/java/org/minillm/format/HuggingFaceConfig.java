package org.minillm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;

/**
 * Reads the {@code config.json} of a Hugging Face directory. What this app cannot compute is
 * refused, and so is a key of the wrong type: a default in its place would be a silent mistake.
 */
final class HuggingFaceConfig {
  /** The {@code model_type} of models that only this app opens. */
  static final String OURS = "minillm";

  private final String file;
  private final JsonNode root;

  private HuggingFaceConfig(String file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  static ModelConfig read(Path configJson) throws IOException {
    return new HuggingFaceConfig(
            String.valueOf(configJson.getFileName()), Json.readObject(configJson))
        .config();
  }

  private ModelConfig config() {
    String type = text(root, "model_type", "");
    if (!type.equals("llama") && !type.equals(OURS)) {
      throw refuse(
          "model_type is '"
              + type
              + "'; supported: llama (RMSNorm, RoPE, SwiGLU, no biases)"
              + size());
    }
    refuseIfTrue("attention_bias", "attention with biases");
    refuseIfTrue("mlp_bias", "a feed-forward layer with biases");
    String activation = text(root, "hidden_act", "silu");
    if (!activation.equals("silu")) {
      throw refuse("hidden_act is '" + activation + "'; supported: silu");
    }
    JsonNode rope = root.path("rope_parameters");
    if (isGiven(rope) && !rope.isObject()) {
      throw wrong("rope_parameters", rope, "an object");
    }
    if (isGiven(root.path("rope_scaling"))
        || !text(rope, "rope_type", "default").equals("default")) {
      throw refuse("scaled RoPE is not supported; only the default one is");
    }
    int heads = integer("num_attention_heads");
    int dModel = integer("hidden_size");
    requireHeadDim(heads, dModel);
    boolean layerNorm = type.equals(OURS) && text(root, "norm_type", "").equals("layernorm");
    double theta =
        real(rope, "rope_theta", real(root, "rope_theta", ModelConfig.DEFAULT_ROPE_THETA));
    try {
      return new ModelConfig(
          integer("vocab_size"),
          dModel,
          integer("num_hidden_layers"),
          heads,
          integer("num_key_value_heads", heads),
          integer("intermediate_size"),
          integer("max_position_embeddings"),
          (float) theta,
          (float) real(root, "rms_norm_eps", ModelConfig.DEFAULT_NORM_EPS),
          layerNorm ? NormType.LAYERNORM : NormType.RMSNORM,
          flag("tie_word_embeddings"));
    } catch (BadConfig e) {
      throw refuse(e.getMessage() == null ? e.key() : e.getMessage());
    }
  }

  /** What a decoder of these numbers would take, so that nobody waits for its architecture. */
  private String size() {
    long vocabulary = root.path("vocab_size").asLong();
    long d = root.path("hidden_size").asLong();
    long layers = root.path("num_hidden_layers").asLong();
    long heads = root.path("num_attention_heads").asLong();
    long f = root.path("intermediate_size").asLong();
    long most = Math.max(Math.max(vocabulary, d), Math.max(layers, Math.max(heads, f)));
    if (Math.min(Math.min(vocabulary, d), Math.min(layers, Math.min(heads, f))) < 1
        || most > 1 << 20) {
      return "";
    }
    long headDim = Math.min(1 << 20, root.path("head_dim").asLong(d / heads));
    long kvHeads = Math.min(heads, root.path("num_key_value_heads").asLong(heads));
    double attention = 2.0 * d * headDim * (heads + kvHeads);
    double embeddings = (root.path("tie_word_embeddings").asBoolean() ? 1.0 : 2.0) * vocabulary * d;
    double parameters = embeddings + layers * (attention + 3.0 * d * f);
    return String.format(
        Locale.ROOT,
        ". Its shape has %.0f million parameters: %.0f MB as int8",
        parameters / 1e6,
        parameters * 1.125 / MemoryBudget.MB);
  }

  private void requireHeadDim(int heads, int dModel) {
    int headDim = integer("head_dim", heads > 0 ? dModel / heads : 0);
    if (heads > 0 && (long) headDim * heads != dModel) {
      throw refuse(
          "head_dim " + headDim + " times " + heads + " heads is not hidden_size " + dModel);
    }
  }

  private BadFormat refuse(String reason) {
    return new BadFormat(file, -1, reason);
  }

  private BadFormat wrong(String key, JsonNode value, String allowed) {
    String found = value.toString();
    return refuse(
        key
            + " is "
            + (found.length() > 80 ? found.substring(0, 80) + "…" : found)
            + "; allowed: "
            + allowed);
  }

  private void refuseIfTrue(String key, String what) {
    if (flag(key)) {
      throw refuse(key + " is true: " + what + " is not supported");
    }
  }

  private static boolean isGiven(JsonNode node) {
    return !node.isMissingNode() && !node.isNull();
  }

  private String text(JsonNode in, String key, String or) {
    JsonNode value = in.path(key);
    if (isGiven(value) && !value.isTextual()) {
      throw wrong(key, value, "a text");
    }
    return isGiven(value) ? value.textValue() : or;
  }

  private boolean flag(String key) {
    JsonNode value = root.path(key);
    if (isGiven(value) && !value.isBoolean()) {
      throw wrong(key, value, "true or false");
    }
    return value.booleanValue();
  }

  private double real(JsonNode in, String key, double or) {
    JsonNode value = in.path(key);
    if (isGiven(value) && !value.isNumber()) {
      throw wrong(key, value, "a number");
    }
    return isGiven(value) ? value.doubleValue() : or;
  }

  private int integer(String key) {
    if (!isGiven(root.path(key))) {
      throw refuse(key + " is missing");
    }
    return integer(key, 0);
  }

  private int integer(String key, int or) {
    JsonNode value = root.path(key);
    if (isGiven(value) && (!value.isIntegralNumber() || !value.canConvertToInt())) {
      throw wrong(key, value, "a whole number below 2147483648");
    }
    return isGiven(value) ? value.intValue() : or;
  }
}
