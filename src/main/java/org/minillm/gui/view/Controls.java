package org.minillm.gui.view;

import java.util.List;
import java.util.Optional;
import javafx.application.Platform;
import javafx.beans.InvalidationListener;
import javafx.beans.value.ChangeListener;
import javafx.beans.value.ObservableValue;
import javafx.beans.value.WeakChangeListener;
import javafx.scene.Node;
import javafx.scene.Parent;
import javafx.scene.control.Button;
import javafx.scene.control.ContentDisplay;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.control.Tooltip;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.Texts;

/** Controls as all panes have them. */
final class Controls {
  private static final double ICON = 16;

  private Controls() {}

  /** Takes what space is left in a row. */
  static Region spacer() {
    Region space = new Region();
    HBox.setHgrow(space, Priority.ALWAYS);
    return space;
  }

  /** A text that follows the language and is never cut. */
  static Label label(Texts texts, String key, String... styles) {
    Label label = new Label();
    label.textProperty().bind(texts.bind(key));
    label.getStyleClass().addAll(styles);
    label.setMinWidth(Region.USE_PREF_SIZE);
    return label;
  }

  /** A button with a text that follows the language and is never cut. */
  static Button button(Texts texts, String key, Runnable action) {
    Button button = new Button();
    button.textProperty().bind(texts.bind(key));
    button.accessibleTextProperty().bind(texts.bind(key));
    button.setMinWidth(Region.USE_PREF_SIZE);
    button.setOnAction(e -> action.run());
    return button;
  }

  /** The same with an icon before the text. */
  static Button button(Texts texts, String key, Icon icon, Runnable action) {
    Button button = button(texts, key, action);
    button.setGraphic(icon.node(ICON - 3));
    return button;
  }

  /** A button that is an icon; its name is its tooltip and what a screen reader says. */
  static Button iconButton(Texts texts, String key, Icon icon, Runnable action) {
    Button button = new Button();
    button.setGraphic(icon.node(ICON));
    button.setContentDisplay(ContentDisplay.GRAPHIC_ONLY);
    button.getStyleClass().add("icon-button");
    name(button, texts, key);
    button.setOnAction(e -> action.run());
    return button;
  }

  /** Adds what Tab comes to inside of a node, in its order. */
  static void addStops(Node node, List<Node> stops) {
    if (!node.isVisible() || node.isDisabled()) {
      return;
    }
    if (node.isFocusTraversable()) {
      stops.add(node);
    }
    if (node instanceof Parent parent) {
      parent.getChildrenUnmodifiable().forEach(child -> addStops(child, stops));
    }
  }

  /** Names a control for screen readers and in its tooltip. */
  static void name(Button button, Texts texts, String key) {
    button.accessibleTextProperty().unbind();
    button.accessibleTextProperty().bind(texts.bind(key));
    tip(button, texts, key);
  }

  /**
   * Gives a button a tooltip. Each is a window of its own: it is made when the mouse comes for the
   * first time.
   */
  static void tip(Button button, Texts texts, String key) {
    if (button.getTooltip() != null) {
      button.setTooltip(null);
    }
    button.setOnMouseEntered(
        e -> {
          if (button.getTooltip() == null) {
            Tooltip tip = new Tooltip();
            tip.textProperty().bind(texts.bind(key));
            button.setTooltip(tip);
          }
        });
  }

  /**
   * Lets Tab leave a field of several lines, as every other one: the keyboard must reach the rest.
   * With Ctrl its skin goes on to what can have the focus.
   */
  static void letTabLeave(TextArea field) {
    field.addEventFilter(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.TAB && !e.isControlDown()) {
            e.consume();
            field.fireEvent(
                new KeyEvent(
                    KeyEvent.KEY_PRESSED,
                    "",
                    "",
                    KeyCode.TAB,
                    e.isShiftDown(),
                    true,
                    false,
                    false));
          }
        });
  }

  /** A red line that says a failure in the window's language, not there without one. */
  static Label error(Texts texts, ObservableValue<Optional<Throwable>> failure) {
    Label label = new Label();
    label.getStyleClass().add("error");
    label.setWrapText(true);
    label.setMinHeight(Region.USE_PREF_SIZE);
    Runnable show =
        () -> {
          label.setText(failure.getValue().map(e -> ErrorTexts.of(e, texts)).orElse(""));
          shown(label, failure.getValue().isPresent());
        };
    follow(label, failure, show);
    follow(label, texts.localeProperty(), show);
    show.run();
    return label;
  }

  /**
   * Acts at each change of a value for as long as something else keeps the node: what outlives a
   * view must not keep it.
   */
  static void follow(Node node, ObservableValue<?> value, Runnable act) {
    ChangeListener<Object> listener = (o, was, now) -> act.run();
    node.getProperties().put(listener, value); // keeps it
    value.addListener(new WeakChangeListener<>(listener));
  }

  /** Whether the keyboard is at a node or at something in it. */
  static boolean hasKeyboard(Node node) {
    Node at = node.getScene() == null ? null : node.getScene().getFocusOwner();
    while (at != null && at != node) {
      at = at.getParent();
    }
    return at != null;
  }

  /** Shows a node, or takes it out of the layout. */
  static void shown(Node node, boolean value) {
    node.setVisible(value);
    node.setManaged(value);
  }

  /** Where a row has no room for all of it, one of its labels is left out instead of any cut. */
  static void leaveOut(HBox row, Label first) {
    Runnable fit =
        () -> {
          double more = first.isManaged() ? 0 : first.prefWidth(-1) + row.getSpacing();
          shown(first, row.prefWidth(-1) + more <= row.getWidth());
        };
    // Later: of what changes now, the row's own sizes do not know yet.
    InvalidationListener change = o -> Platform.runLater(fit);
    row.widthProperty().addListener(change);
    for (Node each : row.getChildren()) {
      if (each instanceof Label label) {
        label.textProperty().addListener(change);
        label.fontProperty().addListener(change);
      }
    }
  }

  /** Gives a node a style class, or takes it away. */
  static void style(Node node, String style, boolean value) {
    node.getStyleClass().remove(style);
    if (value) {
      node.getStyleClass().add(style);
    }
  }
}
