package org.minillm.gui.view;

import javafx.animation.PauseTransition;
import javafx.beans.binding.Bindings;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.util.Duration;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Texts;

/** Under the conversation: the field to type in, its button, the context's meter. */
final class ChatFoot extends VBox {
  private static final double METER = 90;

  private final ChatViewModel chat;
  private final Texts texts;
  private final TextArea input = new TextArea();
  private final Button send = new Button();
  private final Meter meter = new Meter(METER);
  private final Label context = new Label();
  private final Label model = new Label();
  private final Button keys;

  /** What is typed is kept when the typing rests. */
  private final PauseTransition keepDraft = new PauseTransition(Duration.millis(600));

  /**
   * @param showKeys lists the keyboard's shortcuts
   */
  ChatFoot(ChatViewModel chat, Texts texts, Runnable showKeys) {
    super(8);
    this.chat = chat;
    this.texts = texts;
    keys = Controls.button(texts, "chat.keys", showKeys);
    keys.getStyleClass().add("quiet");
    keys.setId("chat-keys");
    Controls.tip(keys, texts, "chat.keysTip");
    getStyleClass().addAll("panel-foot", "chat-foot");
    getChildren().addAll(Controls.error(texts, chat.failureProperty()), inputRow(), stateRow());
    input.textProperty().bindBidirectional(chat.draftProperty());
    keepDraft.setOnFinished(e -> chat.keepPlace());
    chat.draftProperty().addListener((o, was, now) -> keepDraft.playFromStart());
    refresh();
  }

  /** Puts the caret where one types. */
  void focusInput() {
    input.requestFocus();
  }

  private Node inputRow() {
    input
        .promptTextProperty()
        .bind(
            Bindings.createStringBinding(
                () ->
                    texts.get(
                        chat.modeProperty().get() == ChatMode.COMPLETION
                            ? "chat.promptCompletion"
                            : "chat.prompt"),
                texts.localeProperty(),
                chat.modeProperty()));
    input.accessibleTextProperty().bind(input.promptTextProperty());
    input.setId("chat-input");
    input.setWrapText(true);
    input.setPrefRowCount(2);
    HBox.setHgrow(input, Priority.ALWAYS);
    input.addEventFilter(KeyEvent.KEY_PRESSED, this::onKey);
    Controls.letTabLeave(input);
    send.setId("chat-send");
    send.setMinWidth(Region.USE_PREF_SIZE);
    send.setOnAction(
        e -> {
          if (chat.answering()) {
            chat.stop();
          } else {
            sendTyped();
          }
          focusInput();
        });
    HBox row = new HBox(10, input, send);
    row.setAlignment(Pos.CENTER);
    return row;
  }

  private Node stateRow() {
    context.getStyleClass().add("muted");
    context.setMinWidth(Region.USE_PREF_SIZE);
    model.getStyleClass().add("muted");
    HBox state = new HBox(8, meter, context, Controls.spacer(), model, keys);
    state.setAlignment(Pos.CENTER_LEFT);
    state.widthProperty().addListener((o, was, now) -> showState(now.doubleValue()));
    model.textProperty().addListener((o, was, now) -> showState(state.getWidth()));
    return state;
  }

  /** A narrow pane leaves the words on the right out rather than cutting them. */
  private void showState(double width) {
    double needed = METER + context.prefWidth(-1) + model.prefWidth(-1) + 40;
    boolean room = width >= needed || chat.snapshotProperty().get().contextLength() == 0;
    model.setVisible(room && !model.getText().isEmpty());
    boolean idle = model.getText().isEmpty();
    Controls.shown(model, !idle);
    Controls.shown(keys, idle && width >= needed + keys.prefWidth(-1));
  }

  private void onKey(KeyEvent e) {
    if (e.getCode() == KeyCode.ENTER && !e.isControlDown() && !e.isAltDown()) {
      e.consume();
      if (e.isShiftDown()) {
        input.replaceSelection("\n");
      } else {
        sendTyped();
      }
    }
  }

  private void sendTyped() {
    if (chat.canSend() && !input.getText().isBlank()) {
      String text =
          chat.modeProperty().get() == ChatMode.COMPLETION
              ? input.getText() // a space at the end means something to a model that continues
              : input.getText().strip();
      chat.send(text); // which empties the field
    }
  }

  /** Shows the chat as it stands. */
  void refresh() {
    ChatSnapshot s = chat.snapshotProperty().get();
    boolean answering = chat.answering();
    boolean completes = chat.modeProperty().get() == ChatMode.COMPLETION;
    send.setText(texts.get(answering ? "chat.stop" : completes ? "chat.continue" : "chat.send"));
    send.setGraphic(answering ? Icon.STOP.node(13) : null);
    send.getStyleClass().remove("primary");
    if (!answering) {
      send.getStyleClass().add("primary");
    }
    send.setDisable(!answering && !chat.canSend());
    double used = s.contextLength() == 0 ? 0 : (double) s.contextUsed() / s.contextLength();
    meter.show(used, true);
    Controls.shown(meter, s.contextLength() > 0);
    context.setText(
        s.contextLength() == 0
            ? ""
            : texts.get(
                "chat.context",
                Math.round(100 * used),
                s.contextUsed(),
                s.contextLength(),
                texts.get("overflow." + chat.optionsProperty().get().overflow().name())));
    model.setText(stateText(s));
  }

  private String stateText(ChatSnapshot s) {
    if (s.state() == ChatState.LOADING) {
      return texts.get("chat.loading");
    }
    if (s.state() == ChatState.WAITING) {
      return texts.get("chat.waiting");
    }
    if (s.state() == ChatState.EMPTY) {
      return texts.get("chat.noModel");
    }
    if (s.contextLength() == 0) {
      return texts.get("chat.freed");
    }
    boolean continues = !s.chats() && chat.modeProperty().get() == ChatMode.CHAT;
    if (!continues) {
      return "";
    }
    return texts.get(s.unknownTemplate() ? "chat.unknownTemplate" : "chat.continuesOnly");
  }
}
