package org.minillm.gui.view;

import javafx.scene.control.Alert;
import javafx.scene.control.ButtonBar;
import javafx.scene.control.ButtonType;
import javafx.scene.control.DialogPane;
import javafx.stage.Window;
import org.jspecify.annotations.Nullable;

/** Boxes that ask or say something apart from the window, with its looks. */
public final class Notices {
  private Notices() {}

  /**
   * How the window looks.
   *
   * @param fontSize pixels of the usual text
   */
  public record Looks(boolean dark, int fontSize) {
    /** Those of a window that is open. */
    public static Looks of(MainView view) {
      return new Looks(view.darkProperty().get(), view.preferences().fontSizeProperty().get());
    }
  }

  /**
   * A box that says something.
   *
   * @param close the word on its button
   */
  public static Alert say(
      Alert.AlertType type, Looks looks, String title, String text, String close) {
    return made(
        new Alert(type, text, new ButtonType(close, ButtonBar.ButtonData.CANCEL_CLOSE)),
        looks,
        title,
        null);
  }

  /**
   * A box that asks something.
   *
   * @param owner the window it belongs to
   * @param yes the answer that does it; {@code no} is the one of Escape
   */
  public static Alert ask(
      Window owner, Looks looks, String title, String text, ButtonType yes, ButtonType no) {
    return made(new Alert(Alert.AlertType.CONFIRMATION, text, yes, no), looks, title, owner);
  }

  private static Alert made(Alert box, Looks looks, String title, @Nullable Window owner) {
    box.setTitle("Mini-LLM");
    box.setHeaderText(title);
    if (owner != null) {
      box.initOwner(owner);
    }
    DialogPane pane = box.getDialogPane();
    pane.getStylesheets().add(ScaledStyles.url(looks.fontSize()));
    pane.getStyleClass().addAll("notice", looks.dark() ? "dark" : "light");
    return box;
  }
}
