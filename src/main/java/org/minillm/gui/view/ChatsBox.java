package org.minillm.gui.view;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.List;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import org.minillm.app.StoredChat;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Texts;

/** The chats on disk: open one, delete one. */
final class ChatsBox extends ScrollPane {
  private final ChatViewModel chat;
  private final Texts texts;
  private final Runnable close;
  private final VBox list = new VBox(2);

  /**
   * @param close closes the box
   */
  ChatsBox(ChatViewModel chat, Texts texts, Runnable close) {
    this.chat = chat;
    this.texts = texts;
    this.close = close;
    setFitToWidth(true);
    setHbarPolicy(ScrollBarPolicy.NEVER);
    setPrefWidth(470);
    list.getStyleClass().add("panel-body");
    setContent(list);
    chat.chatsProperty().addListener((o, was, now) -> fill(now));
    fill(chat.chatsProperty().get());
  }

  private void fill(List<StoredChat> chats) {
    list.getChildren().setAll(Controls.label(texts, "chats.title", "title"));
    if (chats.isEmpty()) {
      list.getChildren().add(Controls.label(texts, "chats.none", "muted"));
    }
    for (StoredChat stored : chats) {
      list.getChildren().add(row(stored));
    }
  }

  private Node row(StoredChat stored) {
    Button open = new Button(stored.title());
    open.setMaxWidth(Double.MAX_VALUE);
    open.setAlignment(Pos.CENTER_LEFT);
    open.getStyleClass().addAll("bare", "row-button");
    if (stored.id().equals(chat.id())) {
      open.getStyleClass().add("chosen");
    }
    open.setOnAction(
        e -> {
          chat.open(stored);
          close.run();
        });
    HBox.setHgrow(open, Priority.ALWAYS);
    Label when =
        new Label(
            DateTimeFormatter.ofLocalizedDateTime(FormatStyle.SHORT)
                .withLocale(texts.localeProperty().get())
                .withZone(ZoneId.systemDefault())
                .format(Instant.ofEpochMilli(stored.changedMillis())));
    when.getStyleClass().add("muted");
    when.setMinWidth(USE_PREF_SIZE);
    Button delete =
        Controls.iconButton(texts, "chats.delete", Icon.TRASH, () -> chat.delete(stored));
    delete.getStyleClass().add("bare");
    HBox row = new HBox(6, open, when, delete);
    row.setAlignment(Pos.CENTER_LEFT);
    return row;
  }
}
