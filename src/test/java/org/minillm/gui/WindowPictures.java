package org.minillm.gui;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javafx.event.Event;
import javafx.scene.control.Button;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import org.minillm.app.Preset;

/**
 * Pictures of every page and pane of the window in both themes and both languages, with chats, a
 * finished training and models in them. See screenshots.sh.
 */
public final class WindowPictures {
  private static final int SETTLES_MILLIS = 1200;
  private static final int STEPS = 250;
  private static final int DAMAGED_CHARACTERS = 20_000;

  private final RealWindow window;
  private final Path out;

  private WindowPictures(RealWindow window, Path out) {
    this.window = window;
    this.out = out;
  }

  /** What one look consists of. */
  private interface Shots {
    void take() throws Exception;
  }

  /**
   * @param args home directory of the window, a text to train on, directory of the pictures
   */
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]);
    Path text = Files.copy(Path.of(args[1]), home.resolve("cuentos.txt"));
    Path out = Files.createDirectories(Path.of(args[2]));
    WindowPictures pictures = new WindowPictures(RealWindow.open(), out);
    int status = 1; // the window would keep the process alive
    try {
      pictures.welcome();
      pictures.chat();
      pictures.data(text);
      pictures.train(text);
      pictures.pages();
      pictures.newModel();
      status = 0;
    } catch (Exception e) {
      e.printStackTrace();
    } finally {
      System.exit(status);
    }
  }

  // ---- what there is to see --------------------------------------------------------------------

  private void welcome() throws Exception {
    window.await("the tour", () -> window.find("#tour").isPresent());
    answered();
    inEachLook(() -> shot("tour"));
    window.press("#tour-skip");
  }

  private void chat() throws Exception {
    say("Tell me a story about a cat.");
    say("Cuéntame un cuento de un perro.");
    inEachLook(
        () -> {
          shot("chat");
          popover("sampling");
          popover("chats");
        });
  }

  /** A text in good order beside one in another encoding, with everything in it twice. */
  private void data(Path text) throws Exception {
    String some = Files.readString(text).substring(0, DAMAGED_CHARACTERS);
    Path damaged =
        Files.write(
            text.resolveSibling("antiguo.txt"),
            (some + some).getBytes(StandardCharsets.ISO_8859_1));
    window.run(
        () -> window.view().prepareTraining(List.of(text, damaged), Preset.CHROMEBOOK, 2000));
    maximise("TrainingPane");
    window.await("the doctor", () -> window.find("#data-mend").isPresent());
    inEachLook(() -> shot("data-doctor"));
    maximise("TrainingPane");
  }

  private void train(Path text) throws Exception {
    window.run(() -> window.view().prepareTraining(List.of(text), Preset.NANO, STEPS));
    window.press("#training-start");
    window.await("the training", () -> window.find("#training-pause").isPresent());
    window.await("its end", () -> window.find("#training-open").isPresent());
    maximise("TrainingPane");
    inEachLook(
        () -> {
          shot("training");
          for (String view : new String[] {"SAMPLES", "COACH", "CURVE"}) {
            window.press("#training-view-" + view);
            if (!view.equals("CURVE")) {
              shot("training-" + view.toLowerCase(Locale.ROOT));
            }
          }
        });
    maximise("TrainingPane");
    maximise("ResourcesPane");
    inEachLook(() -> shot("resources"));
    maximise("ResourcesPane");
  }

  private void pages() throws Exception {
    window.press("#rail-MODELS");
    inEachLook(
        () -> {
          shot("models");
          window.press(".unfold");
          shot("model-card");
          window.press(".unfold");
        });
    window.press("#rail-INSPECT");
    type("#inspect-text", "Había una vez una niña que vivía cerca del mar. Un día, un perro");
    window.press("#inspect-loss");
    window.press("#inspect-measure");
    await("#inspect-measure", "primary");
    inEachLook(
        () -> {
          shot("heat-map");
          window.press("#inspect-tokens");
          shot("tokenizer");
          window.press("#inspect-loss");
        });
    window.press("#rail-SETTINGS");
    inEachLook(() -> shot("settings"));
  }

  private void newModel() throws Exception {
    window.press("#training-open");
    window.await("the new model", () -> window.button("Contin").isPresent());
    answered();
    say("Había una vez");
    window.press("#why-action");
    window.await(
        "the words",
        () -> {
          window.run(
              () -> Event.fireEvent(window.find("#why-map").orElseThrow(), key(KeyCode.RIGHT)));
          return window.find(".alternative").isPresent();
        });
    inEachLook(() -> shot("why-this-word"));
    window.press("#why-back");
    window.press("#verbatim-action");
    window.await(
        "what stands in the data",
        () ->
            window.find("#verbatim-stop").isEmpty()
                && window.find("#verbatim-summary").isPresent());
    inEachLook(() -> shot("memorisation"));
  }

  // ---- the window ------------------------------------------------------------------------------

  private String look = "";

  private void inEachLook(Shots shots) throws Exception {
    for (boolean dark : new boolean[] {true, false}) {
      for (String language : new String[] {"ES", "EN"}) {
        look = (dark ? "dark-" : "light-") + language.toLowerCase(Locale.ROOT) + "-";
        window.run(() -> window.view().setDark(dark));
        if (!window.call(
            () -> ((Button) window.find("#language").orElseThrow()).getText().equals(language))) {
          window.press("#language");
        }
        shots.take();
      }
    }
    window.press("#language"); // Spanish again, and dark, as it began
    window.run(() -> window.view().setDark(true));
  }

  private void say(String text) {
    type("#chat-input", text);
    window.run(() -> Event.fireEvent(window.find("#chat-input").orElseThrow(), key(KeyCode.ENTER)));
    RealWindow.pause(SETTLES_MILLIS);
    answered();
  }

  /** Waits until a model is there and nothing is being answered. */
  private void answered() {
    await("#chat-send", "primary");
  }

  private void await(String button, String style) {
    window.await(
        button,
        () ->
            window
                .find(button)
                .filter(b -> !b.isDisabled() && b.getStyleClass().contains(style))
                .isPresent());
  }

  private void type(String field, String text) {
    window.await(field, () -> window.find(field).isPresent());
    window.run(() -> ((TextArea) window.find(field).orElseThrow()).setText(text));
  }

  private void popover(String opener) throws Exception {
    window.press("#" + opener);
    shot(opener);
    window.run(() -> Event.fireEvent(window.find(".popover").orElseThrow(), key(KeyCode.ESCAPE)));
  }

  private void maximise(String pane) {
    window.run(
        () ->
            window.find(pane).orElseThrow().lookupAll("#maximise").stream()
                .findFirst()
                .ifPresent(b -> ((Button) b).fire()));
  }

  private static KeyEvent key(KeyCode code) {
    return new KeyEvent(KeyEvent.KEY_PRESSED, "", "", code, false, false, false, false);
  }

  private void shot(String name) throws Exception {
    RealWindow.pause(SETTLES_MILLIS);
    Path file = out.resolve(look + name + ".png");
    Process taken =
        new ProcessBuilder("import", "-window", "root", file.toString()).inheritIO().start();
    if (taken.waitFor() != 0) {
      throw new IOException("import could not write " + file);
    }
    System.out.println(file);
  }
}
