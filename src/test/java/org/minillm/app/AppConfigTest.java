package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.NormType;
import org.minillm.model.Quantization;

class AppConfigTest {
  @TempDir Path dir;

  @Test
  void fileAtTheTopOfTheProjectIsTheDefaultConfiguration() throws Exception {
    AppConfig file = AppConfig.load(Path.of("config.json"));
    assertEquals(AppConfig.defaults().withModel(file.model()), file);
    assertEquals(10000, file.hyperparameters().vocabSize());
    assertEquals(16, file.training().batchSize());
    assertEquals("muon", file.training().optimizer());
    assertEquals("none", file.optimization().quantization());
    assertEquals(512, file.resources().maxMemoryMb());
  }

  @Test
  void fileAtTheTopOfTheProjectNamesEveryKeyButTheAlternatives() throws Exception {
    String text = Files.readString(Path.of("config.json"));
    ConfigReader.KEYS.forEach(
        (section, keys) ->
            keys.stream()
                .filter(k -> !List.of("preset", "max_epochs").contains(k))
                .forEach(k -> assertTrue(text.contains('"' + k + '"'), section + "." + k)));
  }

  @Test
  void emptyObjectMeansTheDefaults() {
    assertEquals(
        AppConfig.defaults().withModel(new AppConfig.Model("mini-llm", Optional.empty())),
        AppConfig.parse("{}", "c"));
  }

  @Test
  void everyKeyArrivesWhereItBelongs() {
    AppConfig c =
        AppConfig.parse(
            """
            {"model":{"name":"cuentos","preset":"nano"},
             "hyperparameters":{"vocab_size":600,"d_model":48,"n_heads":6,"n_kv_heads":3,
               "n_layers":5,"d_ff":96,"max_seq_len":32,"dropout":0.25,"rope_theta":5000,
               "norm":"layernorm","tie_embeddings":false},
             "training":{"batch_size":3,"optimizer":"muon","learning_rate":1e-2,"matrix_learning_rate":3e-2,"max_epochs":7,"max_steps":11,
               "warmup_steps":2,"schedule":"wsd","decay_fraction":0.5,"gradient_accumulation":5,"checkpoint_interval":13,
               "eval_interval":17,"early_stopping":6,"weight_decay":0.2,"validation_fraction":0.1,"seed":42},
             "optimization":{"memory_saver":false,"chunk_size":16,"quantization":"int8"},
             "resources":{"max_memory_mb":400,"cpu_threads":1,"model_dir":"m","cache_dir":"c"},
             "tokenizer":{"type":"simple","special_tokens":["<end>"]}}
            """,
            "c");
    assertEquals(new AppConfig.Model("cuentos", Optional.of(Preset.NANO)), c.model());
    assertEquals(
        new AppConfig.Hyperparameters(600, 48, 6, 3, 5, 96, 32, 0.25f, 5000f, "layernorm", false),
        c.hyperparameters());
    assertEquals(
        new AppConfig.Training(
            3, "muon", 1e-2f, 3e-2f, 7, 11, 2, "wsd", 0.5f, 5, 13, 17, 6, 0.2f, 0.1f, 42),
        c.training());
    assertEquals(new AppConfig.Optimization(false, 16, "int8"), c.optimization());
    assertEquals(new AppConfig.Resources(400, 1, "m", "c"), c.resources());
    assertEquals(new AppConfig.TokenizerSettings("simple", List.of("<end>")), c.tokenizer());
    assertEquals(NormType.LAYERNORM, c.modelConfig().norm());
    assertEquals(3, c.modelConfig().nKvHeads());
    assertEquals(32, c.modelConfig().contextLength());
    assertEquals(400L << 20, c.resources().maxMemoryBytes());
  }

  @Test
  void presetFillsWhatIsLeftOutAndTheFileWins() {
    AppConfig c =
        AppConfig.parse(
            "{\"model\":{\"preset\":\"chromebook\"},\"hyperparameters\":{\"n_layers\":7}}", "c");
    assertEquals(128, c.hyperparameters().dModel());
    assertEquals(7, c.hyperparameters().nLayers());
    assertEquals(Preset.CHROMEBOOK.batchSize(), c.training().batchSize());
  }

  @ParameterizedTest
  @EnumSource(Preset.class)
  void everyPresetIsAValidConfiguration(Preset preset) {
    AppConfig c = AppConfig.of(preset);
    assertEquals(preset, Preset.of("k", preset.id()));
    assertTrue(c.modelConfig().parameterCount() > 0);
  }

  @Test
  void presetsAreTheOnesOfTheDesign() {
    assertEquals(8_428_800, AppConfig.of(Preset.STORY).modelConfig().parameterCount(), 60_000);
    assertEquals(6_760_000, AppConfig.of(Preset.BASE).modelConfig().parameterCount(), 60_000);
    assertThrows(BadConfig.class, () -> Preset.of("--preset", "huge"));
  }

  @Test
  void epochsAloneTakeTheLimitInStepsAway() {
    AppConfig c = AppConfig.parse("{\"training\":{\"max_epochs\":3}}", "c");
    assertEquals(3, c.training().maxEpochs());
    assertEquals(0, c.training().maxSteps());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"training\":{\"batchsize\":4}}|training.batchsize|training.batch_size",
        "{\"training\":{\"dropout\":0.1}}|training.dropout|hyperparameters.dropout",
        "{\"hyperparameters\":{\"layers\":2}}|hyperparameters.layers|hyperparameters.n_layers",
        "{\"resources\":{\"max_memory\":2}}|resources.max_memory|resources.max_memory_mb",
        "{\"trainig\":{}}|trainig|training",
        "{\"max_memory_mb\":300}|max_memory_mb|resources.max_memory_mb",
      })
  void unknownKeyIsRefusedWithTheNearestKnownOne(String json, String key, String nearest) {
    BadConfig e = assertThrows(BadConfig.class, () -> AppConfig.parse(json, "c"));
    assertEquals(key, e.key());
    assertTrue(e.allowed().contains("nearest known key: " + nearest + ";"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"training\":{\"batch_size\":0}}|training.batch_size|0",
        "{\"training\":{\"batch_size\":2.5}}|training.batch_size|2.5",
        "{\"training\":{\"batch_size\":\"4\"}}|training.batch_size|\"4\"",
        "{\"training\":{\"batch_size\":null}}|training.batch_size|null",
        "{\"training\":{\"batch_size\":99999999999}}|training.batch_size|99999999999",
        "{\"training\":{\"learning_rate\":0}}|training.learning_rate|0",
        "{\"training\":{\"learning_rate\":\"fast\"}}|training.learning_rate|\"fast\"",
        "{\"training\":{\"max_steps\":0}}|training.max_steps|0",
        "{\"hyperparameters\":{\"norm\":\"batch\"}}|hyperparameters.norm|\"batch\"",
        "{\"hyperparameters\":{\"n_heads\":3}}|hyperparameters.n_heads|3",
        "{\"hyperparameters\":{\"n_kv_heads\":3}}|hyperparameters.n_kv_heads|3",
        "{\"hyperparameters\":{\"vocab_size\":200}}|hyperparameters.vocab_size|200",
        "{\"hyperparameters\":{\"tie_embeddings\":1}}|hyperparameters.tie_embeddings|1",
        "{\"hyperparameters\":{\"dropout\":0.95}}|hyperparameters.dropout|0.95",
        "{\"optimization\":{\"quantization\":\"int4\"}}|optimization.quantization|\"int4\"",
        "{\"resources\":{\"max_memory_mb\":10}}|resources.max_memory_mb|10",
        "{\"resources\":{\"model_dir\":\" \"}}|resources.model_dir|\"\"",
        "{\"tokenizer\":{\"type\":\"word\"}}|tokenizer.type|\"word\"",
        "{\"tokenizer\":{\"special_tokens\":[]}}|tokenizer.special_tokens|[]",
        "{\"tokenizer\":{\"special_tokens\":[1]}}|tokenizer.special_tokens|[1]",
        "{\"model\":{\"preset\":\"huge\"}}|model.preset|huge",
        "{\"model\":{\"name\":\"a/b\"}}|model.name|\"a/b\"",
        "{\"training\":4}|training|4",
      })
  void wrongValueIsRefusedWithKeyAndValue(String json, String key, String value) {
    BadConfig e = assertThrows(BadConfig.class, () -> AppConfig.parse(json, "c"));
    assertEquals(key, e.key());
    assertEquals(value, e.value());
    assertTrue(!e.allowed().isBlank());
  }

  @Test
  void brokenJsonIsRefusedWithLineAndColumn() {
    BadFormat e =
        assertThrows(
            BadFormat.class,
            () -> AppConfig.parse("{\n  \"training\": {\n    \"batch_size\": 4,,\n", "my.json"));
    assertEquals("my.json", e.file());
    assertTrue(e.reason().startsWith("line 3, column 2"), e.reason());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]",
        "''",
        "{} {}",
        "{\"training\":{\"seed\":1,\"seed\":2}}",
        "nonsense",
        "{\"training\":{\"seed\":1}",
      })
  void whatIsNoJsonObjectIsRefused(String json) {
    assertThrows(BadFormat.class, () -> AppConfig.parse(json, "c"));
  }

  @Test
  void byteOrderMarkIsNoError() {
    assertEquals(AppConfig.parse("{}", "c"), AppConfig.parse("\uFEFF{}", "c"));
  }

  @Test
  void int8IsForLoadedModels() {
    AppConfig c = AppConfig.parse("{\"optimization\":{\"quantization\":\"int8\"}}", "c");
    assertEquals(Quantization.INT8, c.quantization());
    assertEquals(Quantization.NONE, AppConfig.defaults().quantization());
  }

  @Test
  void changingOneValueKeepsEveryOtherCharacter() throws Exception {
    Path file = dir.resolve("config.json");
    String text =
        "{\n\n  \"resources\" : {\n      \"cpu_threads\":1,\n      \"max_memory_mb\" : 512 ,\n"
            + "      \"model_dir\": \"x\"\n  },\n  \"training\": {\"seed\": 3}\n}\n";
    Files.writeString(file, text);
    ConfigFile.set(file, "resources.max_memory_mb", "384");
    assertEquals(text.replace("512", "384"), Files.readString(file));
    ConfigFile.set(file, "resources.model_dir", "\"other\"");
    assertEquals(text.replace("512", "384").replace("\"x\"", "\"other\""), Files.readString(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}",
        "{\"resources\": {}}",
        "{\"resources\": {\"cpu_threads\": 1}}",
        "{\"training\": {\"seed\": 3}, \"resources\": {\"max_memory_mb\": 99}}",
        "{\"tokenizer\": {\"special_tokens\": [\"max_memory_mb\"]}}",
      })
  void missingKeysAndSectionsAreAdded(String json) throws Exception {
    AppConfig before = AppConfig.parse(json, "c");
    AppConfig after =
        AppConfig.parse(ConfigFile.replaced(json, "resources.max_memory_mb", "300"), "c");
    assertEquals(before.withResources(before.resources().withMaxMemoryMb(300)), after);
  }

  @Test
  void valueThatIsNotAllowedLeavesTheFileAlone() throws Exception {
    Path file = dir.resolve("config.json");
    Files.writeString(file, "{}");
    assertThrows(BadConfig.class, () -> ConfigFile.set(file, "resources.max_memory_mb", "1"));
    assertThrows(BadConfig.class, () -> ConfigFile.set(file, "resources.nothing", "1"));
    assertEquals("{}", Files.readString(file));
  }

  @Test
  void missingFileIsMade() throws Exception {
    Path file = dir.resolve("new.json");
    ConfigFile.set(file, "resources.max_memory_mb", "256");
    assertEquals(256, AppConfig.load(file).resources().maxMemoryMb());
  }
}
