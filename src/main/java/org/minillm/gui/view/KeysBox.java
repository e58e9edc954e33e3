package org.minillm.gui.view;

import javafx.beans.binding.Bindings;
import javafx.scene.control.Label;
import javafx.scene.layout.GridPane;
import org.minillm.gui.viewmodel.Texts;

/** The keyboard's shortcuts, a line each. */
final class KeysBox extends GridPane {
  /** Keys and what names their line in the texts. */
  private static final String[][] KEYS = {
    {"Enter", "send"},
    {"Shift+Enter", "newLine"},
    {"Esc", "stop"},
    {"Ctrl+Enter", "again"},
    {"Alt+Enter", "goOn"},
    {"Ctrl+N", "newChat"},
    {"Ctrl+K", "search"},
    {"F11", "maximise"},
    {"Ctrl+1 2 3 4", "pages"}
  };

  KeysBox(Texts texts) {
    getStyleClass().add("keys-box");
    setHgap(16);
    setVgap(6);
    setFocusTraversable(true);
    add(Controls.label(texts, "keys.title", "title"), 0, 0, 2, 1);
    for (int i = 0; i < KEYS.length; i++) {
      String keys = KEYS[i][0];
      Label key = new Label();
      key.textProperty()
          .bind(
              Bindings.createStringBinding(
                  () ->
                      keys.replace("Enter", texts.get("keys.enter"))
                          .replace("Shift", texts.get("keys.shift")),
                  texts.localeProperty()));
      key.getStyleClass().add("key-cap");
      add(key, 0, i + 1);
      add(Controls.label(texts, "keys." + KEYS[i][1]), 1, i + 1);
    }
  }
}
