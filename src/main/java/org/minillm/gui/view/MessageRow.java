package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javafx.beans.binding.Bindings;
import javafx.beans.binding.BooleanExpression;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.util.Subscription;
import org.minillm.app.ChatMode;
import org.minillm.gui.viewmodel.AnswerNote;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.Message;
import org.minillm.gui.viewmodel.Message.Branch;
import org.minillm.gui.viewmodel.Texts;

/** A message: its text, what can be done with it, an answer's figures. */
final class MessageRow extends RowList.Row {
  private static final double WIDEST_TEXT = 760;
  private static final double WIDEST_BUBBLE = 520;
  private static final String CARET = "▍";

  private final ChatViewModel chat;
  private final Texts texts;
  private final Message message;
  private final List<AnswerAction> actions;
  private final Runnable focusInput;
  private final MessageText text = new MessageText();
  private final Label note = new Label();
  private final HBox arrows = new HBox(2);
  private final Label place = new Label();
  private final HBox line = new HBox(2);
  private final Node shown;
  private Subscription listening = Subscription.EMPTY;

  /**
   * @param focusInput puts the caret where one types, after an edit
   */
  MessageRow(
      ChatViewModel chat,
      Texts texts,
      Message message,
      List<AnswerAction> actions,
      Runnable focusInput) {
    this.chat = chat;
    this.texts = texts;
    this.message = message;
    this.actions = actions;
    this.focusInput = focusInput;
    setSpacing(4);
    getStyleClass().add("message-row");
    arrows.setAlignment(Pos.CENTER);
    shown = message.user() ? bubble() : answer();
    line.setAlignment(message.user() ? Pos.CENTER_RIGHT : Pos.CENTER_LEFT);
    if (message.user()) {
      line.getChildren().add(arrows);
    }
    getChildren().setAll(shown, line);
    Runnable refresh = this::refresh;
    listening =
        Subscription.combine(
            listening,
            message.textProperty().subscribe(value -> showText()),
            message.openProperty().subscribe(refresh),
            message.figuresProperty().subscribe(refresh),
            message.branchProperty().subscribe(refresh));
    refresh();
  }

  /** What is typed into it is nowhere else. */
  @Override
  boolean keeps() {
    return getChildren().get(0) instanceof MessageEditor;
  }

  @Override
  void dispose() {
    listening.unsubscribe();
    listening = Subscription.EMPTY;
  }

  /** Most messages have no sibling and never need them. */
  private void buildArrows() {
    Button back =
        Controls.iconButton(
            texts, "chat.branchBack", Icon.LEFT, () -> chat.showSibling(message, -1));
    Button on =
        Controls.iconButton(texts, "chat.branchOn", Icon.RIGHT, () -> chat.showSibling(message, 1));
    List.of(back, on).forEach(b -> b.getStyleClass().addAll("bare", "small-icon"));
    back.getStyleClass().add("branch-back");
    on.getStyleClass().add("branch-on");
    place.getStyleClass().add("muted");
    place.setMinWidth(Region.USE_PREF_SIZE);
    arrows.getChildren().setAll(back, place, on);
    BooleanExpression answering = answering();
    back.disableProperty()
        .bind(
            answering.or(
                Bindings.createBooleanBinding(
                    () -> message.branchProperty().get().index() == 1, message.branchProperty())));
    on.disableProperty()
        .bind(
            answering.or(
                Bindings.createBooleanBinding(
                    () -> {
                      Branch branch = message.branchProperty().get();
                      return branch.index() == branch.count();
                    },
                    message.branchProperty())));
  }

  private BooleanExpression answering() {
    return Bindings.createBooleanBinding(chat::answering, chat.snapshotProperty());
  }

  private BooleanExpression isLast() {
    return Bindings.createBooleanBinding(
        () ->
            !chat.messages().isEmpty()
                && chat.messages().get(chat.messages().size() - 1) == message,
        chat.messages());
  }

  private Node bubble() {
    text.setMaxWidth(WIDEST_BUBBLE);
    text.getStyleClass().add("bubble");
    Button edit = action("chat.edit", Icon.EDIT, this::edit);
    edit.disableProperty().bind(chat.cannotSend());
    Button copy = action("chat.copy", Icon.COPY, this::copy);
    HBox tools = new HBox(2, edit, copy);
    BooleanExpression unanswered = isLast();
    offerWhile(unanswered, tools, 0, this::answerIt);
    tools.setAlignment(Pos.CENTER);
    // Quiet until the mouse or the keyboard is there, or an answer is wanting.
    tools
        .opacityProperty()
        .bind(
            Bindings.when(hoverProperty().or(focusWithinProperty()).or(unanswered))
                .then(1.0)
                .otherwise(0.0));
    tools.setMinWidth(Region.USE_PREF_SIZE);
    HBox row = new HBox(6, tools, text);
    row.setAlignment(Pos.CENTER_RIGHT);
    return row;
  }

  private Node answer() {
    text.setMaxWidth(WIDEST_TEXT);
    text.getStyleClass().add("answer");
    return text;
  }

  private Button answerIt() {
    Button answer = action("chat.answerIt", Icon.AGAIN, () -> chat.again(message));
    answer.getStyleClass().add("answer-it");
    answer.disableProperty().bind(chat.cannotSend());
    return answer;
  }

  private void addAnswerLine() {
    note.getStyleClass().add("muted");
    note.setWrapText(true);
    note.setMinHeight(Region.USE_PREF_SIZE);
    HBox.setHgrow(note, Priority.SOMETIMES);
    Button again = action("chat.again", Icon.AGAIN, () -> chat.again(message));
    again.getStyleClass().add("answer-again");
    again.disableProperty().bind(chat.cannotSend());
    Button edit = action("chat.edit", Icon.EDIT, this::edit);
    edit.getStyleClass().add("answer-edit");
    edit.disableProperty().bind(answering());
    Button copy = action("chat.copy", Icon.COPY, this::copy);
    line.getChildren().setAll(arrows, note, again, edit, copy);
    offerWhile(isLast(), line, line.getChildren().indexOf(edit), this::goOn);
    for (AnswerAction each : actions) {
      Button button = new Button();
      button.setId(each.key().replace('.', '-'));
      button.setOnAction(e -> each.run().accept(message, button));
      button.setGraphic(each.icon().node(15));
      if (each.asksModel()) {
        button.disableProperty().bind(chat.cannotSend());
      }
      button.getStyleClass().addAll("icon-button", "bare", "small-icon");
      Controls.name(button, texts, each.key());
      line.getChildren().add(button);
    }
  }

  private Button goOn() {
    Button on = action("chat.goOn", Icon.CONTINUE, chat::continueLast);
    on.disableProperty().bind(chat.cannotSend());
    return on;
  }

  /** Has a button in a line at a place while a condition holds; most rows never need it. */
  private void offerWhile(
      BooleanExpression condition, HBox box, int place, Supplier<Button> maker) {
    List<Node> made = new ArrayList<>();
    Subscription offering =
        condition.subscribe(
            holds -> {
              box.getChildren().removeAll(made);
              made.clear();
              if (holds) {
                made.add(maker.get());
                box.getChildren().addAll(place, made);
              }
            });
    listening = Subscription.combine(listening, offering);
  }

  private Button action(String key, Icon icon, Runnable run) {
    Button button = Controls.iconButton(texts, key, icon, run);
    button.getStyleClass().addAll("bare", "small-icon");
    return button;
  }

  private void copy() {
    TextSelection.copy(message.textProperty().get());
  }

  private void showText() {
    boolean open = message.openProperty().get();
    String words = message.textProperty().get();
    boolean markdown = !message.user() && chat.modeProperty().get() == ChatMode.CHAT;
    text.show(open ? words + CARET : words, markdown);
  }

  private void refresh() {
    showText();
    Branch branch = message.branchProperty().get();
    if (branch.count() > 1 && arrows.getChildren().isEmpty()) {
      buildArrows();
    }
    place.setText(texts.get("chat.branch", branch.index(), branch.count()));
    Controls.shown(arrows, branch.count() > 1);
    String words = AnswerNote.of(message.figuresProperty().get(), texts);
    note.setText(words);
    Controls.shown(note, !words.isEmpty());
    boolean open = message.openProperty().get();
    if (!message.user() && !open && line.getChildren().isEmpty()) {
      addAnswerLine(); // when the answer is there: it would hold up its first word
    }
    Controls.shown(line, message.user() ? branch.count() > 1 : !open);
  }

  /** The message becomes a field; what is typed becomes its sibling. */
  private void edit() {
    MessageEditor editor = new MessageEditor(chat, texts, message, this::endEdit);
    getChildren().setAll(editor);
    editor.requestFocus();
  }

  private void endEdit() {
    getChildren().setAll(shown, line);
    refresh(); // the language may have changed meanwhile
    focusInput.run();
  }
}
