package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.AppConfig;
import org.minillm.app.Preset;

class TrainingFormTest {
  @TempDir Path home;
  private Path text;

  @BeforeEach
  void write() throws IOException {
    text = Files.writeString(home.resolve("cuento.txt"), "Había una vez.");
  }

  private static TrainingForm form(String name, List<Path> files, String steps, String batch) {
    return new TrainingForm(
        name, files, Optional.of(Preset.NANO), steps, batch, OptionalInt.empty(), Optional.empty());
  }

  private static List<String> fields(TrainingForm form) {
    return form.problems().stream().map(Problem::field).toList();
  }

  @Test
  void aCompleteFormHasNoProblem() {
    assertEquals(List.of(), form("mi diario", List.of(text), " 200 ", "8").problems());
  }

  @Test
  void everyFieldIsChecked() {
    assertEquals(
        List.of(TrainingForm.FILES, TrainingForm.NAME, TrainingForm.STEPS, TrainingForm.BATCH),
        fields(form(" ", List.of(), "2.000", "0")));
    assertEquals(List.of(TrainingForm.NAME), fields(form("a/b", List.of(text), "1", "1")));
    assertEquals(List.of(TrainingForm.STEPS), fields(form("a", List.of(text), "-1", "1")));
    assertEquals(List.of(TrainingForm.BATCH), fields(form("a", List.of(text), "1", "4097")));
    assertEquals(
        List.of(TrainingForm.STEPS), fields(form("a", List.of(text), "99999999999999999999", "1")));
  }

  @Test
  void filesThatCannotBeTrainedOnAreNamed() throws IOException {
    Path empty = Files.createFile(home.resolve("vacio.txt"));
    List<Problem> found =
        form("a", List.of(home, home.resolve("gone.txt"), empty), "1", "1").problems();
    assertEquals(
        List.of("check.unreadable", "check.empty"), found.stream().map(Problem::key).toList());
    Texts spanish = new Texts(Locale.forLanguageTag("es"));
    assertEquals("«vacio.txt» está vacío.", found.get(1).text(spanish));
  }

  @Test
  void rangesAreSaidInTheLanguagesForm() {
    Problem steps = form("a", List.of(text), "x", "1").problems().get(0);
    assertEquals(
        "Un número entero de 1 a 1.000.000.000, sin puntos.",
        steps.text(new Texts(Locale.forLanguageTag("es"))));
    assertTrue(steps.text(new Texts(Locale.ENGLISH)).contains("1,000,000,000"));
  }

  @Test
  void theFormBecomesAConfiguration() {
    AppConfig config =
        new TrainingForm(
                "mío",
                List.of(text),
                Optional.of(Preset.NANO),
                "50",
                "3",
                OptionalInt.of(64),
                Optional.of(false))
            .config(AppConfig.defaults());
    assertEquals("mío", config.model().name());
    assertEquals(Preset.NANO.hyperparameters().dModel(), config.hyperparameters().dModel());
    assertEquals(64, config.hyperparameters().maxSeqLen());
    assertEquals(50, config.training().maxSteps());
    assertEquals(3, config.training().batchSize());
    assertEquals(5, config.training().evalInterval());
    assertEquals(false, config.optimization().memorySaver());
  }

  @Test
  void withoutAPresetTheShapeIsTheConfigurations() {
    AppConfig base = AppConfig.of(Preset.STORY);
    AppConfig config =
        new TrainingForm(
                "a",
                List.of(text),
                Optional.empty(),
                "10000",
                "4",
                OptionalInt.empty(),
                Optional.empty())
            .config(base);
    assertEquals(base.hyperparameters(), config.hyperparameters());
    assertEquals(base.training().evalInterval(), config.training().evalInterval());
  }

  @Test
  void aProposalTakesThePlaceOfTheShapeAndTheFormsNumbersHold() {
    AppConfig own = AppConfig.of(Preset.CHROMEBOOK);
    AppConfig proposed =
        own.withTraining(own.training().with(t -> t.warmupSteps(7).earlyStopping(5)))
            .withResources(own.resources().withMaxMemoryMb(300));
    AppConfig config =
        new TrainingForm(
                "a",
                List.of(text),
                Optional.of(Preset.NANO),
                "400",
                "4",
                OptionalInt.empty(),
                Optional.empty(),
                Optional.of(proposed),
                Optional.empty())
            .config(AppConfig.defaults());
    assertEquals(own.hyperparameters(), config.hyperparameters());
    assertEquals(7, config.training().warmupSteps());
    assertEquals(5, config.training().earlyStopping());
    assertEquals(400, config.training().maxSteps());
    assertEquals(4, config.training().batchSize());
    assertEquals(512, config.resources().maxMemoryMb());
  }
}
