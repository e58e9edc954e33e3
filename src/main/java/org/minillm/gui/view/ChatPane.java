package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import javafx.beans.Observable;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatMode;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Message;
import org.minillm.gui.viewmodel.SamplingField;
import org.minillm.gui.viewmodel.Texts;

/** The chat: its head, the conversation, its foot. */
final class ChatPane extends Panel {
  private final ChatViewModel chat;
  private final Texts texts;
  private final Popover popover;
  private final Label title = new Label();
  private final Label subtitle = new Label();
  private final Button sampling = new Button();
  private final Button chatMode;
  private final Button completionMode;
  private final Button chats;
  private final Button more;

  /** Made before the foot: the Tab key goes from the answers to the field. */
  private final StackPane middle = new StackPane();

  private final List<AnswerAction> answerActions = new ArrayList<>();
  private @Nullable ChatFoot foot;
  private @Nullable Runnable tour;

  /** The conversation while it makes room for the inspection of an answer. */
  private @Nullable Node conversation;

  ChatPane(ChatViewModel chat, Texts texts, Popover popover) {
    super(texts);
    this.chat = chat;
    this.texts = texts;
    this.popover = popover;
    chatMode = Controls.button(texts, "chat.mode.CHAT", () -> chat.setMode(ChatMode.CHAT));
    completionMode =
        Controls.button(texts, "chat.mode.COMPLETION", () -> chat.setMode(ChatMode.COMPLETION));
    chats = Controls.iconButton(texts, "chats.tip", Icon.LIST, this::showChats);
    chats.setId("chats");
    more = Controls.iconButton(texts, "chat.more", Icon.MORE, this::showMenu);
    more.setId("chat-more");
    buildHead();
    middle.setMinSize(0, 0);
    setCenter(middle);
    later(this::makeActions);
    later(this::makeFoot);
    addAnswerAction(
        new AnswerAction("why.action", Icon.EYE, true, (answer, button) -> explain(answer)));
    later(
        () ->
            middle
                .getChildren()
                .setAll(new ChatMessages(chat, texts, answerActions, this::focusInput)));
    chat.messages().addListener((Observable o) -> showConversation());
    chat.snapshotProperty().addListener((o, was, now) -> refresh());
    chat.optionsProperty().addListener((o, was, now) -> refresh());
    chat.modeProperty().addListener((o, was, now) -> refresh());
    chat.titleProperty().addListener((o, was, now) -> refresh());
    texts.localeProperty().addListener((o, was, now) -> refresh());
    refresh();
  }

  private void makeFoot() {
    ChatFoot made = new ChatFoot(chat, texts, this::showKeys);
    foot = made;
    setBottom(made);
  }

  /** Puts the caret where one types. */
  void focusInput() {
    ChatFoot made = foot;
    if (made != null) {
      made.focusInput();
    }
  }

  /** Adds something that can be done with each answer; before the messages are made. */
  void addAnswerAction(AnswerAction action) {
    answerActions.add(action);
  }

  /** Shows an answer token by token in the place of the conversation. */
  private void explain(Message answer) {
    if (chat.canSend()) {
      showInstead(new AnswerInspectionView(chat.inspect(answer), texts, this::showConversation));
    }
  }

  /** Puts something in the place of the conversation until that goes on. */
  void showInstead(Node other) {
    if (conversation == null) {
      conversation = middle.getChildren().get(0);
    }
    middle.getChildren().setAll(other);
  }

  /** Shows the conversation again. */
  void showConversation() {
    Node kept = conversation;
    conversation = null;
    if (kept != null) {
      boolean typedHere = Controls.hasKeyboard(middle);
      middle.getChildren().setAll(kept);
      if (typedHere) { // what had the keyboard is gone
        focusInput();
      }
    }
  }

  private void showMenu() {
    popover.open(new ChatMenu(chat, texts, popover::close, this::showKeys, tour), more);
  }

  /** What shows the tour of the window. */
  void offerTour(Runnable action) {
    tour = action;
  }

  /** Lists the keyboard's shortcuts. */
  void showKeys() {
    popover.open(new KeysBox(texts), more);
  }

  void showChats() {
    popover.open(new ChatsBox(chat, texts, this::closeChats), chats);
  }

  /** A chat was chosen: one types on. */
  private void closeChats() {
    popover.close();
    focusInput();
  }

  private void newChat() {
    chat.newChat();
    focusInput();
  }

  private void buildHead() {
    title.getStyleClass().add("title");
    setHead(title, subtitle);
    title.setMinWidth(0);
    HBox.setHgrow(title, Priority.SOMETIMES);
    Controls.shown(subtitle, false);
  }

  private void makeActions() {
    sampling.setId("sampling");
    sampling.setMinWidth(Region.USE_PREF_SIZE);
    sampling.accessibleTextProperty().bind(texts.bind("sampling.title"));
    sampling.setOnAction(e -> popover.open(new SamplingBox(chat, texts), sampling));
    HBox modes = new HBox(chatMode, completionMode);
    modes.getStyleClass().add("segments");
    modes.setAlignment(Pos.CENTER);
    Button fresh = Controls.iconButton(texts, "chat.newTip", Icon.PLUS, this::newChat);
    fresh.setId("chat-new");
    addToHead(modes, sampling, chats, fresh, more);
  }

  private void refresh() {
    boolean completes = chat.modeProperty().get() == ChatMode.COMPLETION;
    title.setText(
        chat.titleProperty().get().isEmpty() ? texts.get("chat.new") : chat.titleProperty().get());
    chosen(chatMode, !completes);
    chosen(completionMode, completes);
    sampling.setText(
        texts.get(
            "chat.temperature",
            SamplingField.TEMPERATURE.text(chat.optionsProperty().get(), texts)));
    ChatFoot made = foot;
    if (made != null) {
      made.refresh();
    }
  }

  private static void chosen(Button button, boolean value) {
    button.getStyleClass().remove("chosen");
    if (value) {
      button.getStyleClass().add("chosen");
    }
  }
}
