package org.minillm.gui;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javafx.animation.AnimationTimer;
import javafx.application.Application;
import javafx.application.Platform;
import javafx.geometry.Rectangle2D;
import javafx.scene.Scene;
import javafx.scene.control.Alert;
import javafx.scene.control.ButtonBar;
import javafx.scene.control.ButtonType;
import javafx.scene.image.Image;
import javafx.stage.Screen;
import javafx.stage.Stage;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.Niceness;
import org.minillm.app.WarmUp;
import org.minillm.app.WindowSettings;
import org.minillm.gui.view.MainView;
import org.minillm.gui.view.Notices;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ClosingLosses;
import org.minillm.gui.viewmodel.ConfigStore;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.Markdown;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.ServerSwitch;
import org.minillm.gui.viewmodel.SettingsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TourViewModel;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.minillm.gui.viewmodel.WindowPreferences;

/** The window: wires the application's services to view models and views. */
public final class MiniLlmWindow extends Application {
  private static final double WIDTH = 1366;
  private static final double HEIGHT = 768;
  private static final double FRAME = 40;
  private static final String SCALE = "glass.gtk.uiScale";

  /** How often a second JavaFX wakes also an idle window, where its timer cannot be stopped. */
  private static final String PULSE = "javafx.animation.pulse";

  /** Longest wait of a process that was told to end, and of it that for the window's thread. */
  private static final long PATIENCE_MILLIS = 20_000;

  private static final long CHAT_MILLIS = 2_000;

  /** JavaFX makes the instance that takes it. */
  private static @Nullable CompletableFuture<Opening> opening;

  private volatile @Nullable MiniLlmApp app;
  private final ExecutorService disk = thread("minillm-window-disk");
  private final ExecutorService longWork = thread("minillm-window-copies");
  private final OrderlyEnd end = new OrderlyEnd(this::endEarly, PATIENCE_MILLIS);
  private volatile @Nullable ChatViewModel conversation;
  private volatile @Nullable ServerSwitch server;
  private volatile @Nullable WarmUp warmUp;
  private volatile @Nullable OneWindow one;
  private WindowSettings remembered = WindowSettings.FIRST;

  /** For JavaFX. */
  public MiniLlmWindow() {}

  /** Opens the window and returns when it is closed. */
  public static void launchWindow() {
    opening = Opening.begin();
    double scale = WindowSettings.scale(Opening.rememberedFile());
    if (scale != 1 && System.getProperty(SCALE) == null) {
      System.setProperty(SCALE, Double.toString(scale)); // read when the toolkit starts
    }
    if (!PulseTimer.possible() && System.getProperty(PULSE) == null) {
      System.setProperty(PULSE, "30");
    }
    System.setErr(new ErrorStream(System.err));
    Application.launch(MiniLlmWindow.class);
  }

  @Override
  public void start(Stage stage) {
    Optional<PulseTimer> unused = PulseTimer.use();
    ControlStyles.use();
    CompletableFuture<Opening> begun = opening;
    Opening ready = (begun == null ? Opening.begin() : begun).join();
    remembered = ready.remembered();
    Texts words = ready.texts();
    Optional<Exception> failure = ready.failure();
    if (failure.isPresent()) {
      sayAndExit(words, words.get("app.cannotStart"), ErrorTexts.of(failure.get(), words));
    } else if (ready.app().isEmpty()) {
      sayAndExit(words, words.get("app.open"), words.get("app.open.text"));
    } else {
      app = ready.app().get();
      show(stage, ready.app().get(), words);
      hear(stage, ready.window());
    }
  }

  private void sayAndExit(Texts words, String title, String text) {
    Notices.Looks looks = new Notices.Looks(remembered.dark(), remembered.fontSize());
    Notices.say(looks, title, text, words.get("app.close")).showAndWait();
    Platform.exit();
  }

  /** Another start brings this window to the front. */
  private void hear(Stage stage, OneWindow taken) {
    one = taken;
    disk.execute(
        () ->
            taken.hear(
                () ->
                    Platform.runLater(
                        () -> {
                          stage.setIconified(false);
                          stage.toFront();
                          stage.requestFocus();
                        })));
  }

  /** A thread of the window; what it is given after its end is for a window that is gone. */
  private static ExecutorService thread(String name) {
    return new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        work -> {
          Thread thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        },
        new ThreadPoolExecutor.DiscardPolicy());
  }

  private void show(Stage stage, MiniLlmApp opened, Texts words) {
    ChatViewModel chat =
        new ChatViewModel(
            opened.chat(), opened.chats(), Platform::runLater, disk, System::currentTimeMillis);
    conversation = chat;
    chat.setOptions(remembered.sampling());
    TrainingViewModel training =
        new TrainingViewModel(opened, Platform::runLater, disk, System::nanoTime);
    ModelsViewModel models = new ModelsViewModel(opened, Platform::runLater, disk, longWork);
    MainView main =
        new MainView(
            opened,
            words,
            new MainView.Models(
                chat,
                training,
                new ResourcesViewModel(opened, Platform::runLater, disk),
                models,
                new SettingsViewModel(new ConfigStore(opened), Platform::runLater, disk)));
    main.setDark(remembered.dark());
    main.preferences().fontSizeProperty().set(remembered.fontSize());
    main.preferences().scaleProperty().set(remembered.scale());
    main.preferences().reducedMotionProperty().set(remembered.reducedMotion());
    ServerSwitch served = new ServerSwitch(opened, Platform::runLater, disk);
    server = served;
    main.offerServer(served);
    main.onOpenFolder(folder -> getHostServices().showDocument(folder.toUri().toString()));
    stage.setTitle("Mini-LLM");
    Screen primary = Screen.getPrimary();
    Rectangle2D screen = primary.getVisualBounds();
    main.preferences()
        .fitScreen(
            screen.getWidth() * primary.getOutputScaleX(),
            screen.getHeight() * primary.getOutputScaleY());
    rememberFit(main.preferences());
    remember(main, chat, words);
    stage.setMinWidth(Math.min(WindowPreferences.LEAST_WIDTH, screen.getWidth()));
    stage.setMinHeight(Math.min(WindowPreferences.LEAST_HEIGHT, screen.getHeight()));
    Scene scene = new Scene(main, WIDTH, HEIGHT);
    scene.setFill(main.background()); // what the desktop shows before the first frame
    stage.setScene(scene);
    // Where it would just fit, its frame would not.
    stage.setMaximized(screen.getWidth() <= WIDTH || screen.getHeight() <= HEIGHT + FRAME);
    stage.setOnCloseRequest(
        e -> {
          List<String> losses = ClosingLosses.of(training, models, main.editsMessage(), words);
          if (!losses.isEmpty() && !mayClose(stage, main, losses, words)) {
            e.consume();
          }
        });
    end.watch();
    stage.show();
    afterFirstFrame(
        () -> {
          if (main.makeNext()) {
            return true;
          }
          var icon = MiniLlmWindow.class.getResourceAsStream("/org/minillm/gui/icon.png");
          if (icon != null) {
            stage.getIcons().add(new Image(icon));
          }
          main.focusChat();
          main.offerTour(
              new TourViewModel(opened, Platform::runLater),
              () -> remember(remembered.withTourSeen(true)));
          if (!remembered.tourSeen()) {
            main.showTour();
          }
          chat.restoreLast();
          training.lookForInterruptedRuns();
          disk.execute(
              () -> modelToOpen(opened).ifPresent(path -> opened.chat().load(path, false)));
          warmUp = WarmUp.start(MiniLlmWindow::afterStart, WarmUp.FULL);
          return false;
        });
  }

  /** What the first answer would wait for, off the window's thread. */
  private static void afterStart() {
    Niceness.lowerCompilers();
    List<Markdown.Block> unused = Markdown.parse("*a* **b** `c`\n\n1. d"); // loads its library
  }

  /**
   * Runs what would hold up the first frame, once a pulse from the second on, until it returns
   * false. Each pulse ends when the frame of the one before is drawn, which another thread does.
   */
  private static void afterFirstFrame(BooleanSupplier work) {
    new AnimationTimer() {
      private boolean first = true;

      @Override
      public void handle(long now) {
        if (!first && !work.getAsBoolean()) {
          stop();
        }
        first = false;
      }
    }.start();
  }

  private static boolean mayClose(Stage stage, MainView main, List<String> losses, Texts words) {
    ButtonType close = new ButtonType(words.get("app.close.yes"), ButtonBar.ButtonData.OK_DONE);
    ButtonType stay = new ButtonType(words.get("app.close.no"), ButtonBar.ButtonData.CANCEL_CLOSE);
    Alert ask =
        Notices.ask(
            stage,
            Notices.Looks.of(main),
            words.get("app.close.title"),
            String.join("\n\n", losses),
            close,
            stay);
    return ask.showAndWait().filter(b -> b == close).isPresent();
  }

  /** The model that was open last, else the starter model. */
  private Optional<Path> modelToOpen(MiniLlmApp opened) {
    if (!remembered.model().isEmpty()) {
      Path last = Path.of(remembered.model());
      if (Files.exists(last) && opened.library().entry(last).isPresent()) {
        return Optional.of(last);
      }
    }
    return opened.library().starter().map(ModelEntry::path);
  }

  @Override
  public void stop() {
    end.end(
        () -> {
          keepChat();
          endServices();
        });
  }

  /** The process was told to end: not on the window's thread, and there is little time. */
  private void endEarly() {
    MiniLlmApp opened = app;
    if (opened != null) {
      opened.training().stop(); // saves while the rest ends
    }
    CountDownLatch kept = new CountDownLatch(1);
    Platform.runLater(
        () -> {
          keepChat();
          kept.countDown();
        });
    try {
      boolean unused = kept.await(CHAT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    endServices();
  }

  private void keepChat() {
    ChatViewModel chat = conversation;
    if (chat != null) {
      chat.close();
    }
  }

  private void endServices() {
    WarmUp warming = warmUp;
    if (warming != null) {
      warming.close();
    }
    ServerSwitch served = server;
    if (served != null) {
      served.close();
    }
    longWork.shutdown();
    if (!ends(longWork, 5)) {
      longWork.shutdownNow();
    }
    MiniLlmApp opened = app;
    if (opened != null) {
      opened.close();
    }
    disk.shutdown(); // the last chat, and what the end of a training tells, may be on their way
    if (!ends(disk, 60)) {
      System.getLogger(MiniLlmWindow.class.getName())
          .log(System.Logger.Level.WARNING, "The disk did not end its work within 60 s");
    }
    OneWindow taken = one;
    if (taken != null) {
      taken.close();
    }
  }

  /** Waits for what a thread was given; false when the time ran out. */
  private static boolean ends(ExecutorService thread, int seconds) {
    try {
      return thread.awaitTermination(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * A scale that the screen is too small for stays the user's choice, and the next start on it
   * fits.
   */
  private void rememberFit(WindowPreferences looks) {
    double largest = looks.largestScale();
    if (largest != remembered.largestScale()) {
      remember(remembered.withLargestScale(largest));
    }
  }

  /** Writes what the window remembers whenever it changes: a window may also be killed. */
  private void remember(MainView main, ChatViewModel chat, Texts words) {
    main.darkProperty().addListener((o, was, now) -> remember(remembered.withDark(now)));
    WindowPreferences looks = main.preferences();
    looks
        .fontSizeProperty()
        .addListener((o, was, now) -> remember(remembered.withFontSize(now.intValue())));
    looks
        .scaleProperty()
        .addListener((o, was, now) -> remember(remembered.withScale(now.doubleValue())));
    looks
        .reducedMotionProperty()
        .addListener((o, was, now) -> remember(remembered.withReducedMotion(now)));
    words
        .localeProperty()
        .addListener((o, was, now) -> remember(remembered.withLanguage(now.getLanguage())));
    chat.optionsProperty().addListener((o, was, now) -> remember(remembered.withSampling(now)));
    chat.snapshotProperty()
        .addListener(
            (o, was, now) -> {
              Optional<Path> model = now.path();
              if (model.isPresent() && !model.equals(was.path())) {
                remember(remembered.withModel(model.get().toAbsolutePath().normalize().toString()));
              }
            });
  }

  private void remember(WindowSettings now) {
    remembered = now;
    disk.execute(
        () -> {
          try {
            now.write(Opening.rememberedFile());
          } catch (IOException e) {
            System.getLogger(MiniLlmWindow.class.getName())
                .log(System.Logger.Level.WARNING, "Cannot remember the window: " + e.getMessage());
          }
        });
  }
}
