package org.minillm.gui;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javafx.event.Event;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import org.minillm.app.Preset;

/**
 * Pictures of every page and pane of the window in both themes and both languages, with a chat, a
 * training and models in them. See screenshots.sh.
 */
public final class WindowPictures {
  private static final int SETTLES_MILLIS = 2000;

  private final RealWindow window;
  private final Path out;

  private WindowPictures(RealWindow window, Path out) {
    this.window = window;
    this.out = out;
  }

  /**
   * @param args home directory of the window, directory of the pictures
   */
  public static void main(String[] args) throws Exception {
    Path out = Files.createDirectories(Path.of(args[1]));
    WindowPictures pictures = new WindowPictures(RealWindow.open(), out);
    pictures.fill(Path.of(args[0]));
    for (boolean dark : new boolean[] {true, false}) {
      for (String language : new String[] {"ES", "EN"}) {
        pictures.look(dark, language);
        pictures.all((dark ? "dark-" : "light-") + language.toLowerCase(Locale.ROOT));
      }
    }
    System.exit(0);
  }

  /** Something to see: an answer in the chat, a curve. */
  private void fill(Path home) throws IOException {
    Path text = RealWindow.corpus(home.resolve("cuentos.txt"), 3000);
    window.await(
        "a model", () -> window.find("#chat-send").filter(n -> !n.isDisabled()).isPresent());
    window.run(
        () -> {
          TextArea input = (TextArea) window.find("#chat-input").orElseThrow();
          input.setText("Cuéntame un cuento de un perro");
          Event.fireEvent(
              input,
              new KeyEvent(
                  KeyEvent.KEY_PRESSED, "", "", KeyCode.ENTER, false, false, false, false));
        });
    window.run(() -> window.view().prepareTraining(List.of(text), Preset.NANO, 1_000_000));
    window.press("#training-start");
    window.await("the training", () -> window.find("#training-pause").isPresent());
    RealWindow.pause(30_000);
  }

  private void look(boolean dark, String language) {
    window.run(() -> window.view().setDark(dark));
    boolean changes =
        window.call(
            () -> !((Button) window.find("#language").orElseThrow()).getText().equals(language));
    if (changes) {
      window.press("#language");
    }
  }

  private void all(String kind) throws Exception {
    for (String page : pages()) {
      window.press("#" + page);
      RealWindow.pause(SETTLES_MILLIS);
      shot(kind + "-" + page.replace("rail-", "").toLowerCase(Locale.ROOT));
      if (page.equals("rail-MODELS") && window.find(".unfold").isPresent()) {
        window.press(".unfold");
        RealWindow.pause(SETTLES_MILLIS);
        shot(kind + "-model-card");
        window.press(".unfold");
      }
    }
    window.press("#rail-CHAT");
    for (String opener : new String[] {"sampling", "chats"}) {
      if (window.find("#" + opener).isPresent()) {
        window.press("#" + opener);
        RealWindow.pause(SETTLES_MILLIS);
        shot(kind + "-" + opener);
        window.run(() -> Event.fireEvent(window.find(".popover").orElseThrow(), escape()));
      }
    }
    for (String pane : new String[] {"TrainingPane", "ResourcesPane"}) {
      maximise(pane);
      RealWindow.pause(SETTLES_MILLIS);
      shot(kind + "-" + pane.replace("Pane", "").toLowerCase(Locale.ROOT));
      maximise(pane);
    }
  }

  private List<String> pages() {
    return window.call(
        () -> {
          Set<Node> buttons = window.scene().orElseThrow().getRoot().lookupAll(".rail-button");
          List<String> ids = new ArrayList<>();
          buttons.forEach(b -> ids.add(b.getId()));
          return ids;
        });
  }

  private void maximise(String pane) {
    window.run(
        () ->
            window.find(pane).orElseThrow().lookupAll("#maximise").stream()
                .findFirst()
                .ifPresent(b -> ((Button) b).fire()));
  }

  private static KeyEvent escape() {
    return new KeyEvent(KeyEvent.KEY_PRESSED, "", "", KeyCode.ESCAPE, false, false, false, false);
  }

  private void shot(String name) throws Exception {
    Path file = out.resolve(name + ".png");
    Process taken =
        new ProcessBuilder("import", "-window", "root", file.toString()).inheritIO().start();
    if (taken.waitFor() != 0) {
      throw new IOException("import could not write " + file);
    }
    System.out.println(file);
  }
}
