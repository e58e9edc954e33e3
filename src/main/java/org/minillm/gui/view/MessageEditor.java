package org.minillm.gui.view;

import javafx.beans.binding.Bindings;
import javafx.beans.binding.BooleanBinding;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Message;
import org.minillm.gui.viewmodel.Texts;

/**
 * A message to be edited in its place: one of the user's is sent anew, one of the model's stands as
 * it is or goes on from its end.
 */
final class MessageEditor extends VBox {
  private static final int MOST_ROWS = 12;
  private static final double LETTERS_A_ROW = 80;

  private final ChatViewModel chat;
  private final Message message;
  private final Runnable end;
  private final TextArea input = new TextArea();
  private final HBox buttons = new HBox(8);
  private final Button done;

  /**
   * @param end gives the message its place back
   */
  MessageEditor(ChatViewModel chat, Texts texts, Message message, Runnable end) {
    super(6);
    getStyleClass().add("message-editor");
    this.chat = chat;
    this.message = message;
    this.end = end;
    String text = message.textProperty().get();
    input.setText(text);
    input.setWrapText(true);
    input.setId("chat-edit");
    input.accessibleTextProperty().bind(texts.bind("chat.edit"));
    double rows = text.lines().mapToDouble(l -> 1 + Math.floor(l.length() / LETTERS_A_ROW)).sum();
    input.setPrefRowCount((int) Math.max(2, Math.min(MOST_ROWS, rows)));
    input.addEventFilter(KeyEvent.KEY_PRESSED, this::onKey);
    done = Controls.button(texts, message.user() ? "chat.editSend" : "chat.editKeep", this::done);
    done.setId("chat-edit-done");
    done.disableProperty()
        .bind(
            Bindings.createBooleanBinding(() -> input.getText().isBlank(), input.textProperty())
                .or(message.user() ? chat.cannotSend() : answering()));
    Button cancel = Controls.button(texts, "chat.editCancel", end);
    buttons.getChildren().setAll(cancel, done);
    if (!message.user()) {
      Button on = Controls.button(texts, "chat.editGoOn", Icon.CONTINUE, this::goOn);
      on.setId("chat-edit-go-on");
      on.getStyleClass().add("primary");
      on.disableProperty().bind(chat.cannotSend());
      buttons.getChildren().add(on);
    } else {
      done.getStyleClass().add("primary");
    }
    buttons.setAlignment(Pos.CENTER_RIGHT);
    getChildren().setAll(input, buttons);
  }

  /** Whether it says something else than the message. */
  boolean changed() {
    return !input.getText().equals(message.textProperty().get());
  }

  private BooleanBinding answering() {
    return Bindings.createBooleanBinding(chat::answering, chat.snapshotProperty());
  }

  @Override
  public void requestFocus() {
    input.requestFocus();
    input.end();
  }

  private void onKey(KeyEvent e) {
    boolean enter = e.getCode() == KeyCode.ENTER;
    if (e.getCode() == KeyCode.ESCAPE) {
      end.run();
    } else if (enter && e.isControlDown()) {
      done();
    } else if (enter && e.isAltDown() && !message.user()) {
      goOn();
    } else if (e.getCode() == KeyCode.TAB && !e.isControlDown() && !e.isShiftDown()) {
      buttons.getChildren().get(0).requestFocus(); // Tab leaves the field, as in every other one
    } else {
      return;
    }
    e.consume();
  }

  /** Also the keyboard does only what the button offers. */
  private void done() {
    if (!done.isDisable()) {
      endIf(chat.edit(message, input.getText()));
    }
  }

  private void goOn() {
    endIf(chat.branchFrom(message, input.getText()));
  }

  /** A text that was not taken stays to be sent later. */
  private void endIf(boolean taken) {
    if (taken) {
      end.run();
    }
  }
}
