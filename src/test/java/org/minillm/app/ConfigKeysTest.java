package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException.BadConfig;

/** Every key of config.json with values that it cannot have: the message names all there is. */
class ConfigKeysTest {
  private static final List<String> NO_NUMBER = List.of("\"x\"", "null", "true", "[]", "{}");
  private static final List<String> NO_TEXT = List.of("7", "null", "true", "[]", "{}");
  private static final List<String> NO_FLAG = List.of("\"true\"", "1", "null", "[]");

  /** Values by key, as JSON; numbers get the wrong types besides. */
  private static final Map<String, List<String>> WRONG = new LinkedHashMap<>();

  static {
    number("hyperparameters.vocab_size", "0", "15", "258", "1000001", "2147483648", "1e3", "300.5");
    number("hyperparameters.d_model", "0", "-4", "65537", "99999999999999999999");
    number("hyperparameters.n_heads", "0", "1025", "3");
    number("hyperparameters.n_kv_heads", "0", "5", "3");
    number("hyperparameters.n_layers", "0", "1025");
    number("hyperparameters.d_ff", "0", "1000001");
    number("hyperparameters.max_seq_len", "1", "1000001");
    number("hyperparameters.dropout", "-0.1", "0.91");
    number("hyperparameters.rope_theta", "0", "1e13", "1e400");
    text("hyperparameters.norm", "\"batchnorm\"", "\"\"");
    WRONG.put("hyperparameters.tie_embeddings", NO_FLAG);
    number("training.batch_size", "0", "4097");
    number("training.learning_rate", "0", "1.5", "-1");
    text("training.optimizer", "\"sgd\"", "\"\"");
    number("training.matrix_learning_rate", "0", "1.5", "-1");
    number("training.max_epochs", "-1", "1000001");
    number("training.max_steps", "-1", "0", "1000000001");
    number("training.warmup_steps", "-1", "1000001");
    number("training.gradient_accumulation", "0", "4097");
    number("training.checkpoint_interval", "0", "-5");
    number("training.eval_interval", "0", "2.5");
    text("training.schedule", "\"linear\"", "\"\"");
    number("training.decay_fraction", "0", "1.5");
    number("training.early_stopping", "-1", "1000001");
    number("training.weight_decay", "-0.1", "1.1");
    number("training.validation_fraction", "-0.1", "0.6");
    number("training.seed", "-1", "9223372036854775808");
    WRONG.put("optimization.memory_saver", NO_FLAG);
    number("optimization.chunk_size", "0", "65537");
    text("optimization.quantization", "\"int4\"");
    number("resources.max_memory_mb", "0", "63", "1048577");
    number("resources.cpu_threads", "0", "257");
    text("resources.model_dir", "\"\"", "\" \"");
    text("resources.cache_dir", "\"\"");
    text("model.name", "\"\"", "\"a/b\"", "\"" + "x".repeat(101) + "\"");
    text("model.preset", "\"huge\"");
    text("tokenizer.type", "\"wordpiece\"");
    WRONG.put(
        "tokenizer.special_tokens",
        List.of("7", "\"x\"", "null", "[]", "[1]", "[\"\"]", "[\"a\",\"a\"]", "[null]"));
  }

  private static void number(String key, String... outside) {
    put(key, NO_NUMBER, outside);
  }

  private static void text(String key, String... outside) {
    put(key, NO_TEXT, outside);
  }

  private static void put(String key, List<String> types, String... outside) {
    List<String> all = new java.util.ArrayList<>(types);
    all.addAll(List.of(outside));
    WRONG.put(key, all);
  }

  @Test
  void everyKeyIsTried() {
    Set<String> keys = new TreeSet<>();
    ConfigReader.KEYS.forEach((section, names) -> names.forEach(n -> keys.add(section + "." + n)));
    assertEquals(keys, new TreeSet<>(WRONG.keySet()));
  }

  @Test
  void wrongValueIsRefusedByKeyValueAndWhatIsAllowed() {
    WRONG.forEach(
        (key, values) -> {
          for (String value : values) {
            int dot = key.indexOf('.');
            String json =
                "{\""
                    + key.substring(0, dot)
                    + "\": {\""
                    + key.substring(dot + 1)
                    + "\": "
                    + value
                    + "}}";
            BadConfig e = assertThrows(BadConfig.class, () -> AppConfig.parse(json, "c"), json);
            assertEquals(key, e.key(), json);
            assertTrue(!e.value().isEmpty() && !e.allowed().isEmpty(), json);
            String message = String.valueOf(e.getMessage());
            assertTrue(message.startsWith(key + " is " + e.value()), message);
          }
        });
  }

  @Test
  void unknownKeyIsAnsweredWithTheNearestKnownOne() {
    ConfigReader.KEYS.forEach(
        (section, names) ->
            names.forEach(
                name -> {
                  String misspelt = name.substring(0, name.length() - 1) + "_";
                  BadConfig e =
                      assertThrows(
                          BadConfig.class,
                          () ->
                              AppConfig.parse(
                                  "{\"" + section + "\": {\"" + misspelt + "\": 1}}", "c"));
                  assertEquals(section + "." + misspelt, e.key());
                  assertTrue(e.allowed().contains("nearest known key: "), e.allowed());
                }));
  }
}
