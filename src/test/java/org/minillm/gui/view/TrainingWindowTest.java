package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.JobState;
import org.minillm.app.Preset;
import org.minillm.app.doctor.FindingKind;
import org.minillm.gui.viewmodel.DataViewModel;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** A training in the real window: from the file to the model, and where memory runs short. */
@ExtendWith(ApplicationExtension.class)
class TrainingWindowTest {
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
  void aTextBecomesAModelOfTheLibraryUnderTheUsersEyes(FxRobot robot) throws Exception {
    Path text = window.home.resolve("cuentos.txt");
    StringBuilder stories = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      stories.append("Había una vez un perro y una gata que vivían en la casa número ");
      stories.append(i).append(", cerca del río.\n<|endoftext|>\n");
    }
    stories.append(
        "Había una vez un perro y una gata que vivían en la casa número 7, cerca del río.");
    Files.writeString(text, stories);
    Platform.runLater(() -> window.view.prepareTraining(List.of(text), Preset.NANO, 100_000));

    WholeWindow.waitFor(
        () -> training.data().stateProperty().get().stage() == DataViewModel.Stage.DONE);
    Label summary = robot.lookup("#data-summary").queryAs(Label.class);
    assertTrue(summary.getText().contains("301 documents"), summary.getText());
    assertTrue(
        training.data().stateProperty().get().mendable().stream()
            .anyMatch(f -> f.kind() == FindingKind.DUPLICATES));

    Button start = robot.lookup("#training-start").queryButton();
    WholeWindow.waitFor(() -> !start.isDisabled());
    // Under the findings the button may be out of view.
    WaitForAsyncUtils.waitForAsyncFx(5000, start::fire);
    WholeWindow.waitFor(
        () -> training.face() == TrainingFace.RUNNING && training.curve().size() > 5);
    Node chart = robot.lookup("#loss-chart").query();
    WholeWindow.waitFor(() -> chart.isVisible() && chart.getScene() != null);
    robot.moveTo(chart);
    WholeWindow.waitFor(() -> training.chart().hovered() >= 0);
    Label written = (Label) chart.lookup(".key"); // what the canvas writes with
    assertEquals(11, written.getFont().getSize());
    double before = ((LossChart) chart).left();
    Platform.runLater(() -> window.view.preferences().fontSizeProperty().set(20));
    WholeWindow.waitFor(() -> written.getFont().getSize() > 15);
    assertTrue(((LossChart) chart).left() > before);
    Platform.runLater(() -> window.view.preferences().fontSizeProperty().set(14));
    WholeWindow.waitFor(() -> written.getFont().getSize() == 11);

    robot.clickOn("#training-stop");
    WholeWindow.waitFor(
        () ->
            training.snapshotProperty().get().map(s -> s.state()).orElse(JobState.NEW)
                == JobState.CANCELLED);
    assertEquals(
        List.of("cuentos"), window.app.library().list().stream().map(m -> m.name()).toList());
    assertEquals(List.of(window.home.resolve("models/cuentos")), window.app.training().runs());

    Button open = robot.lookup("#training-open").queryButton();
    WholeWindow.waitFor(() -> open.isVisible() && !open.isDisabled());
    ChatSnapshot chat = window.app.chat().snapshot();
    window.chat.onSnapshot(chat.withState(ChatState.LOADING));
    WholeWindow.waitFor(open::isDisabled);
    window.chat.onSnapshot(chat);
    WholeWindow.waitFor(() -> !open.isDisabled());
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
