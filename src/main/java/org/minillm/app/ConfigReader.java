package org.minillm.app;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.base.JsonFault;
import org.minillm.base.JsonTree;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * Reads {@code config.json} strictly: a key that is not known is refused with the nearest known
 * one, for a misspelt key that is silently ignored is the worst kind of setting.
 */
final class ConfigReader {
  /** Every section with its keys, in the order of the file. */
  static final Map<String, List<String>> KEYS = new LinkedHashMap<>();

  static {
    KEYS.put("model", List.of("name", "preset"));
    KEYS.put(
        "hyperparameters",
        List.of(
            "vocab_size",
            "d_model",
            "n_heads",
            "n_kv_heads",
            "n_layers",
            "d_ff",
            "max_seq_len",
            "dropout",
            "rope_theta",
            "norm",
            "tie_embeddings"));
    KEYS.put(
        "training",
        List.of(
            "batch_size",
            "learning_rate",
            "max_epochs",
            "max_steps",
            "warmup_steps",
            "optimizer",
            "matrix_learning_rate",
            "schedule",
            "decay_fraction",
            "gradient_accumulation",
            "checkpoint_interval",
            "eval_interval",
            "early_stopping",
            "weight_decay",
            "validation_fraction",
            "seed"));
    KEYS.put("optimization", List.of("memory_saver", "chunk_size", "quantization"));
    KEYS.put("resources", List.of("max_memory_mb", "cpu_threads", "model_dir", "cache_dir"));
    KEYS.put("tokenizer", List.of("type", "special_tokens"));
  }

  private ConfigReader() {}

  static AppConfig read(String json, String fileName) {
    JsonNode root = parse(json.startsWith("\uFEFF") ? json.substring(1) : json, fileName);
    if (!root.isObject()) {
      throw new BadFormat(
          fileName, -1, "line 1: expected an object { … } with the sections " + KEYS.keySet());
    }
    for (Iterator<Map.Entry<String, JsonNode>> it = root.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = it.next();
      if (!KEYS.containsKey(entry.getKey())) {
        throw unknown("", entry.getKey(), entry.getValue());
      }
    }
    Section model = new Section("model", root);
    Optional<Preset> preset = model.text("preset").map(id -> Preset.of("model.preset", id));
    AppConfig defaults = AppConfig.of(preset.orElse(Preset.BASE));
    AppConfig config =
        new AppConfig(
            new AppConfig.Model(model.text("name").orElse(defaults.model().name()), preset),
            hyperparameters(new Section("hyperparameters", root), defaults.hyperparameters()),
            training(new Section("training", root), defaults.training()),
            optimization(new Section("optimization", root), defaults.optimization()),
            resources(new Section("resources", root), defaults.resources()),
            tokenizer(new Section("tokenizer", root), defaults.tokenizer()));
    return config;
  }

  private static JsonNode parse(String json, String fileName) {
    try {
      JsonNode root = JsonTree.read(json);
      if (root.isMissingNode()) {
        throw new BadFormat(fileName, -1, "line 1, column 1: the file is empty, expected { … }");
      }
      return root;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String where =
          at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
      throw new BadFormat(
          fileName,
          at == null ? -1 : at.getCharOffset(),
          where + "not valid JSON: " + JsonFault.words(e.getOriginalMessage()));
    }
  }

  private static AppConfig.Hyperparameters hyperparameters(
      Section in, AppConfig.Hyperparameters or) {
    int nHeads = in.integer("n_heads", or.nHeads());
    int nKvHeads = in.integer("n_kv_heads", in.has("n_heads") ? nHeads : or.nKvHeads());
    return new AppConfig.Hyperparameters(
        in.integer("vocab_size", or.vocabSize()),
        in.integer("d_model", or.dModel()),
        nHeads,
        nKvHeads,
        in.integer("n_layers", or.nLayers()),
        in.integer("d_ff", or.dFf()),
        in.integer("max_seq_len", or.maxSeqLen()),
        in.real("dropout", or.dropout()),
        in.real("rope_theta", or.ropeTheta()),
        in.text("norm").orElse(or.norm()),
        in.flag("tie_embeddings", or.tieEmbeddings()));
  }

  private static AppConfig.Training training(Section in, AppConfig.Training or) {
    int maxEpochs = in.integer("max_epochs", 0);
    long maxSteps = in.whole("max_steps", in.has("max_epochs") ? 0 : or.maxSteps());
    return new AppConfig.Training(
        in.integer("batch_size", or.batchSize()),
        in.text("optimizer").orElse(or.optimizer()),
        in.real("learning_rate", or.learningRate()),
        in.real("matrix_learning_rate", or.matrixLearningRate()),
        maxEpochs,
        maxSteps,
        in.integer("warmup_steps", or.warmupSteps()),
        in.text("schedule").orElse(or.schedule()),
        in.real("decay_fraction", or.decayFraction()),
        in.integer("gradient_accumulation", or.gradientAccumulation()),
        in.integer("checkpoint_interval", or.checkpointInterval()),
        in.integer("eval_interval", or.evalInterval()),
        in.integer("early_stopping", or.earlyStopping()),
        in.real("weight_decay", or.weightDecay()),
        in.real("validation_fraction", or.validationFraction()),
        in.whole("seed", or.seed()));
  }

  private static AppConfig.Optimization optimization(Section in, AppConfig.Optimization or) {
    return new AppConfig.Optimization(
        in.flag("memory_saver", or.memorySaver()),
        in.integer("chunk_size", or.chunkSize()),
        in.text("quantization").orElse(or.quantization()));
  }

  private static AppConfig.Resources resources(Section in, AppConfig.Resources or) {
    return new AppConfig.Resources(
        in.integer("max_memory_mb", or.maxMemoryMb()),
        in.integer("cpu_threads", or.cpuThreads()),
        in.text("model_dir").orElse(or.modelDir()),
        in.text("cache_dir").orElse(or.cacheDir()));
  }

  private static AppConfig.TokenizerSettings tokenizer(Section in, AppConfig.TokenizerSettings or) {
    return new AppConfig.TokenizerSettings(
        in.text("type").orElse(or.type()), in.texts("special_tokens", or.specialTokens()));
  }

  /** One section: all its keys are known once it is made. */
  private static final class Section {
    private final String name;
    private final @Nullable JsonNode node;

    Section(String name, JsonNode root) {
      this.name = name;
      this.node = root.get(name);
      if (node == null) {
        return;
      }
      if (!node.isObject()) {
        throw new BadConfig(name, node.toString(), "a section: an object { … }");
      }
      for (Iterator<String> it = node.fieldNames(); it.hasNext(); ) {
        String key = it.next();
        if (!known(name).contains(key)) {
          throw unknown(name, key, node.path(key));
        }
      }
    }

    boolean has(String key) {
      return node != null && node.has(key);
    }

    private @Nullable JsonNode value(String key) {
      return node == null ? null : node.get(key);
    }

    private BadConfig wrong(String key, JsonNode value, String allowed) {
      return new BadConfig(name + "." + key, value.toString(), allowed);
    }

    Optional<String> text(String key) {
      JsonNode value = value(key);
      if (value == null) {
        return Optional.empty();
      }
      if (!value.isTextual()) {
        throw wrong(key, value, "a text in quotes");
      }
      return Optional.of(value.textValue());
    }

    List<String> texts(String key, List<String> or) {
      JsonNode value = value(key);
      if (value == null) {
        return or;
      }
      List<String> texts = new ArrayList<>();
      for (JsonNode item : value) {
        if (item.isTextual()) {
          texts.add(item.textValue());
        }
      }
      if (!value.isArray() || texts.size() != value.size()) {
        throw wrong(key, value, "a list of texts, for instance [\"<|endoftext|>\"]");
      }
      return texts;
    }

    long whole(String key, long or) {
      JsonNode value = value(key);
      if (value == null) {
        return or;
      }
      if (!value.isIntegralNumber() || !value.canConvertToLong()) {
        throw wrong(key, value, "a whole number");
      }
      return value.longValue();
    }

    int integer(String key, int or) {
      long value = whole(key, or);
      if (value != (int) value) {
        throw new BadConfig(
            name + "." + key, Long.toString(value), "a whole number below 2147483648");
      }
      return (int) value;
    }

    float real(String key, float or) {
      JsonNode value = value(key);
      if (value == null) {
        return or;
      }
      if (!value.isNumber()) {
        throw wrong(key, value, "a number");
      }
      return value.floatValue();
    }

    boolean flag(String key, boolean or) {
      JsonNode value = value(key);
      if (value == null) {
        return or;
      }
      if (!value.isBoolean()) {
        throw wrong(key, value, "true or false");
      }
      return value.booleanValue();
    }
  }

  private static List<String> known(String section) {
    return KEYS.getOrDefault(section, List.of());
  }

  private static BadConfig unknown(String section, String key, JsonNode value) {
    String full = section.isEmpty() ? key : section + "." + key;
    String siblings =
        section.isEmpty()
            ? "sections: " + String.join(", ", KEYS.keySet())
            : "keys of " + section + ": " + String.join(", ", known(section));
    String text = value.toString();
    return new BadConfig(
        full,
        text.length() > 60 ? text.substring(0, 57) + "..." : text,
        "no such key, nearest known key: " + nearest(section, key) + "; " + siblings);
  }

  /** The known full key whose name is closest; among equals one of the same section. */
  static String nearest(String section, String key) {
    List<String> candidates = new ArrayList<>();
    if (section.isEmpty()) {
      candidates.addAll(KEYS.keySet());
    }
    KEYS.forEach((name, keys) -> keys.forEach(k -> candidates.add(name + "." + k)));
    String wanted = key.replaceAll("[^A-Za-z0-9]", "").toLowerCase(java.util.Locale.ROOT);
    return candidates.stream()
        .min(
            Comparator.<String>comparingInt(
                    c ->
                        2 * distance(wanted, c.substring(c.indexOf('.') + 1).replace("_", ""))
                            + (c.startsWith(section + ".") ? 0 : 1))
                .thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }

  /** Levenshtein distance. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int same = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(same, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
