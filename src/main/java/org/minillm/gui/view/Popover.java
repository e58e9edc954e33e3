package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import javafx.application.Platform;
import javafx.beans.value.ChangeListener;
import javafx.event.EventHandler;
import javafx.geometry.Bounds;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.Pane;
import javafx.scene.layout.Region;
import org.jspecify.annotations.Nullable;

/**
 * A layer over the window in which one box floats under the button that opened it. It is no window
 * of its own: that would cost a surface of memory, and keys would be told to another window. While
 * it is open the keyboard stays in the box, and Esc closes it.
 */
final class Popover extends Pane {
  private static final double GAP = 6;
  private static final double EDGE = 12;

  /** In the properties of what does something of its own at Esc. */
  private static final Object OWN_ESCAPE = new Object();

  /** Before and after the box: from there Tab goes to its first and its last control. */
  private final Region before = edge();

  private final Region after = edge();
  private final EventHandler<KeyEvent> keys = this::onKey;
  private final ChangeListener<Node> owners =
      (o, was, now) -> Platform.runLater(this::keepKeyboard);
  private @Nullable Region box;
  private @Nullable Node opener;

  /** Where it is open. */
  private @Nullable Scene scene;

  Popover() {
    setVisible(false);
    setPickOnBounds(true);
    setOnMousePressed(
        e -> {
          if (e.getTarget() == this) {
            close();
          }
        });
  }

  private static Region edge() {
    Region edge = new Region();
    edge.setManaged(false);
    return edge;
  }

  /** Leaves Esc to a control in a box. */
  static void leaveEscapeTo(Node control) {
    control.getProperties().put(OWN_ESCAPE, true);
  }

  boolean isOpen() {
    return isVisible();
  }

  /** Shows {@code content} under {@code from}, its right edge at most at that of {@code from}. */
  void open(Region content, Node from) {
    Controls.style(content, "popover", true);
    box = content;
    opener = from;
    getChildren().setAll(before, content, after);
    setVisible(true);
    hearKeys(getScene());
    requestLayout();
    content.requestFocus();
  }

  void close() {
    if (!isVisible()) {
      return;
    }
    hearKeys(null);
    setVisible(false);
    getChildren().clear();
    box = null;
    if (opener != null) {
      opener.requestFocus();
    }
    opener = null;
  }

  /** Hears all keys of a scene, wherever the focus is; null for no longer. */
  private void hearKeys(@Nullable Scene next) {
    Scene last = scene;
    if (last != null) {
      last.removeEventFilter(KeyEvent.KEY_PRESSED, keys);
      last.focusOwnerProperty().removeListener(owners);
    }
    scene = next;
    if (next != null) {
      next.addEventFilter(KeyEvent.KEY_PRESSED, keys);
      next.focusOwnerProperty().addListener(owners);
    }
  }

  private void onKey(KeyEvent e) {
    if (e.getCode() == KeyCode.ESCAPE && !hasOwnEscape(e)) {
      close();
      e.consume();
    } else if (e.getCode() == KeyCode.TAB && !e.isControlDown()) {
      turnAround(e);
    }
  }

  private static boolean hasOwnEscape(KeyEvent e) {
    return e.getTarget() instanceof Node at
        && at.hasProperties()
        && at.getProperties().containsKey(OWN_ESCAPE);
  }

  /** From the box's last control Tab goes on to its first, with Shift the other way round. */
  private void turnAround(KeyEvent e) {
    Scene open = scene;
    Region content = box;
    Node at = open == null ? null : open.getFocusOwner();
    if (content == null || at == before || at == after) {
      return;
    }
    List<Node> stops = new ArrayList<>();
    Controls.addStops(content, stops);
    boolean back = e.isShiftDown();
    boolean within = at != null && stops.contains(at);
    if (stops.isEmpty()) {
      e.consume();
    } else if (!within || at == stops.get(back ? 0 : stops.size() - 1)) {
      e.consume();
      // Of a control that Tab itself came to one sees that it has the keyboard.
      Node from = back ? after : before;
      from.requestFocus();
      from.fireEvent(
          new KeyEvent(KeyEvent.KEY_PRESSED, "", "", KeyCode.TAB, back, false, false, false));
    }
  }

  /** What was removed or disabled in the box loses the keyboard to the window it covers. */
  private void keepKeyboard() {
    Region content = box;
    if (content != null && !Controls.hasKeyboard(this)) {
      content.requestFocus();
    }
  }

  @Override
  protected void layoutChildren() {
    Region content = box;
    Node from = opener;
    if (content == null || from == null) {
      return;
    }
    Bounds anchor = sceneToLocal(from.localToScene(from.getBoundsInLocal()));
    double width = content.prefWidth(-1);
    double below = getHeight() - EDGE - anchor.getMaxY() - GAP;
    double above = anchor.getMinY() - GAP - EDGE;
    boolean under = below >= content.prefHeight(width) || below >= above;
    double height = Math.min(content.prefHeight(width), under ? below : above);
    double x = Math.max(EDGE, Math.min(anchor.getMaxX() - width, getWidth() - EDGE - width));
    double y = under ? anchor.getMaxY() + GAP : anchor.getMinY() - GAP - height;
    content.resizeRelocate(x, y, width, height);
  }
}
