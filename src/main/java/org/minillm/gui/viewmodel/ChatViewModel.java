package org.minillm.gui.viewmodel;

import java.nio.file.Path;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.ReadOnlyStringProperty;
import javafx.beans.property.ReadOnlyStringWrapper;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatListener;
import org.minillm.app.ChatReply;
import org.minillm.app.ChatService;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.generate.GenerateOptions;

/** The chat pane's state; commands return at once. */
public final class ChatViewModel implements ChatListener {
  /** A message on screen; the text of an answer grows while it streams. */
  public static final class Message {
    private final boolean user;
    private final ReadOnlyStringWrapper text = new ReadOnlyStringWrapper("");
    private final ReadOnlyObjectWrapper<@Nullable ChatReply> reply = new ReadOnlyObjectWrapper<>();

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
    public ReadOnlyObjectProperty<@Nullable ChatReply> replyProperty() {
      return reply.getReadOnlyProperty();
    }
  }

  private final ChatService chat;
  private final Executor ui;
  private final ObservableList<Message> messages = FXCollections.observableArrayList();
  private final ReadOnlyObjectWrapper<ChatSnapshot> snapshot;
  private final ReadOnlyStringWrapper error = new ReadOnlyStringWrapper("");
  private final ReadOnlyObjectWrapper<GenerateOptions> options =
      new ReadOnlyObjectWrapper<>(GenerateOptions.defaults());
  private @Nullable Message answer;

  /**
   * @param ui runs what changes properties
   */
  public ChatViewModel(ChatService chat, Executor ui) {
    this.chat = chat;
    this.ui = ui;
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
  public ReadOnlyStringProperty errorProperty() {
    return error.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<GenerateOptions> optionsProperty() {
    return options.getReadOnlyProperty();
  }

  public void setTemperature(double value) {
    options.set(options.get().withTemperature((float) value));
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
    error.set("");
    messages.add(new Message(true, text));
    openAnswer();
    attempt(() -> chat.send(text, options.get()));
  }

  /** Makes the last answer again. */
  public void again() {
    if (!canSend() || messages.isEmpty() || messages.get(messages.size() - 1).user()) {
      return;
    }
    error.set("");
    messages.remove(messages.size() - 1);
    openAnswer();
    attempt(() -> chat.regenerate(options.get()));
  }

  public void stop() {
    chat.stop();
  }

  public void newChat() {
    chat.clear();
    messages.clear();
    error.set("");
  }

  public void load(Path model) {
    error.set("");
    attempt(() -> chat.load(model, false));
  }

  public void talkToTrainingModel() {
    error.set("");
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

  private void failed(Throwable e) {
    Message open = answer;
    if (open != null && open.text.get().isEmpty()) {
      messages.remove(open);
    }
    answer = null;
    error.set(String.valueOf(e.getMessage()));
  }

  @Override
  public void onSnapshot(ChatSnapshot value) {
    ui.execute(() -> snapshot.set(value));
  }

  @Override
  public void onText(String piece) {
    ui.execute(
        () -> {
          Message open = answer;
          if (open != null) {
            open.text.set(open.text.get() + piece);
          }
        });
  }

  @Override
  public void onReply(ChatReply value) {
    ui.execute(
        () -> {
          Message open = answer;
          if (open != null) {
            open.text.set(value.text());
            open.reply.set(value);
          }
          answer = null;
        });
  }

  @Override
  public void onFailure(Throwable failure) {
    ui.execute(() -> failed(failure));
  }
}
