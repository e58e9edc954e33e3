package org.minillm.gui;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import javafx.application.Platform;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.ButtonBase;
import javafx.stage.Stage;
import javafx.stage.Window;
import org.minillm.gui.view.MainView;

/** The app's own window, driven from inside its process by the programs under src/test/scripts. */
final class RealWindow {
  private static final long PATIENCE_MILLIS = 1_800_000;

  private final Thread toolkit;

  private RealWindow(Thread toolkit) {
    this.toolkit = toolkit;
  }

  /** Opens it as the app does and waits until all of its parts are made. */
  static RealWindow open() throws Exception {
    Thread toolkit = new Thread(MiniLlmWindow::launchWindow, "window-launcher");
    toolkit.start();
    RealWindow window = new RealWindow(toolkit);
    window.await("the window", () -> window.scene().isPresent());
    window.await("its parts", () -> window.find("#budget").isPresent());
    return window;
  }

  /** The scene of the main window, on any thread; empty before it is shown. */
  Optional<Scene> scene() {
    return call(
        () ->
            Window.getWindows().stream()
                .filter(w -> w instanceof Stage && w.isShowing() && w.getScene() != null)
                .map(Window::getScene)
                .filter(s -> s.getRoot() instanceof MainView)
                .findFirst());
  }

  MainView view() {
    return (MainView) scene().orElseThrow().getRoot();
  }

  /** A node that is there and shown. */
  Optional<Node> find(String selector) {
    return call(
        () ->
            scene()
                .flatMap(
                    s ->
                        s.getRoot().lookupAll(selector).stream()
                            .filter(RealWindow::shown)
                            .findFirst()));
  }

  private static boolean shown(Node node) {
    for (Node at = node; at != null; at = at.getParent()) {
      if (!at.isVisible()) {
        return false;
      }
    }
    return true;
  }

  /** A button that is there and shown and whose text begins so. */
  Optional<ButtonBase> button(String beginning) {
    return call(
        () ->
            scene()
                .flatMap(
                    s ->
                        s.getRoot().lookupAll(".button").stream()
                            .filter(
                                n -> n instanceof ButtonBase b && b.getText().startsWith(beginning))
                            .filter(RealWindow::shown)
                            .map(ButtonBase.class::cast)
                            .findFirst()));
  }

  /** Presses a button as the keyboard would. */
  void press(String selector) {
    await(selector, () -> find(selector).filter(n -> !n.isDisabled()).isPresent());
    run(() -> ((ButtonBase) find(selector).orElseThrow()).fire());
  }

  /** Runs on the window's thread and waits for it. */
  void run(Runnable work) {
    Object unused =
        call(
            () -> {
              work.run();
              return Optional.empty();
            });
  }

  <T> T call(Callable<T> work) {
    try {
      if (Platform.isFxApplicationThread()) {
        return work.call();
      }
      CompletableFuture<T> result = new CompletableFuture<>();
      Platform.runLater(
          () -> {
            try {
              result.complete(work.call());
            } catch (Exception e) {
              result.completeExceptionally(e);
            }
          });
      return result.get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Waits for a condition, checked off the window's thread. */
  void await(String what, BooleanSupplier condition) {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (true) {
      boolean there;
      try {
        there = condition.getAsBoolean();
      } catch (IllegalStateException e) {
        there = false; // the toolkit is not up yet
      }
      if (there) {
        return;
      }
      if (System.currentTimeMillis() > end) {
        throw new IllegalStateException("waited in vain for " + what);
      }
      pause(50);
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Closes the window without asking. */
  void close() throws InterruptedException {
    Platform.exit();
    toolkit.join();
  }

  /** A text of our own to train on. */
  static Path corpus(Path file, int tales) throws IOException {
    StringBuilder text = new StringBuilder();
    String[] who = {"un perro", "una gata", "el abuelo", "la niña", "un pez", "the old fox"};
    String[] where = {"el bosque", "la playa", "el tren", "a small town", "la cocina"};
    for (int i = 0; i < tales; i++) {
      text.append("Había una vez ")
          .append(who[i % who.length])
          .append(" que vivía en ")
          .append(where[i / 7 % where.length])
          .append(" y contaba hasta ")
          .append(i * 37 % 1009)
          .append(" antes de dormir. Once upon a time there were ")
          .append(i % 97)
          .append(" boats.\n<|endoftext|>\n");
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    return Files.writeString(file, text);
  }
}
