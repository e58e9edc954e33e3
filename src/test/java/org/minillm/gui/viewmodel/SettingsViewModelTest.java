package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.AppConfig;
import org.minillm.app.ConfigFile;

class SettingsViewModelTest {
  private static final String WRITTEN =
      """
      {
         "resources": { "cpu_threads": 2,   "max_memory_mb": 512 },

         "hyperparameters": {
            "d_model": 256, "n_heads": 4
         },
         "training": { "learning_rate": 0.0015 }
      }
      """;

  @TempDir Path home;
  private Path file;
  private SettingsViewModel settings;
  private int writes;
  private boolean failing;

  @BeforeEach
  void open() throws IOException {
    file = Files.writeString(home.resolve("config.json"), WRITTEN);
    settings = viewModel();
    settings.load();
  }

  private SettingsViewModel viewModel() {
    return new SettingsViewModel(
        new SettingsViewModel.Store() {
          @Override
          public AppConfig read() throws IOException {
            return AppConfig.load(file);
          }

          @Override
          public void write(Map<String, String> values) throws IOException {
            writes++;
            if (failing) {
              throw new IOException("disk full");
            }
            ConfigFile.set(file, values);
          }
        },
        Runnable::run,
        Runnable::run);
  }

  private void save(Map<String, String> changes) {
    Map<String, String> typed = new HashMap<>(settings.valuesProperty().get());
    typed.putAll(changes);
    settings.save(typed);
  }

  private String file() throws IOException {
    return Files.readString(file);
  }

  @Test
  void everySettingHasAValue() {
    for (SettingsViewModel.Setting setting : SettingsViewModel.SETTINGS) {
      assertTrue(settings.valuesProperty().get().containsKey(setting.key()), setting.key());
    }
  }

  @Test
  void onlyTheChangedValueChanges() throws IOException {
    save(Map.of("resources.max_memory_mb", "400", "training.learning_rate", "0,002"));
    assertEquals(WRITTEN.replace("512", "400").replace("0.0015", "0.002"), file());
    assertEquals(2, settings.outcomeProperty().get().saved().size());
  }

  @Test
  void nothingChangedIsNotWritten() throws IOException {
    save(Map.of("training.learning_rate", "0,00150"));
    assertEquals(0, writes);
    assertEquals(WRITTEN, file());
  }

  @Test
  void whatIsNotAllowedIsToldAtItsFieldAndTheFileStays() throws IOException {
    save(Map.of("resources.max_memory_mb", "12"));
    SettingsViewModel.Outcome outcome = settings.outcomeProperty().get();
    assertEquals("resources.max_memory_mb", outcome.field());
    assertEquals(
        "resources.max_memory_mb es 12; se admite: de 64 a 1.048.576.",
        ErrorTexts.of(outcome.problem().orElseThrow(), new Texts(Locale.forLanguageTag("es"))));
    save(Map.of("training.max_steps", "mil"));
    assertEquals("training.max_steps", settings.outcomeProperty().get().field());
    assertEquals(WRITTEN, file());
    assertEquals(1, writes);
  }

  @Test
  void keysThatAreValidOnlyTogetherAreWrittenTogether() throws IOException {
    save(
        Map.of(
            "hyperparameters.d_model", "96",
            "hyperparameters.n_heads", "6",
            "hyperparameters.n_kv_heads", "3"));
    assertEquals(List.of(), settings.outcomeProperty().get().problem().stream().toList());
    AppConfig.Hyperparameters h = AppConfig.load(file).hyperparameters();
    assertEquals(96, h.dModel());
    assertEquals(6, h.nHeads());
    assertEquals(3, h.nKvHeads());
  }

  @Test
  void savesAreTakenBackOneByOneTheLastFirst() throws IOException {
    save(Map.of("resources.max_memory_mb", "400"));
    save(Map.of("resources.max_memory_mb", "300", "training.learning_rate", "0.002"));
    assertTrue(settings.undo());
    assertEquals(WRITTEN.replace("512", "400"), file());
    assertEquals("400", settings.valuesProperty().get().get("resources.max_memory_mb"));
    assertTrue(settings.undo());
    assertEquals(WRITTEN, file());
    assertFalse(settings.undo());
    assertEquals(4, writes);
  }

  @Test
  void aSaveThatWasRefusedIsNothingToTakeBack() {
    save(Map.of("resources.max_memory_mb", "12"));
    assertFalse(settings.undo());
  }

  @Test
  void anUndoThatCannotBeWrittenCanBeTriedAgain() throws IOException {
    save(Map.of("resources.max_memory_mb", "400"));
    failing = true;
    assertTrue(settings.undo());
    assertTrue(settings.outcomeProperty().get().problem().isPresent());
    failing = false;
    assertTrue(settings.undo());
    assertEquals(WRITTEN, file());
  }

  @Test
  void aFieldDiffersFromTheFileByItsValueNotByItsForm() {
    Map<String, String> typed = new HashMap<>(settings.valuesProperty().get());
    assertFalse(settings.differs(typed));
    typed.put("training.learning_rate", " 0,0015 ");
    assertFalse(settings.differs(typed));
    typed.put("training.learning_rate", "0,0016");
    assertTrue(settings.differs(typed));
    typed.put("training.learning_rate", "0,00150");
    assertFalse(settings.differs(typed), "saving would write nothing");
    typed.put("training.learning_rate", "1,5e-3");
    assertFalse(settings.differs(typed));
    typed.put("training.learning_rate", "fast");
    assertTrue(settings.differs(typed), "saving tells what is wrong");
  }

  @Test
  void nothingDiffersFromAFileThatWasNotRead() throws IOException {
    Files.writeString(file, "{");
    SettingsViewModel unread = viewModel();
    assertFalse(unread.differs(Map.of("training.seed", "7")));
    unread.load();
    assertTrue(unread.outcomeProperty().get().problem().isPresent());
    assertFalse(unread.differs(Map.of("training.seed", "7")));
  }

  @Test
  void textsAreQuoted() throws IOException {
    save(Map.of("resources.model_dir", "mis \"modelos\"\\x"));
    assertEquals("mis \"modelos\"\\x", AppConfig.load(file).resources().modelDir());
  }
}
