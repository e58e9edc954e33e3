package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.model.Quantization;

class InstallationTest {
  @TempDir private Path dir;

  @Test
  void packageGivesTheUserAConfigurationWithTheirOwnDirectories() throws IOException {
    Path delivered =
        delivered("{\"resources\": {\"max_memory_mb\": 400, \"model_dir\": \"models\"}}");
    Path user = dir.resolve("home/.config/mini-llm/config.json");
    Installation installed = new Installation(Optional.of(delivered), Optional.of(user));
    assertEquals(user, installed.configFile());
    AppConfig.Resources made = AppConfig.load(user).resources();
    assertEquals(400, made.maxMemoryMb());
    assertEquals(XdgDirectories.data().resolve("models").toString(), made.modelDir());
    assertEquals(XdgDirectories.cache().toString(), made.cacheDir());
    assertEquals(List.of(delivered.resolve("models")), installed.models());
    assertEquals("minillm", installed.command());
  }

  @Test
  void userConfigurationStaysAsItIs() throws IOException {
    Path user = Files.writeString(dir.resolve("mine.json"), "{}");
    new Installation(Optional.of(delivered("{}")), Optional.of(user)).configFile();
    assertEquals("{}", Files.readString(user));
  }

  @Test
  void withoutAWritableHomeTheAppStartsWithTheDefaults() throws IOException {
    Path user = Files.writeString(dir.resolve("file"), "").resolve("mini-llm/config.json");
    Installation installed = new Installation(Optional.of(delivered("{}")), Optional.of(user));
    assertEquals(user, installed.configFile());
    assertFalse(Files.exists(user));
  }

  @Test
  void inACheckoutNothingIsMadeAndNoOtherModelsAreRead() throws IOException {
    Installation checkout = new Installation(Optional.of(delivered("{}")), Optional.empty());
    assertEquals(Path.of("config.json"), checkout.configFile()); // the project's own stands here
    assertEquals(List.of(), checkout.models());
    assertEquals("./run.sh", checkout.command());
  }

  @Test
  void modelsOfThePackageStandBehindThoseOfTheUser() throws IOException {
    Path users = dir.resolve("users");
    Path delivered = dir.resolve("delivered");
    for (String name : List.of("starter", "other")) {
      model(delivered.resolve(name));
    }
    ModelLibrary library = new ModelLibrary(users, List.of(delivered), () -> Quantization.NONE);
    assertEquals(delivered.resolve("starter"), library.starter().orElseThrow().path());
    model(users.resolve("starter"));
    assertEquals(users.resolve("starter"), library.starter().orElseThrow().path());
    assertEquals(
        List.of(delivered.resolve("other"), users.resolve("starter")),
        library.list().stream().map(ModelEntry::path).sorted().toList());
    assertTrue(library.isDelivered(delivered.resolve("other")));
    assertFalse(library.isDelivered(users.resolve("starter")));
    assertEquals(users.resolve("other"), library.newDirectory("other"));
  }

  @Test
  void aGgufFileIsFoundByItsNameWithoutTheEnding() throws IOException {
    Path models = dir.resolve("models");
    model(models.resolve("tiny"));
    ModelFiles.convertToGguf(
        Path.of("models/starter.gguf"), Optional.empty(), models.resolve("starter.gguf"), "q8_0");
    ModelLibrary library = new ModelLibrary(models);
    Path file = models.resolve("starter.gguf");
    assertEquals(Optional.of(file), library.find(Path.of("starter")));
    assertEquals(Optional.of(file), library.find(Path.of("starter.gguf")));
    assertEquals(file, library.starter().orElseThrow().path());
    assertEquals(Optional.of(models.resolve("tiny")), library.find(Path.of("tiny")));
  }

  private static void model(Path path) throws IOException {
    LoadedModel tiny = TinyModels.fresh(path.getFileName().toString(), 1);
    ModelFiles.save(
        path, tiny.model(), tiny.tokenizer(), Optional.empty(), tiny.card(), TensorType.F32);
  }

  private Path delivered(String config) throws IOException {
    Path share = Files.createDirectories(dir.resolve("share"));
    Files.writeString(share.resolve("config.json"), config);
    return share;
  }

  @Test
  void aModelsConfigurationIsNotTakenForOurs() throws IOException {
    Path delivered = delivered("{}");
    Installation checkout = new Installation(Optional.of(delivered), Optional.empty());
    Path installed = delivered.resolve("config.json");
    Path here = dir.resolve("here.json");
    assertEquals(installed, checkout.configFile(here));
    for (String models :
        List.of("{\"model_type\": \"llama\"}", "{\"architectures\": [\"LlamaForCausalLM\"]}")) {
      assertEquals(installed, checkout.configFile(Files.writeString(here, models)));
    }
    for (String ours : List.of("{}", "{\"model\": {\"preset\": \"nano\"}}", "{\"broken\"")) {
      assertEquals(here, checkout.configFile(Files.writeString(here, ours)));
    }
  }
}
