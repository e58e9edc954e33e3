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
  public static Alert say(Looks looks, String title, String text, String close) {
    return made(looks, title, text, null, new ButtonType(close, ButtonBar.ButtonData.CANCEL_CLOSE));
  }

  /**
   * A box that asks something.
   *
   * @param owner the window it belongs to
   * @param yes the answer that does it; {@code no} is the one of Escape
   */
  public static Alert ask(
      Window owner, Looks looks, String title, String text, ButtonType yes, ButtonType no) {
    return made(looks, title, text, owner, yes, no);
  }

  /** Of no type: those come with pictures that the window's styles do not have. */
  private static Alert made(
      Looks looks, String title, String text, @Nullable Window owner, ButtonType... buttons) {
    Alert box = new Alert(Alert.AlertType.NONE, text, buttons);
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
