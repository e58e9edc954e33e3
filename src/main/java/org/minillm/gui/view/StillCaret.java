package org.minillm.gui.view;

import javafx.application.Platform;
import javafx.beans.binding.Bindings;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.TextInputControl;
import javafx.scene.control.skin.TextInputControlSkin;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseEvent;
import javafx.scene.shape.Path;

/**
 * Keeps the caret from blinking. JavaFX blinks it with a timeline, and while a timeline runs, every
 * sixtieth of a second has a pulse: an idle window with the caret in a field took 3 % of a core.
 * The skin can stop the timeline, but it does so with the caret hidden, so the path that draws it
 * is bound to the field's focus instead.
 */
final class StillCaret {
  private StillCaret() {}

  /** For all fields of a scene, also those that come later. */
  static void keep(Scene scene) {
    scene.focusOwnerProperty().addListener((o, was, now) -> later(scene));
    // The skin starts the blinking anew at each key and click.
    scene.addEventFilter(KeyEvent.ANY, e -> later(scene));
    scene.addEventFilter(MouseEvent.MOUSE_PRESSED, e -> later(scene));
    scene.addEventFilter(MouseEvent.MOUSE_RELEASED, e -> later(scene));
  }

  private static void later(Scene scene) {
    if (scene.getFocusOwner() instanceof TextInputControl) {
      Platform.runLater(() -> still(scene.getFocusOwner()));
    }
  }

  private static void still(Node owner) {
    if (owner instanceof TextInputControl field
        && field.getSkin() instanceof TextInputControlSkin<?> skin) {
      skin.setCaretAnimating(false);
      for (Node node : field.lookupAll("*")) {
        if (node instanceof Path path && path.opacityProperty().isBound() && !path.isManaged()) {
          path.opacityProperty().unbind();
          path.opacityProperty()
              .bind(
                  Bindings.createDoubleBinding(
                      () -> field.isFocused() && field.isEditable() ? 1.0 : 0.0,
                      field.focusedProperty(),
                      field.editableProperty()));
        }
      }
    }
  }
}
