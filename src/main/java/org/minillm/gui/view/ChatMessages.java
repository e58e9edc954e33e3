package org.minillm.gui.view;

import java.util.List;
import javafx.collections.ListChangeListener;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.input.MouseEvent;
import javafx.scene.input.ScrollEvent;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatMode;
import org.minillm.app.StoredChat.Figures;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Texts;

/** The conversation: messages, the answer as it streams, its figures under it. */
final class ChatMessages extends ScrollPane {
  private static final double WIDEST_TEXT = 760;
  private static final double WIDEST_BUBBLE = 520;
  private static final int SUGGESTIONS = 3;
  private static final double NEAR_END = 40;

  private final ChatViewModel chat;
  private final Texts texts;
  private final List<AnswerAction> actions;
  private final VBox list = new VBox(14);
  private boolean following = true;

  /**
   * @param actions what can be done with each answer
   */
  ChatMessages(ChatViewModel chat, Texts texts, List<AnswerAction> actions) {
    this.chat = chat;
    this.texts = texts;
    this.actions = actions;
    list.getStyleClass().add("messages");
    setContent(list);
    setFitToWidth(true);
    setHbarPolicy(ScrollBarPolicy.NEVER);
    setFocusTraversable(false);
    chat.messages()
        .addListener((ListChangeListener<ChatViewModel.Message>) change -> follow(change));
    texts.localeProperty().addListener((o, was, now) -> rebuild());
    chat.modeProperty().addListener((o, was, now) -> rebuild());
    // The view follows the answer unless the reader has scrolled away from the end.
    addEventFilter(ScrollEvent.SCROLL, e -> following = e.getDeltaY() <= 0 && atEnd());
    addEventFilter(MouseEvent.MOUSE_RELEASED, e -> following = atEnd());
    list.heightProperty().addListener((o, was, now) -> showEnd());
    viewportBoundsProperty().addListener((o, was, now) -> showEnd());
    rebuild();
  }

  /** Whether less than a line is hidden below. */
  private boolean atEnd() {
    double hidden = list.getHeight() - getViewportBounds().getHeight();
    return hidden * (1 - getVvalue()) < NEAR_END;
  }

  private void showEnd() {
    if (following) {
      setVvalue(1);
    }
  }

  /** Messages at the end come and go one by one; anything else draws all afresh. */
  private void follow(ListChangeListener.Change<? extends ChatViewModel.Message> change) {
    while (change.next()) {
      int before = list.getChildren().size() - (chat.messages().size() - change.getAddedSize());
      boolean appended =
          change.wasAdded() && !change.wasRemoved() && change.getFrom() > 0 && before == 0;
      if (!appended || change.getTo() != chat.messages().size()) {
        rebuild();
        following = true;
        showEnd();
        return;
      }
      change.getAddedSubList().forEach(m -> list.getChildren().add(node(m)));
      following = true;
      showEnd();
    }
  }

  private void rebuild() {
    if (chat.messages().isEmpty()) {
      list.getChildren().setAll(empty());
    } else {
      list.getChildren().setAll(chat.messages().stream().map(this::node).toList());
    }
  }

  private Node empty() {
    boolean completes = chat.modeProperty().get() == ChatMode.COMPLETION;
    Label hint = new Label(texts.get(completes ? "chat.emptyCompletion" : "chat.empty"));
    hint.getStyleClass().add("muted");
    hint.setWrapText(true);
    VBox box = new VBox(10, hint);
    for (int i = completes ? SUGGESTIONS : 1; i <= SUGGESTIONS; i++) {
      String text = texts.get("chat.suggest" + i);
      Button suggestion = new Button(text);
      suggestion.setAccessibleText(text);
      suggestion.setOnAction(e -> chat.send(text));
      box.getChildren().add(suggestion);
    }
    return box;
  }

  private Node node(ChatViewModel.Message message) {
    return message.user() ? bubble(message) : answer(message);
  }

  private Node bubble(ChatViewModel.Message message) {
    Label text = new Label(message.textProperty().get());
    text.setWrapText(true);
    text.setMaxWidth(WIDEST_BUBBLE);
    text.setMinHeight(Region.USE_PREF_SIZE);
    text.getStyleClass().add("bubble");
    HBox row = new HBox(text);
    row.setAlignment(Pos.CENTER_RIGHT);
    return row;
  }

  private Node answer(ChatViewModel.Message message) {
    Label text = new Label();
    text.textProperty().bind(message.textProperty());
    text.setWrapText(true);
    text.setMaxWidth(WIDEST_TEXT);
    text.setMinHeight(Region.USE_PREF_SIZE);
    text.getStyleClass().add("answer");
    Label note = new Label();
    note.getStyleClass().add("muted");
    note.setWrapText(true);
    note.setMinHeight(Region.USE_PREF_SIZE);
    Button again = Controls.button(texts, "chat.again", Icon.AGAIN, chat::again);
    Button copy =
        Controls.button(texts, "chat.copy", Icon.COPY, () -> copy(message.textProperty().get()));
    HBox line = new HBox(8, note, again, copy);
    for (AnswerAction each : actions) {
      Button button = new Button();
      button.textProperty().bind(texts.bind(each.key()));
      button.accessibleTextProperty().bind(texts.bind(each.key()));
      button.setGraphic(each.icon().node(13));
      button.setOnAction(e -> each.run().accept(message, button));
      line.getChildren().add(button);
    }
    line.getChildren().stream()
        .filter(b -> b instanceof Button)
        .forEach(b -> b.getStyleClass().add("quiet"));
    line.setAlignment(Pos.CENTER_LEFT);
    message.figuresProperty().addListener((o, was, now) -> showNote(now, note, line));
    showNote(message.figuresProperty().get(), note, line);
    return new VBox(4, text, line);
  }

  private static void copy(String text) {
    ClipboardContent content = new ClipboardContent();
    content.putString(text);
    Clipboard.getSystemClipboard().setContent(content);
  }

  private void showNote(@Nullable Figures figures, Label note, HBox line) {
    line.setVisible(figures != null);
    if (figures == null) {
      return;
    }
    String reason = texts.get("stop." + figures.reason().name());
    StringBuilder text =
        new StringBuilder(
            figures.tokens() == 0
                ? reason
                : texts.get(
                    "chat.note",
                    figures.tokens(),
                    texts.number(figures.tokensPerSecond(), 0),
                    texts.number(1000 * figures.firstTokenSeconds(), 0),
                    reason));
    if (figures.forgottenMessages() > 0) {
      text.append(" · ").append(texts.get("chat.forgot", figures.forgottenMessages()));
    }
    if (figures.forgottenTokens() > 0) {
      text.append(" · ").append(texts.get("chat.slid", figures.forgottenTokens()));
    }
    note.setText(text.toString());
  }
}
