package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.Cursor;
import javafx.scene.Node;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseButton;
import javafx.scene.input.MouseEvent;
import javafx.scene.layout.Region;
import javafx.scene.shape.Path;
import javafx.scene.text.HitInfo;
import javafx.scene.text.Text;
import javafx.scene.text.TextFlow;
import org.jspecify.annotations.Nullable;

/**
 * Selecting text in text flows that stand one under the other, which JavaFX's flows cannot: drag,
 * double click for a word, triple click for a block, Ctrl+A and Ctrl+C. One selection at a time in
 * the window.
 */
final class TextSelection {
  /** A place between two characters. */
  private record Place(int flow, int at) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return flow == other.flow ? Integer.compare(at, other.at) : Integer.compare(flow, other.flow);
    }
  }

  private static @Nullable TextSelection current;

  private final Region owner;
  private List<TextFlow> flows = List.of();
  private final List<Path> highlights = new ArrayList<>();
  private @Nullable Place anchor;
  private @Nullable Place head;

  /**
   * @param owner holds the flows, hears the mouse and gets the focus
   */
  TextSelection(Region owner) {
    this.owner = owner;
    owner.setCursor(Cursor.TEXT);
    owner.addEventHandler(MouseEvent.MOUSE_PRESSED, this::pressed);
    owner.addEventHandler(MouseEvent.MOUSE_DRAGGED, this::dragged);
    owner.addEventHandler(KeyEvent.KEY_PRESSED, this::key);
    owner.widthProperty().addListener((o, was, now) -> draw());
  }

  /** Sets what can be selected. */
  void over(List<TextFlow> selectable) {
    flows = List.copyOf(selectable);
  }

  /** Selects nothing. */
  void clear() {
    anchor = null;
    head = null;
    draw();
  }

  /** The text selected, a line a block; empty for none. */
  String text() {
    Place from = start();
    Place to = end();
    if (from == null || to == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (int i = from.flow; i <= to.flow; i++) {
      String whole = text(flows.get(i));
      text.append(whole, i == from.flow ? from.at : 0, i == to.flow ? to.at : whole.length());
      text.append(i < to.flow ? "\n" : "");
    }
    return text.toString();
  }

  private void pressed(MouseEvent e) {
    if (e.getButton() != MouseButton.PRIMARY || flows.isEmpty()) {
      return;
    }
    TextSelection other = current;
    if (other != null && other != this) {
      other.clear();
    }
    current = this;
    owner.requestFocus();
    Place at = place(e);
    if (e.getClickCount() == 1) {
      anchor = e.isShiftDown() && anchor != null ? anchor : at;
      head = at;
    } else {
      String text = text(flows.get(at.flow));
      boolean word = e.getClickCount() == 2;
      anchor = new Place(at.flow, word ? edge(text, at.at, -1) : 0);
      head = new Place(at.flow, word ? edge(text, at.at, 1) : text.length());
    }
    draw();
    e.consume();
  }

  private void dragged(MouseEvent e) {
    if (anchor != null && e.isPrimaryButtonDown() && e.getClickCount() <= 1) {
      head = place(e);
      draw();
      e.consume();
    }
  }

  private void key(KeyEvent e) {
    if (!e.isShortcutDown()) {
      return;
    }
    if (e.getCode() == KeyCode.C) {
      copy(text());
      e.consume();
    } else if (e.getCode() == KeyCode.A && !flows.isEmpty()) {
      anchor = new Place(0, 0);
      int last = flows.size() - 1;
      head = new Place(last, text(flows.get(last)).length());
      draw();
      e.consume();
    }
  }

  /** Puts a text on the clipboard, unless it is empty. */
  static void copy(String text) {
    if (!text.isEmpty()) {
      ClipboardContent content = new ClipboardContent();
      content.putString(text);
      Clipboard.getSystemClipboard().setContent(content);
    }
  }

  /** The place nearest to the mouse. */
  private Place place(MouseEvent e) {
    int nearest = 0;
    double distance = Double.MAX_VALUE;
    for (int i = 0; i < flows.size(); i++) {
      Bounds bounds = flows.get(i).localToScene(flows.get(i).getLayoutBounds());
      double away =
          Math.max(0, Math.max(bounds.getMinY() - e.getSceneY(), e.getSceneY() - bounds.getMaxY()));
      if (away < distance) {
        distance = away;
        nearest = i;
      }
    }
    TextFlow flow = flows.get(nearest);
    Point2D point = flow.sceneToLocal(e.getSceneX(), e.getSceneY());
    HitInfo hit = flow.hitTest(point);
    int length = text(flow).length();
    int at = hit.getCharIndex() + (hit.isLeading() ? 0 : 1);
    return new Place(nearest, Math.max(0, Math.min(at, length)));
  }

  /** The end of the word at a place, to the left (-1) or to the right (1). */
  private static int edge(String text, int at, int step) {
    int edge = at;
    while (edge + step >= 0
        && edge + step <= text.length()
        && Character.isLetterOrDigit(text.charAt(step < 0 ? edge - 1 : edge))) {
      edge += step;
    }
    return edge;
  }

  private @Nullable Place start() {
    Place a = anchor;
    Place b = head;
    return a == null || b == null ? null : a.compareTo(b) <= 0 ? a : b;
  }

  private @Nullable Place end() {
    Place a = anchor;
    Place b = head;
    return a == null || b == null ? null : a.compareTo(b) <= 0 ? b : a;
  }

  private void draw() {
    highlights.forEach(path -> ((TextFlow) path.getParent()).getChildren().remove(path));
    highlights.clear();
    Place from = start();
    Place to = end();
    if (from == null || to == null) {
      return;
    }
    for (int i = from.flow; i <= to.flow; i++) {
      TextFlow flow = flows.get(i);
      int begin = i == from.flow ? from.at : 0;
      int stop = i == to.flow ? to.at : text(flow).length();
      if (stop > begin) {
        Path path = new Path(flow.rangeShape(begin, stop));
        path.setManaged(false); // no part of the text
        path.setMouseTransparent(true);
        path.getStyleClass().add("selection");
        flow.getChildren().add(0, path);
        highlights.add(path);
      }
    }
  }

  private static String text(TextFlow flow) {
    StringBuilder text = new StringBuilder();
    for (Node node : flow.getChildren()) {
      if (node instanceof Text run) {
        text.append(run.getText());
      }
    }
    return text.toString();
  }
}
