package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.FrontEnd;
import org.minillm.app.JobState;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshots;
import org.minillm.format.TensorType;

/** When a window asks before it is closed; the test's thread plays those of the window. */
class ClosingLossesTest {
  @TempDir Path home;
  private final Queue<Runnable> longWork = new ArrayDeque<>();
  private final Texts texts = new Texts(Texts.ENGLISH);
  private MiniLlmApp app;
  private TrainingViewModel training;
  private ModelsViewModel models;

  @BeforeEach
  void open() throws Exception {
    try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 1, 2, 64, 64))) {
      tiny.save(home.resolve("models/tiny"), TensorType.F32);
    }
    app = RoomyApp.open(home, FrontEnd.COMMAND_LINE);
    training = new TrainingViewModel(app, Runnable::run, Runnable::run, System::nanoTime);
    models = new ModelsViewModel(app, Runnable::run, Runnable::run, longWork::add);
  }

  @AfterEach
  void close() {
    app.close();
  }

  private List<String> losses() {
    return ClosingLosses.of(training, models, false, texts);
  }

  @Test
  void aTrainingThatClosingSavesIsNotAskedAbout() {
    assertEquals(List.of(), losses());
    training.onSnapshot(TrainingSnapshots.at(5, JobState.RUNNING, Double.NaN, false));
    assertEquals(List.of(), losses());
    training.onSnapshot(TrainingSnapshots.at(6, JobState.PAUSED, Double.NaN, false));
    assertEquals(List.of(), losses());
  }

  @Test
  void aNewTrainingInPreparationWouldBeLost() {
    for (JobState state : List.of(JobState.RUNNING, JobState.PAUSED)) {
      training.onSnapshot(TrainingSnapshots.inPhase(TrainingPhase.ENCODING, state));
      assertEquals(1, losses().size());
      assertTrue(losses().get(0).contains("tales"), losses().get(0));
    }
    training.onSnapshot(TrainingSnapshots.inPhase(TrainingPhase.ENDED, JobState.CANCELLED));
    assertEquals(List.of(), losses());
  }

  @Test
  void aRunThatGoesOnFromItsCheckpointKeepsItWhileItIsPrepared() {
    training.onPoint(MetricsPoint.ofEvent(40, 0, 200, "checkpoint at step 40"));
    training.onSnapshot(TrainingSnapshots.inPhase(TrainingPhase.READING, JobState.RUNNING));
    assertEquals(List.of(), losses());
  }

  @Test
  void aCopyUnderWayAndAnEditedMessageWouldBeLost() {
    models.refresh();
    models.duplicate(models.rowsProperty().get().get(0).entry(), "copia");
    assertEquals(List.of(texts.get("app.close.models")), losses());
    assertEquals(
        List.of(texts.get("app.close.models"), texts.get("app.close.editing")),
        ClosingLosses.of(training, models, true, texts));
    longWork.remove().run();
    assertEquals(List.of(), losses());
  }
}
