package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javafx.application.Platform;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.app.JobState;
import org.minillm.app.Preset;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** Memory runs short while the real window trains: what the user sees, and that it goes on. */
@ExtendWith(ApplicationExtension.class)
class GuardWindowTest {
  private WholeWindow window;
  private TrainingViewModel training;

  @Start
  void start(Stage stage) throws Exception {
    window = new WholeWindow(stage, false);
    training = window.training;
  }

  @AfterEach
  void close() {
    window.close();
  }

  @Test
  void aTrainingThatTheGuardPausesSaysSoAndGoesOnByItself(FxRobot robot) throws Exception {
    Path text = window.home.resolve("cuento.txt");
    Files.writeString(text, "Había una vez un perro y una gata.\n<|endoftext|>\n".repeat(400));
    Platform.runLater(() -> window.view.prepareTraining(List.of(text), Preset.NANO, 100_000));
    Button start = robot.lookup("#training-start").queryButton();
    WholeWindow.waitFor(() -> !start.isDisabled());
    WaitForAsyncUtils.waitForAsyncFx(5000, start::fire);
    WholeWindow.waitFor(
        () -> training.face() == TrainingFace.RUNNING && training.curve().size() > 3);
    assertTrue(robot.lookup(".banner-PAUSED_BY_GUARD").tryQuery().isEmpty());

    long roomy = window.app.monitor().budget();
    window.app.monitor().setBudget(window.app.monitor().readNow().rss() / 2);
    WholeWindow.waitFor( // it says so a moment before it sleeps
        () ->
            training.face() == TrainingFace.PAUSED_BY_GUARD
                && training.snapshotProperty().get().orElseThrow().state() == JobState.PAUSED);
    Label banner = robot.lookup(".banner-PAUSED_BY_GUARD").queryAs(Label.class);
    assertTrue(banner.isVisible());
    assertTrue(banner.getText().startsWith("The guard paused it"), banner.getText());
    long saved = training.snapshotProperty().get().orElseThrow().step();

    window.app.monitor().setBudget(roomy);
    WholeWindow.waitFor(
        () ->
            training.face() == TrainingFace.RUNNING
                && training.snapshotProperty().get().orElseThrow().step() > saved);
    assertFalse(robot.lookup(".banner-PAUSED_BY_GUARD").tryQuery().isPresent());
    training.stop();
    WholeWindow.waitFor(() -> !training.busy());
  }
}
