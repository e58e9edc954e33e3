package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.ModelHousekeeping.Trashed;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.model.Quantization;

class ModelHousekeepingTest {
  @TempDir Path dir;
  private final Set<Path> loaded = new HashSet<>();
  private final Set<Path> written = new HashSet<>();
  private Path models;
  private Path tale;
  private ModelLibrary library;
  private ModelHousekeeping housekeeping;

  @BeforeEach
  void makeOneModel() throws IOException {
    models = dir.resolve("models");
    tale = model(models.resolve("tale"));
    library = new ModelLibrary(models, List.of(dir.resolve("delivered")), () -> Quantization.NONE);
    housekeeping =
        new ModelHousekeeping(
            library,
            new ModelHousekeeping.Users() {
              @Override
              public void letGo(Path model) {}

              @Override
              public boolean loaded(Path model) {
                return loaded.contains(model);
              }

              @Override
              public boolean written(Path model) {
                return written.contains(model);
              }
            },
            new Trash(dir.resolve("Trash")));
  }

  @Test
  void renamedModelHasTheNameOnItsCardAndAsItsFolder() throws IOException {
    byte[] weights = Files.readAllBytes(tale.resolve("model.safetensors"));
    Path now = housekeeping.rename(tale, " Cuentos míos ");
    assertEquals(models.resolve("cuentos-mios"), now);
    assertFalse(Files.exists(tale));
    assertEquals("Cuentos míos", library.entry(now).orElseThrow().name());
    assertArrayEquals(weights, Files.readAllBytes(now.resolve("model.safetensors")));
    // Another spelling of the same folder changes the card alone.
    assertEquals(now, housekeeping.rename(now, "Cuentos mios"));
    assertEquals("Cuentos mios", library.entry(now).orElseThrow().name());
  }

  @Test
  void renamedFileKeepsItsEndingAndTakesNobodysPlace() throws IOException {
    Path file = models.resolve("a.gguf");
    ModelFiles.convertToGguf(Path.of("models/starter.gguf"), Optional.empty(), file, "q8_0");
    Files.copy(file, models.resolve("b.gguf"));
    Path renamed = housekeeping.rename(file, "b");
    assertEquals(models.resolve("b-2.gguf"), renamed);
    assertEquals("b-2", library.entry(renamed).orElseThrow().name());
    assertEquals(renamed, housekeeping.rename(renamed, "b-2"));
    assertEquals(renamed, housekeeping.rename(renamed, "b-2.gguf"), "its ending may be typed");
  }

  @Test
  void copyHasEverythingButTheLockAndItsOwnName() throws IOException {
    Files.createFile(tale.resolve(".lock"));
    Files.createDirectories(tale.resolve("checkpoints/last"));
    Files.writeString(tale.resolve("checkpoints/last/state.json"), "{}");
    Files.createDirectories(tale.resolve("checkpoints/words"));
    Files.writeString(tale.resolve("checkpoints/words/text"), "an index of the data");
    Path copy = housekeeping.duplicate(tale, "tale (copy)");
    assertEquals(models.resolve("tale-copy"), copy);
    assertEquals("tale (copy)", library.entry(copy).orElseThrow().name());
    assertEquals("tale", library.entry(tale).orElseThrow().name());
    assertTrue(Files.exists(copy.resolve("checkpoints/last/state.json")));
    assertFalse(Files.exists(copy.resolve(".lock")));
    assertFalse(Files.exists(copy.resolve("checkpoints/words")), "made again when asked for");
    try (Stream<Path> left = Files.list(models)) {
      assertEquals(2, left.count()); // no half of a copy stays
    }
  }

  @Test
  void trashedModelLiesInTheDesktopsTrashAndComesBack() throws IOException {
    Path spaced = housekeeping.rename(tale, "año 1");
    Trashed thrown = housekeeping.throwAway(spaced);
    assertEquals(List.of(), library.list());
    assertTrue(Files.exists(dir.resolve("Trash/files/ano-1/config.json")));
    String info = Files.readString(dir.resolve("Trash/info/ano-1.trashinfo"));
    assertTrue(info.startsWith("[Trash Info]\nPath=" + spaced.toAbsolutePath() + "\n"), info);
    assertTrue(
        info.matches("(?s).*\nDeletionDate=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\n"), info);
    assertEquals(spaced, housekeeping.restore(thrown));
    assertEquals("año 1", library.entry(spaced).orElseThrow().name());
    assertFalse(Files.exists(dir.resolve("Trash/info/ano-1.trashinfo")));
  }

  @Test
  void twoOfOneNameFitTheTrashAndComeBackBesideEachOther() throws IOException {
    Trashed first = housekeeping.throwAway(tale);
    model(tale);
    Trashed second = housekeeping.throwAway(tale);
    assertTrue(Files.exists(dir.resolve("Trash/files/tale.2")));
    assertEquals(tale, housekeeping.restore(second));
    assertEquals(models.resolve("tale-2"), housekeeping.restore(first));
  }

  @Test
  void modelInUseIsRefusedInWords() throws IOException {
    loaded.add(tale);
    assertRefused("eject", () -> housekeeping.rename(tale, "other"));
    assertRefused("eject", () -> housekeeping.throwAway(tale));
    assertEquals(models.resolve("copy"), housekeeping.duplicate(tale, "copy")); // only reads
    loaded.clear();
    written.add(tale);
    assertRefused("stop the training", () -> housekeeping.throwAway(tale));
    assertRefused("stop the training", () -> housekeeping.duplicate(tale, "copy"));
    written.clear();
    try (DirectoryLock held = DirectoryLock.take(tale)) {
      assertRefused("stop the training", () -> housekeeping.rename(tale, "other"));
    }
    assertTrue(Files.exists(tale.resolve("config.json")));
    assertEquals(models.resolve("other"), housekeeping.rename(tale, "other"));
  }

  @Test
  void modelOfThePackageCanOnlyBeCopied() throws IOException {
    Path starter = model(dir.resolve("delivered/starter"));
    assertRefused("package", () -> housekeeping.rename(starter, "mine"));
    assertRefused("package", () -> housekeeping.throwAway(starter));
    assertEquals(models.resolve("mine"), housekeeping.duplicate(starter, "mine"));
  }

  @Test
  void nameThatCannotBeIsRefused() {
    for (String name : List.of("", "  ", "a/b", "a\\b", "x".repeat(101))) {
      assertRefused("slashes", () -> housekeeping.rename(tale, name));
    }
  }

  /** Something that may be refused. */
  private interface Act {
    Object run() throws IOException;
  }

  private static void assertRefused(String word, Act act) {
    BadInput refusal = assertThrows(BadInput.class, act::run);
    assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
  }

  private static Path model(Path path) throws IOException {
    LoadedModel tiny = TinyModels.fresh(String.valueOf(path.getFileName()), 1);
    ModelFiles.save(
        path, tiny.model(), tiny.tokenizer(), Optional.empty(), tiny.card(), TensorType.F32);
    return path;
  }
}
