package org.minillm.gui.view;

import java.util.List;
import javafx.collections.ListChangeListener;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import org.minillm.app.ChatMode;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Message;
import org.minillm.gui.viewmodel.Texts;

/** The conversation: messages, of which only those in view have nodes, or what to begin with. */
final class ChatMessages extends StackPane {
  private static final int SUGGESTIONS = 3;

  private final ChatViewModel chat;
  private final Texts texts;
  private final Runnable focusInput;
  private final RowList<Message> list;
  private final VBox beginning = new VBox(10);

  /**
   * @param actions what can be done with an answer beside the usual
   * @param focusInput puts the caret where one types
   */
  ChatMessages(ChatViewModel chat, Texts texts, List<AnswerAction> actions, Runnable focusInput) {
    this.chat = chat;
    this.texts = texts;
    this.focusInput = focusInput;
    list = new RowList<>(chat.messages(), m -> new MessageRow(chat, texts, m, actions, focusInput));
    list.setId("chat-messages");
    list.accessibleTextProperty().bind(texts.bind("chat.messages"));
    beginning.getStyleClass().add("messages");
    beginning.setAlignment(Pos.TOP_LEFT);
    Button toEnd = Controls.iconButton(texts, "chat.toEnd", Icon.BOTTOM, list::showEnd);
    toEnd.getStyleClass().add("to-end");
    toEnd.visibleProperty().bind(list.followingProperty().not());
    StackPane.setAlignment(toEnd, Pos.BOTTOM_RIGHT);
    StackPane.setMargin(toEnd, new Insets(0, 24, 12, 0));
    getChildren().setAll(list, toEnd, beginning);
    setMinHeight(0);
    chat.messages().addListener(this::changed);
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              list.remake();
              begin();
            });
    chat.modeProperty()
        .addListener(
            (o, was, now) -> {
              list.remake();
              begin();
            });
    begin();
  }

  /** An answer that begins is followed, a chat that is opened shown at its end. */
  private void changed(ListChangeListener.Change<? extends Message> change) {
    boolean opened = false;
    while (change.next()) {
      opened |= change.getFrom() == 0;
    }
    int last = chat.messages().size() - 1;
    if (opened || (last >= 0 && chat.messages().get(last).openProperty().get())) {
      list.showEnd();
    }
    begin();
  }

  private void begin() {
    boolean empty = chat.messages().isEmpty();
    Controls.shown(beginning, empty);
    list.setVisible(!empty);
    if (!empty) {
      beginning.getChildren().clear();
      return;
    }
    boolean completes = chat.modeProperty().get() == ChatMode.COMPLETION;
    Label hint = new Label(texts.get(completes ? "chat.emptyCompletion" : "chat.empty"));
    hint.getStyleClass().add("muted");
    hint.setWrapText(true);
    beginning.getChildren().setAll(hint);
    for (int i = completes ? SUGGESTIONS : 1; i <= SUGGESTIONS; i++) {
      String text = texts.get("chat.suggest" + i);
      Button suggestion = new Button(text);
      suggestion.setAccessibleText(text);
      suggestion.setOnAction(
          e -> {
            chat.send(text);
            focusInput.run();
          });
      suggestion.disableProperty().bind(chat.cannotSend());
      beginning.getChildren().add(suggestion);
    }
  }
}
