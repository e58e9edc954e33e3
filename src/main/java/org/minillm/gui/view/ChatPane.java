package org.minillm.gui.view;

import javafx.collections.ListChangeListener;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.Slider;
import javafx.scene.control.TextArea;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatReply;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Texts;

/** The chat: messages, the answer as it streams, the field to type in. */
final class ChatPane extends BorderPane {
  private final ChatViewModel chat;
  private final Texts texts;
  private final VBox list = new VBox(14);
  private final ScrollPane scroll = new ScrollPane(list);
  private final TextArea input = new TextArea();
  private final Button send = new Button();
  private final Label context = new Label();
  private final VBox empty = new VBox(8);

  ChatPane(ChatViewModel chat, Texts texts) {
    this.chat = chat;
    this.texts = texts;
    getStyleClass().add("panel");
    setTop(head());
    list.getStyleClass().add("panel-body");
    scroll.setFitToWidth(true);
    scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    setCenter(scroll);
    setBottom(foot());
    fillEmpty();
    texts.localeProperty().addListener((o, was, now) -> fillEmpty());
    chat.messages()
        .addListener(
            (ListChangeListener<ChatViewModel.Message>)
                change -> {
                  rebuild();
                });
    chat.snapshotProperty().addListener((o, was, now) -> show(now));
    list.heightProperty().addListener((o, was, now) -> scroll.setVvalue(1));
    rebuild();
    show(chat.snapshotProperty().get());
  }

  private Node head() {
    Label title = new Label();
    title.textProperty().bind(texts.bind("app.pane.chat"));
    title.getStyleClass().add("title");
    Label temperature = new Label();
    temperature.getStyleClass().add("muted");
    Slider slider = new Slider(0, 2, chat.optionsProperty().get().temperature());
    slider.setPrefWidth(110);
    slider.setAccessibleText("temperature");
    Runnable tell =
        () ->
            temperature.setText(texts.get("chat.temperature", texts.number(slider.getValue(), 1)));
    slider
        .valueProperty()
        .addListener(
            (o, was, now) -> {
              chat.setTemperature(Math.rint(now.doubleValue() * 10) / 10);
              tell.run();
            });
    texts.localeProperty().addListener((o, was, now) -> tell.run());
    tell.run();
    Button fresh = new Button();
    fresh.textProperty().bind(texts.bind("chat.new"));
    fresh.setOnAction(e -> chat.newChat());
    HBox head = new HBox(10, title, spacer(), temperature, slider, fresh);
    head.setAlignment(Pos.CENTER_LEFT);
    head.getStyleClass().add("panel-head");
    return head;
  }

  private Node foot() {
    input.promptTextProperty().bind(texts.bind("chat.prompt"));
    input.accessibleTextProperty().bind(texts.bind("chat.prompt"));
    input.setId("chat-input");
    input.setWrapText(true);
    input.setPrefRowCount(2);
    HBox.setHgrow(input, Priority.ALWAYS);
    input.addEventFilter(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.ENTER && !e.isShiftDown()) {
            e.consume();
            sendTyped();
          } else if (e.getCode() == KeyCode.ESCAPE) {
            chat.stop();
          }
        });
    send.setId("chat-send");
    send.getStyleClass().add("primary");
    send.setMinWidth(Region.USE_PREF_SIZE);
    send.setOnAction(
        e -> {
          if (chat.answering()) {
            chat.stop();
          } else {
            sendTyped();
          }
        });
    context.getStyleClass().add("muted");
    context.setMinWidth(Region.USE_PREF_SIZE);
    HBox row = new HBox(10, input, context, send);
    row.setAlignment(Pos.CENTER);
    Label error = new Label();
    error.getStyleClass().add("error");
    error.setWrapText(true);
    error.textProperty().bind(chat.errorProperty());
    error.visibleProperty().bind(chat.errorProperty().isNotEmpty());
    error.managedProperty().bind(error.visibleProperty());
    VBox foot = new VBox(6, error, row);
    foot.setPadding(new Insets(10, 16, 12, 16));
    return foot;
  }

  private void sendTyped() {
    if (chat.canSend() && !input.getText().isBlank()) {
      String text = input.getText().strip();
      input.clear();
      chat.send(text);
    }
  }

  private void fillEmpty() {
    Label hint = new Label(texts.get("chat.empty"));
    hint.getStyleClass().add("muted");
    empty.getChildren().setAll(hint);
    for (int i = 1; i <= 3; i++) {
      String text = texts.get("chat.suggest" + i);
      Button suggestion = new Button(text);
      suggestion.setOnAction(e -> chat.send(text));
      empty.getChildren().add(suggestion);
    }
  }

  private void show(ChatSnapshot s) {
    boolean answering = chat.answering();
    send.setText(texts.get(answering ? "chat.stop" : "chat.send"));
    send.setDisable(!answering && !chat.canSend());
    context.setText(
        s.state() == ChatState.LOADING
            ? texts.get("chat.loading")
            : s.state() == ChatState.WAITING
                ? texts.get("chat.waiting")
                : s.contextLength() == 0
                    ? ""
                    : texts.get("chat.context", 100 * s.contextUsed() / s.contextLength()));
  }

  private void rebuild() {
    if (chat.messages().isEmpty()) {
      list.getChildren().setAll(empty);
      return;
    }
    list.getChildren().clear();
    for (ChatViewModel.Message message : chat.messages()) {
      list.getChildren().add(message.user() ? bubble(message) : answer(message));
    }
  }

  private Node bubble(ChatViewModel.Message message) {
    Label text = new Label(message.textProperty().get());
    text.setWrapText(true);
    text.setMaxWidth(520);
    text.getStyleClass().add("bubble");
    HBox row = new HBox(text);
    row.setAlignment(Pos.CENTER_RIGHT);
    return row;
  }

  private Node answer(ChatViewModel.Message message) {
    Label text = new Label();
    text.textProperty().bind(message.textProperty());
    text.setWrapText(true);
    text.getStyleClass().add("answer");
    Label note = new Label();
    note.getStyleClass().add("muted");
    Button copy = new Button(texts.get("chat.copy"));
    copy.getStyleClass().add("quiet");
    copy.setOnAction(
        e -> {
          ClipboardContent content = new ClipboardContent();
          content.putString(message.textProperty().get());
          Clipboard.getSystemClipboard().setContent(content);
        });
    Button again = new Button(texts.get("chat.again"));
    again.getStyleClass().add("quiet");
    again.setOnAction(e -> chat.again());
    HBox line = new HBox(8, note, again, copy);
    line.setAlignment(Pos.CENTER_LEFT);
    line.setVisible(false);
    message.replyProperty().addListener((o, was, now) -> showNote(now, note, line));
    showNote(message.replyProperty().get(), note, line);
    return new VBox(4, text, line);
  }

  private void showNote(@Nullable ChatReply reply, Label note, HBox line) {
    if (reply == null) {
      return;
    }
    String text =
        texts.get(
            "chat.note",
            reply.tokens(),
            texts.number(reply.tokensPerSecond(), 0),
            texts.number(reply.firstTokenSeconds(), 2),
            texts.get("stop." + reply.reason().name()));
    if (reply.forgottenMessages() > 0) {
      text += " " + texts.get("chat.forgot", reply.forgottenMessages());
    }
    note.setText(text);
    line.setVisible(true);
  }

  static Region spacer() {
    Region space = new Region();
    HBox.setHgrow(space, Priority.ALWAYS);
    return space;
  }
}
