package org.minillm.gui;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javafx.application.Application;
import javafx.application.Platform;
import javafx.scene.Scene;
import javafx.scene.control.Alert;
import javafx.scene.control.ButtonType;
import javafx.scene.image.Image;
import javafx.stage.Stage;
import org.jspecify.annotations.Nullable;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.base.MiniLlmException;
import org.minillm.gui.view.MainView;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** The window: wires the application's services to view models and views. */
public final class MiniLlmWindow extends Application {
  /** Directory of the installation; set by {@code run.sh}. */
  private static final String INSTALL = "minillm.install";

  private @Nullable MiniLlmApp app;
  private @Nullable ExecutorService background;

  /** For JavaFX. */
  public MiniLlmWindow() {}

  /** Opens the window and returns when it is closed. */
  public static void launchWindow() {
    Application.launch(MiniLlmWindow.class);
  }

  private static Path configFile() {
    Path here = Path.of("config.json");
    String install = System.getProperty(INSTALL);
    return Files.exists(here) || install == null ? here : Path.of(install, "config.json");
  }

  @Override
  public void start(Stage stage) {
    Texts texts = new Texts(Locale.getDefault());
    MiniLlmApp opened;
    try {
      opened = MiniLlmApp.open(configFile(), FrontEnd.WINDOW);
    } catch (IOException | MiniLlmException e) {
      new Alert(Alert.AlertType.ERROR, String.valueOf(e.getMessage()), ButtonType.CLOSE)
          .showAndWait();
      Platform.exit();
      return;
    }
    app = opened;
    ExecutorService disk =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "minillm-window-disk");
              thread.setDaemon(true);
              return thread;
            });
    background = disk;
    show(stage, opened, texts, disk);
    disk.execute(
        () -> {
          Optional<ModelEntry> starter = opened.library().starter();
          starter.ifPresent(entry -> opened.chat().load(entry.path(), false));
        });
  }

  private void show(Stage stage, MiniLlmApp opened, Texts texts, ExecutorService disk) {
    ChatViewModel chat = new ChatViewModel(opened.chat(), Platform::runLater);
    TrainingViewModel training = new TrainingViewModel(opened, Platform::runLater, disk);
    ResourcesViewModel resources = new ResourcesViewModel(opened, Platform::runLater, disk);
    MainView view = new MainView(opened, texts, chat, training, resources, disk);
    Scene scene = new Scene(view, 1366, 768);
    stage.setTitle("Mini-LLM");
    var icon = MiniLlmWindow.class.getResourceAsStream("/org/minillm/gui/icon.png");
    if (icon != null) {
      stage.getIcons().add(new Image(icon));
    }
    stage.setMinWidth(900);
    stage.setMinHeight(600);
    stage.setScene(scene);
    stage.setOnCloseRequest(
        e -> {
          if (training.busy()) {
            Alert ask =
                new Alert(
                    Alert.AlertType.CONFIRMATION,
                    texts.get("app.close.text"),
                    ButtonType.YES,
                    ButtonType.NO);
            ask.setHeaderText(texts.get("app.close.title"));
            if (ask.showAndWait().filter(b -> b == ButtonType.YES).isEmpty()) {
              e.consume();
            }
          }
        });
    stage.show();
  }

  @Override
  public void stop() {
    ExecutorService disk = background;
    if (disk != null) {
      disk.shutdownNow();
    }
    MiniLlmApp opened = app;
    if (opened != null) {
      opened.close();
    }
  }
}
