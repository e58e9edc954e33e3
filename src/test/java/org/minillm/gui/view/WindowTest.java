package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.stage.Stage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.AppConfig;
import org.minillm.app.ChatState;
import org.minillm.app.ChatStore;
import org.minillm.app.FrontEnd;
import org.minillm.app.JobState;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Preset;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.SettingsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.testfx.api.FxRobot;
import org.testfx.framework.junit5.ApplicationExtension;
import org.testfx.framework.junit5.Start;
import org.testfx.util.WaitForAsyncUtils;

/** The real window on real services with tiny models. */
@ExtendWith(ApplicationExtension.class)
class WindowTest {
  /** A draft that is kept a moment after the typing comes too late for a closed window. */
  private final ExecutorService disk =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          new ThreadPoolExecutor.DiscardPolicy());

  private Path home;
  private MiniLlmApp app;
  private ChatViewModel chat;
  private TrainingViewModel training;
  private MainView view;

  @Start
  void start(Stage stage) throws Exception {
    home = Files.createTempDirectory("minillm-window");
    try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 1, 2, 64, 64))) {
      tiny.save(home.resolve("models/tiny"), TensorType.F32);
    }
    app = MiniLlmApp.open(home.resolve("config.json"), FrontEnd.WINDOW);
    app.monitor().setBudget(4L << 30); // the suite's own heap is not the window's
    ChatStore store = new ChatStore(home.resolve("chats"));
    chat =
        new ChatViewModel(app.chat(), store, Platform::runLater, disk, System::currentTimeMillis);
    training = new TrainingViewModel(app, Platform::runLater, disk, System::nanoTime);
    view =
        new MainView(
            app,
            new Texts(Locale.ENGLISH),
            new MainView.Models(
                chat,
                training,
                new ResourcesViewModel(app, Platform::runLater, disk),
                new ModelsViewModel(app, Platform::runLater, disk),
                new SettingsViewModel(
                    new SettingsViewModel.Store() {
                      @Override
                      public AppConfig read() throws IOException {
                        return app.configOnDisk();
                      }

                      @Override
                      public void write(Map<String, String> values) throws IOException {
                        app.changeSettings(values);
                      }
                    },
                    Platform::runLater,
                    disk)));
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
  void typedTextIsAnsweredByStreamingText(FxRobot robot) throws Exception {
    chat.load(home.resolve("models/tiny"), true); // the suite is larger than a window may be
    waitFor(() -> chat.snapshotProperty().get().state() == ChatState.READY);
    // A seed of its own: some draws of a random model begin with the end of the text.
    WaitForAsyncUtils.waitForAsyncFx(
        5000, () -> chat.setOptions(GenerateOptions.defaults().withSeed(7)));
    TextArea input = robot.lookup("#chat-input").queryAs(TextArea.class);
    waitFor(
        () -> { // a window that just came may not have the keyboard yet
          robot.clickOn(input);
          return input.isFocused();
        });
    robot.write("hola");
    waitFor(() -> input.getText().equals("hola"));
    robot.type(KeyCode.ENTER);
    waitFor(
        () ->
            chat.messages().size() == 2
                && chat.messages().get(1).figuresProperty().get() != null
                && !chat.messages().get(1).textProperty().get().isEmpty());
    assertEquals("hola", chat.messages().get(0).textProperty().get());
    assertEquals("", input.getText());
  }

  @Test
  void startedTrainingDrawsPointsAndPauses(FxRobot robot) throws Exception {
    Path text = home.resolve("cuento.txt");
    Files.writeString(text, "Había una vez un perro y una gata.\n<|endoftext|>\n".repeat(400));
    Platform.runLater(() -> view.prepareTraining(List.of(text), Preset.NANO, 100_000));
    Button start = robot.lookup("#training-start").queryButton();
    waitFor(() -> !start.isDisabled());
    robot.clickOn(start);
    waitFor(() -> training.curve().size() > 3);
    robot.clickOn("#training-pause");
    waitFor(
        () ->
            training.snapshotProperty().get().map(s -> s.state()).orElse(JobState.NEW)
                == JobState.PAUSED);
    int points = training.curve().size();
    assertTrue(points > 3);
    training.stop();
    waitFor(() -> !training.busy());
  }

  private static void waitFor(java.util.concurrent.Callable<Boolean> condition) throws Exception {
    WaitForAsyncUtils.waitFor(60, TimeUnit.SECONDS, condition);
    WaitForAsyncUtils.waitForFxEvents();
  }
}
