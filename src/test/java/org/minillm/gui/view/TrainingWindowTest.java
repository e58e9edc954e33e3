package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.app.AppConfig;
import org.minillm.app.ChatStore;
import org.minillm.app.FrontEnd;
import org.minillm.app.JobState;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Preset;
import org.minillm.app.doctor.FindingKind;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.DataViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.SettingsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** A training in the real window: from the file to the model in the library. */
@ExtendWith(ApplicationExtension.class)
class TrainingWindowTest {
  private final ExecutorService disk = Executors.newSingleThreadExecutor();
  private Path home;
  private MiniLlmApp app;
  private TrainingViewModel training;
  private MainView view;

  @Start
  void start(Stage stage) throws Exception {
    home = Files.createTempDirectory("minillm-training");
    app = MiniLlmApp.open(home.resolve("config.json"), FrontEnd.WINDOW);
    app.monitor().setBudget(4L << 30); // the suite's own heap is not the window's
    training = new TrainingViewModel(app, Platform::runLater, disk, System::nanoTime);
    SettingsViewModel.Store store =
        new SettingsViewModel.Store() {
          @Override
          public AppConfig read() throws IOException {
            return app.configOnDisk();
          }

          @Override
          public void write(Map<String, String> values) throws IOException {
            app.changeSettings(values);
          }
        };
    view =
        new MainView(
            app,
            new Texts(Locale.ENGLISH),
            new MainView.Models(
                new ChatViewModel(
                    app.chat(),
                    new ChatStore(home.resolve("chats")),
                    Platform::runLater,
                    disk,
                    System::currentTimeMillis),
                training,
                new ResourcesViewModel(app, Platform::runLater, disk),
                new ModelsViewModel(app, Platform::runLater, disk),
                new SettingsViewModel(store, Platform::runLater, disk)));
    stage.setScene(new Scene(view, 1366, 768));
    stage.show();
    while (view.makeNext()) {
      // all that the window makes one a pulse
    }
  }

  @AfterEach
  void close() {
    app.close();
    disk.shutdownNow();
  }

  @Test
  void aTextBecomesAModelOfTheLibraryUnderTheUsersEyes(FxRobot robot) throws Exception {
    Path text = home.resolve("cuentos.txt");
    StringBuilder stories = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      stories.append("Había una vez un perro y una gata que vivían en la casa número ");
      stories.append(i).append(", cerca del río.\n<|endoftext|>\n");
    }
    stories.append(
        "Había una vez un perro y una gata que vivían en la casa número 7, cerca del río.");
    Files.writeString(text, stories);
    Platform.runLater(() -> view.prepareTraining(List.of(text), Preset.NANO, 100_000));

    waitFor(() -> training.data().stateProperty().get().stage() == DataViewModel.Stage.DONE);
    Label summary = robot.lookup("#data-summary").queryAs(Label.class);
    assertTrue(summary.getText().contains("301 documents"), summary.getText());
    assertTrue(
        training.data().stateProperty().get().mendable().stream()
            .anyMatch(f -> f.kind() == FindingKind.DUPLICATES));

    Button start = robot.lookup("#training-start").queryButton();
    waitFor(() -> !start.isDisabled());
    // Under the findings the button may be out of view.
    WaitForAsyncUtils.waitForAsyncFx(5000, start::fire);
    waitFor(() -> training.face() == TrainingFace.RUNNING && training.curve().size() > 5);
    Node chart = robot.lookup("#loss-chart").query();
    waitFor(() -> chart.isVisible() && chart.getScene() != null);
    robot.moveTo(chart);
    waitFor(() -> training.chart().hovered() >= 0);

    robot.clickOn("#training-stop");
    waitFor(
        () ->
            training.snapshotProperty().get().map(s -> s.state()).orElse(JobState.NEW)
                == JobState.CANCELLED);
    assertEquals(List.of("cuentos"), app.library().list().stream().map(m -> m.name()).toList());
    assertEquals(List.of(home.resolve("models/cuentos")), app.training().runs());
  }

  private static void waitFor(Callable<Boolean> condition) throws Exception {
    WaitForAsyncUtils.waitFor(60, TimeUnit.SECONDS, condition);
    WaitForAsyncUtils.waitForFxEvents();
  }
}
