package org.minillm.gui;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.minillm.app.FrontEnd;
import org.minillm.app.Installation;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.WindowSettings;
import org.minillm.base.MiniLlmException;
import org.minillm.gui.viewmodel.Texts;

/**
 * What a window needs before its first frame and no screen is needed for.
 *
 * @param window has this window's directories
 * @param app the application, opened; empty if it could not be, or another window has it open
 * @param failure why it could not be opened; empty too where another window has it open
 */
record Opening(
    WindowSettings remembered,
    Texts texts,
    OneWindow window,
    Optional<MiniLlmApp> app,
    Optional<Exception> failure) {
  /** Opens on a thread of its own: JavaFX's start takes longer and leaves a core free. */
  static CompletableFuture<Opening> begin() {
    return CompletableFuture.supplyAsync(
        () -> open(MiniLlmApp.dataDir(), Installation.ofThisProcess().configFile()),
        work -> {
          Thread thread = new Thread(work, "minillm-open");
          thread.setDaemon(true);
          thread.start();
        });
  }

  /**
   * Opens at once.
   *
   * @param data where the window keeps its chats; made when missing
   */
  static Opening open(Path data, Path configFile) {
    WindowSettings remembered = WindowSettings.read(rememberedFile());
    Texts texts =
        new Texts(
            remembered.language().isEmpty()
                ? Locale.getDefault()
                : Locale.forLanguageTag(remembered.language()));
    OneWindow window = new OneWindow();
    try {
      make(data);
      Optional<MiniLlmApp> app =
          window.take(data)
              ? Optional.of(MiniLlmApp.open(configFile, FrontEnd.WINDOW))
              : Optional.empty();
      if (app.isPresent() && !window.take(app.get().library().directory())) {
        app.get().close();
        app = Optional.empty();
      }
      if (app.isEmpty()) {
        window.close(); // it may have one directory of two
      }
      return new Opening(remembered, texts, window, app, Optional.empty());
    } catch (IOException | MiniLlmException e) {
      return new Opening(remembered, texts, window, Optional.empty(), Optional.of(e));
    }
  }

  private static void make(Path data) {
    try {
      Files.createDirectories(data);
    } catch (IOException e) { // the window opens all the same and says what it cannot keep
      System.getLogger(Opening.class.getName())
          .log(Level.DEBUG, "Cannot make " + data + ": " + e.getMessage());
    }
  }

  /** Where the window's settings are kept from one start to the next. */
  static Path rememberedFile() {
    return MiniLlmApp.dataDir().resolve("window.json");
  }
}
