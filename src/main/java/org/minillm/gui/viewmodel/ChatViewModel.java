package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.ReadOnlyStringProperty;
import javafx.beans.property.ReadOnlyStringWrapper;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatListener;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatReply;
import org.minillm.app.ChatService;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.ChatStore;
import org.minillm.app.StoredChat;
import org.minillm.app.StoredChat.Figures;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.ChatMessage;

/**
 * The chat pane's state; commands return at once. The conversation is written to disk whenever a
 * message was sent or an answer ended.
 */
public final class ChatViewModel implements ChatListener {
  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

  /** A message on screen; the text of an answer grows while it streams. */
  public static final class Message {
    private final boolean user;
    private final ReadOnlyStringWrapper text = new ReadOnlyStringWrapper("");
    private final ReadOnlyObjectWrapper<@Nullable Figures> figures = new ReadOnlyObjectWrapper<>();

    Message(boolean user, String text) {
      this.user = user;
      this.text.set(text);
    }

    public boolean user() {
      return user;
    }

    public ReadOnlyStringProperty textProperty() {
      return text.getReadOnlyProperty();
    }

    /** Figures of a finished answer, else null. */
    public ReadOnlyObjectProperty<@Nullable Figures> figuresProperty() {
      return figures.getReadOnlyProperty();
    }
  }

  private final ChatService chat;
  private final ChatStore store;
  private final Executor ui;
  private final Executor background;
  private final LongSupplier clock;
  private final ObservableList<Message> messages = FXCollections.observableArrayList();
  private final ReadOnlyObjectWrapper<List<StoredChat>> chats =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<ChatSnapshot> snapshot;
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<GenerateOptions> options =
      new ReadOnlyObjectWrapper<>(GenerateOptions.defaults());
  private final ReadOnlyObjectWrapper<ChatMode> mode = new ReadOnlyObjectWrapper<>(ChatMode.CHAT);
  private final ReadOnlyStringWrapper draft = new ReadOnlyStringWrapper("");
  private final StringBuilder arriving = new StringBuilder();
  private String id = "";
  private @Nullable Message answer;

  /**
   * @param ui runs what changes properties
   * @param background runs what reads and writes the disk, one after the other
   * @param clock milliseconds since 1970
   */
  public ChatViewModel(
      ChatService chat, ChatStore store, Executor ui, Executor background, LongSupplier clock) {
    this.chat = chat;
    this.store = store;
    this.ui = ui;
    this.background = background;
    this.clock = clock;
    snapshot = new ReadOnlyObjectWrapper<>(chat.snapshot());
    chat.listen(this);
  }

  public ObservableList<Message> messages() {
    return messages;
  }

  public ReadOnlyObjectProperty<ChatSnapshot> snapshotProperty() {
    return snapshot.getReadOnlyProperty();
  }

  /** The last failure, empty when there was none since. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<GenerateOptions> optionsProperty() {
    return options.getReadOnlyProperty();
  }

  public void setOptions(GenerateOptions value) {
    options.set(value);
  }

  /** What is done with the messages of this chat. */
  public ReadOnlyObjectProperty<ChatMode> modeProperty() {
    return mode.getReadOnlyProperty();
  }

  /** Changes the mode; a chat that has messages already is left for a new one. */
  public void setMode(ChatMode value) {
    if (value != mode.get()) {
      if (!messages.isEmpty()) {
        newChat();
      }
      mode.set(value);
    }
  }

  /** A message that could not be answered, to be typed again; set anew each time. */
  public ReadOnlyStringProperty draftProperty() {
    return draft.getReadOnlyProperty();
  }

  /** The chats on disk as of the last {@link #refreshChats}. */
  public ReadOnlyObjectProperty<List<StoredChat>> chatsProperty() {
    return chats.getReadOnlyProperty();
  }

  /** Id of the chat on screen, empty while it has no message. */
  public String id() {
    return id;
  }

  public boolean canSend() {
    return snapshot.get().state() == ChatState.READY;
  }

  public boolean answering() {
    ChatState state = snapshot.get().state();
    return state == ChatState.ANSWERING || state == ChatState.WAITING;
  }

  /** Sends a message; blank ones are not sent. */
  public void send(String text) {
    if (text.isBlank() || !canSend()) {
      return;
    }
    failure.set(Optional.empty());
    messages.add(new Message(true, text));
    openAnswer();
    save();
    attempt(() -> chat.send(text, options.get(), mode.get()));
  }

  /** Makes the last answer again, or answers the last message. */
  public void again() {
    if (!canSend() || messages.isEmpty()) {
      return;
    }
    failure.set(Optional.empty());
    int last = messages.size() - 1;
    if (!messages.get(last).user()) {
      messages.remove(last);
    }
    openAnswer();
    attempt(() -> chat.regenerate(options.get(), mode.get()));
  }

  /** Asks the model why it gave this answer, as the conversation stands before it. */
  public AnswerInspectionViewModel inspect(Message inspected) {
    AnswerInspectionViewModel why =
        new AnswerInspectionViewModel(chat, ui, Optional.empty());
    List<ChatMessage> before =
        messages.subList(0, Math.max(0, messages.indexOf(inspected))).stream()
            .map(
                m -> m.user ? ChatMessage.user(m.text.get()) : ChatMessage.assistant(m.text.get()))
            .toList();
    why.open(before, inspected.text.get(), mode.get());
    return why;
  }

  public void stop() {
    chat.stop();
  }

  /** Begins a new chat; the present one stays on disk. */
  public void newChat() {
    show("", List.of());
  }

  /** Goes on with an earlier chat. */
  public void open(StoredChat earlier) {
    show(earlier.id(), earlier.messages());
    mode.set(earlier.mode());
  }

  private void show(String newId, List<StoredChat.Message> conversation) {
    id = newId;
    answer = null;
    failure.set(Optional.empty());
    chat.restore(conversation.stream().map(StoredChat.Message::forModel).toList());
    messages.setAll(
        conversation.stream()
            .map(
                kept -> {
                  Message message = new Message(kept.user(), kept.text());
                  message.figures.set(kept.figures());
                  return message;
                })
            .toList());
  }

  /** Opens the chat that was changed last, if there is one and none was begun meanwhile. */
  public void restoreLast() {
    background.execute(
        () -> {
          List<StoredChat> found = store.list();
          ui.execute(
              () -> {
                chats.set(found);
                if (!found.isEmpty() && messages.isEmpty()) {
                  open(found.get(0));
                }
              });
        });
  }

  /** Reads the list of chats. */
  public void refreshChats() {
    background.execute(
        () -> {
          List<StoredChat> found = store.list();
          ui.execute(() -> chats.set(found));
        });
  }

  /** Deletes a chat from the disk; the one on screen is left for a new one. */
  public void delete(StoredChat old) {
    if (old.id().equals(id)) {
      newChat();
    }
    background.execute(
        () -> {
          try {
            store.delete(old.id());
          } catch (IOException e) {
            ui.execute(() -> failure.set(Optional.of(e)));
          }
        });
    refreshChats();
  }

  private void save() {
    if (messages.isEmpty()) {
      return;
    }
    long now = clock.getAsLong();
    if (id.isEmpty()) {
      id = ID.format(Instant.ofEpochMilli(now));
    }
    StoredChat kept =
        new StoredChat(
            id,
            StoredChat.titleOf(messages.get(0).text.get()),
            now,
            mode.get(),
            snapshot.get().modelName(),
            messages.stream()
                .filter(m -> m != answer)
                .map(m -> new StoredChat.Message(m.user, m.text.get(), m.figures.get()))
                .toList());
    background.execute(
        () -> {
          try {
            store.save(kept);
          } catch (IOException e) {
            ui.execute(() -> failure.set(Optional.of(e)));
          }
        });
  }

  /**
   * Loads a model in place of the present one.
   *
   * @param anyway although its memory plan does not fit
   */
  public void load(Path model, boolean anyway) {
    failure.set(Optional.empty());
    attempt(() -> chat.load(model, anyway));
  }

  /** Lets the model go. */
  public void eject() {
    failure.set(Optional.empty());
    attempt(chat::eject);
  }

  public void talkToTrainingModel() {
    failure.set(Optional.empty());
    attempt(chat::talkToTrainingModel);
  }

  private void openAnswer() {
    Message opened = new Message(false, "");
    answer = opened;
    messages.add(opened);
  }

  private void attempt(Runnable command) {
    try {
      command.run();
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** The service forgets a message it could not answer: it goes back to where it was typed. */
  private void failed(Throwable e) {
    Message open = answer;
    answer = null;
    if (open != null) {
      int at = messages.indexOf(open);
      if (at > 0) {
        String question = messages.get(at - 1).text.get();
        messages.remove(at - 1, at + 1);
        draft.set("");
        draft.set(question);
        save();
      }
    }
    failure.set(Optional.of(e));
  }

  @Override
  public void onSnapshot(ChatSnapshot value) {
    ui.execute(() -> snapshot.set(value));
  }

  /** Pieces that come faster than the window draws are joined. */
  @Override
  public void onText(String piece) {
    boolean first;
    synchronized (arriving) {
      first = arriving.length() == 0;
      arriving.append(piece);
    }
    if (first) {
      ui.execute(this::takeArrived);
    }
  }

  private void takeArrived() {
    String pieces;
    synchronized (arriving) {
      pieces = arriving.toString();
      arriving.setLength(0);
    }
    Message open = answer;
    if (open != null) {
      open.text.set(open.text.get() + pieces);
    }
  }

  @Override
  public void onReply(ChatReply value) {
    ui.execute(
        () -> {
          Message open = answer;
          answer = null;
          if (open != null) {
            open.text.set(value.text());
            open.figures.set(Figures.of(value));
            save();
          }
        });
  }

  @Override
  public void onFailure(Throwable problem) {
    ui.execute(() -> failed(problem));
  }
}
