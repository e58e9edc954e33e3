package org.minillm.gui.view;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javafx.application.Platform;
import javafx.scene.Scene;
import javafx.stage.Stage;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.ChatStore;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.format.TensorType;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ConfigStore;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.ServerSwitch;
import org.minillm.gui.viewmodel.SettingsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.testfx.util.WaitForAsyncUtils;

/** The real window on real services, with a home of its own, all its parts made. */
final class WholeWindow implements AutoCloseable {
  final ExecutorService disk = disk();
  final Path home;
  final MiniLlmApp app;
  final ChatViewModel chat;
  final TrainingViewModel training;
  final MainView view;

  /**
   * Shows it; on JavaFX's thread.
   *
   * @param withModel whether its library holds the small random model "tiny"
   */
  WholeWindow(Stage stage, boolean withModel) throws Exception {
    home = Files.createTempDirectory("minillm-window");
    if (withModel) {
      try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 1, 2, 64, 64))) {
        tiny.save(tiny(), TensorType.F32);
      }
    }
    app = RoomyApp.open(home, FrontEnd.WINDOW);
    chat =
        new ChatViewModel(
            app.chat(),
            new ChatStore(home.resolve("chats")),
            Platform::runLater,
            disk,
            System::currentTimeMillis);
    training = new TrainingViewModel(app, Platform::runLater, disk, System::nanoTime);
    view =
        new MainView(
            app,
            new Texts(Locale.ENGLISH),
            new MainView.Models(
                chat,
                training,
                new ResourcesViewModel(app, Platform::runLater, disk),
                new ModelsViewModel(app, Platform::runLater, disk, disk),
                new SettingsViewModel(new ConfigStore(app), Platform::runLater, disk)));
    view.offerServer(new ServerSwitch(app, Platform::runLater, disk));
    training.lookForInterruptedRuns();
    stage.setScene(new Scene(view, 1366, 768));
    stage.show();
    while (view.makeNext()) {
      // all that the window makes one a pulse
    }
  }

  /** For the window's files. A draft kept a moment after the typing comes too late when closed. */
  static ExecutorService disk() {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        new ThreadPoolExecutor.DiscardPolicy());
  }

  Path tiny() {
    return home.resolve("models/tiny");
  }

  static void waitFor(Callable<Boolean> condition) throws Exception {
    WaitForAsyncUtils.waitFor(60, TimeUnit.SECONDS, condition);
    WaitForAsyncUtils.waitForFxEvents();
  }

  @Override
  public void close() {
    app.close();
    disk.shutdownNow();
  }
}
