package org.minillm.gui;

import java.io.IOException;
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
 * @param app the application, opened; empty if it could not be
 * @param failure why it could not be opened
 */
record Opening(
    WindowSettings remembered, Texts texts, Optional<MiniLlmApp> app, Optional<Exception> failure) {
  /** Opens on a thread of its own: JavaFX's start takes longer and leaves a core free. */
  static CompletableFuture<Opening> begin() {
    return CompletableFuture.supplyAsync(
        Opening::open,
        work -> {
          Thread thread = new Thread(work, "minillm-open");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private static Opening open() {
    WindowSettings remembered = WindowSettings.read(rememberedFile());
    Texts texts =
        new Texts(
            remembered.language().isEmpty()
                ? Locale.getDefault()
                : Locale.forLanguageTag(remembered.language()));
    try {
      MiniLlmApp app = MiniLlmApp.open(Installation.ofThisProcess().configFile(), FrontEnd.WINDOW);
      return new Opening(remembered, texts, Optional.of(app), Optional.empty());
    } catch (IOException | MiniLlmException e) {
      return new Opening(remembered, texts, Optional.empty(), Optional.of(e));
    }
  }

  /** Where the window's settings are kept from one start to the next. */
  static Path rememberedFile() {
    return MiniLlmApp.dataDir().resolve("window.json");
  }
}
