package org.minillm.gui.view;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import javafx.animation.AnimationTimer;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.input.MouseButton;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.text.Text;
import org.jspecify.annotations.Nullable;
import org.minillm.gui.viewmodel.Texts;

/**
 * A pane with a head: title, a quiet line beside it, buttons, and one to maximise the pane. What is
 * under the head may come in parts of its own: the first frame then waits for none of them.
 */
abstract class Panel extends BorderPane {
  private final Texts texts;
  private final HBox head = new HBox(8);
  private @Nullable Button maximise;
  private Runnable restOfHead = () -> {};
  private final Queue<Runnable> parts = new ArrayDeque<>();
  private Runnable toggle = () -> {};

  Panel(Texts texts) {
    this.texts = texts;
    getStyleClass().add("panel");
    head.setAlignment(Pos.CENTER_LEFT);
    head.getStyleClass().add("panel-head");
    head.setOnMouseClicked(
        e -> {
          boolean onHead =
              e.getTarget() == head
                  || (e.getTarget() instanceof Text text && text.getParent() instanceof Label);
          if (onHead && e.getButton() == MouseButton.PRIMARY && e.getClickCount() == 2) {
            toggle.run();
          }
        });
    setTop(head);
  }

  /** Fills the head; what is beside the title comes with {@link #completeHead}. */
  final void setHead(Node title, Label beside, Node... actions) {
    head.getChildren().setAll(title);
    beside.getStyleClass().add("muted");
    HBox.setHgrow(beside, Priority.SOMETIMES);
    restOfHead =
        () -> {
          head.getChildren().addAll(beside, Controls.spacer());
          head.getChildren().addAll(actions);
          head.getChildren().add(maximise());
        };
    if (title instanceof Region region) {
      region.setMinWidth(Region.USE_PREF_SIZE);
    }
  }

  private Button maximise() {
    Button made = maximise;
    if (made == null) {
      made = Controls.iconButton(texts, "app.maximise", Icon.MAXIMISE, () -> toggle.run());
      made.setId("maximise");
      made.getStyleClass().add("bare");
      maximise = made;
    }
    return made;
  }

  /** Makes what is in the head beside the title; a second call does nothing. */
  final void completeHead() {
    restOfHead.run();
    restOfHead = () -> {};
  }

  /** Notes what makes a part of this pane; parts are made in the order in which they are noted. */
  final void later(Runnable part) {
    parts.add(part);
  }

  /** Makes the next part; false if all are there. */
  final boolean makeNext() {
    Runnable part = parts.poll();
    if (part == null) {
      return false;
    }
    part.run();
    return true;
  }

  /** Makes one part a pulse until all are there: no pulse makes and styles more than one. */
  final void makeByPulses() {
    new AnimationTimer() {
      @Override
      public void handle(long now) {
        if (!makeNext()) {
          stop();
        }
      }
    }.start();
  }

  /** Adds to the head, before the button that maximises. */
  final void addToHead(Node... actions) {
    completeHead();
    head.getChildren().addAll(head.getChildren().size() - 1, List.of(actions));
  }

  /** Leaves a word of the head out where there is no room for all of it. */
  final void leaveOut(Label word) {
    Controls.leaveOut(head, word);
  }

  /** What maximises and restores this pane. */
  final void onToggle(Runnable action) {
    toggle = action;
  }

  /** Shows what there is room for only when the pane is alone. */
  void showMaximised(boolean value) {}

  /** Shows the button as it works now. */
  final void setMaximised(boolean value) {
    showMaximised(value);
    maximise().setGraphic((value ? Icon.RESTORE : Icon.MAXIMISE).node(16));
    Controls.name(maximise(), texts, value ? "app.restore" : "app.maximise");
  }
}
