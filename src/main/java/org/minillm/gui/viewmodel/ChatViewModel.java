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
import javafx.beans.binding.Bindings;
import javafx.beans.binding.BooleanBinding;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.ReadOnlyStringProperty;
import javafx.beans.property.ReadOnlyStringWrapper;
import javafx.beans.property.SimpleStringProperty;
import javafx.beans.property.StringProperty;
import javafx.collections.FXCollections;
import javafx.collections.ObservableList;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatListener;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatPlace;
import org.minillm.app.ChatReply;
import org.minillm.app.ChatService;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.ChatStore;
import org.minillm.app.StoredChat;
import org.minillm.app.StoredChat.Figures;
import org.minillm.base.MiniLlmException;
import org.minillm.generate.GenerateOptions;
import org.minillm.tokenizer.ChatMessage;

/**
 * The chat on screen; commands return at once. The conversation is a tree: an edited message and an
 * answer made again are siblings of the ones they came from, and {@link #messages()} is the branch
 * that is shown. It is written to disk whenever it changes.
 */
public final class ChatViewModel implements ChatListener {
  private static final DateTimeFormatter ID =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS").withZone(ZoneOffset.UTC);

  /**
   * The answer under way.
   *
   * @param tokens that the answer had before
   * @param undo what is done when it fails
   */
  private record Turn(Message answer, int tokens, Runnable undo) {}

  private final ChatService chat;
  private final ChatStore store;
  private final Executor ui;
  private final Executor background;
  private final LongSupplier clock;
  private final ChatsViewModel chats;
  private final ChatDrafts drafts;
  private final ObservableList<Message> messages = FXCollections.observableArrayList();
  private final ReadOnlyObjectWrapper<ChatSnapshot> snapshot;
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<GenerateOptions> options =
      new ReadOnlyObjectWrapper<>(GenerateOptions.defaults());
  private final ReadOnlyObjectWrapper<ChatMode> mode = new ReadOnlyObjectWrapper<>(ChatMode.CHAT);
  private final ReadOnlyStringWrapper title = new ReadOnlyStringWrapper("");
  private final StringProperty draft = new SimpleStringProperty("");
  private final StringBuilder arriving = new StringBuilder();
  private ChatTree tree = new ChatTree();
  private String id = "";
  private boolean named;
  private @Nullable Turn turn;

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
    chats = new ChatsViewModel(this, store, ui, background);
    drafts = new ChatDrafts();
    chat.listen(this);
  }

  /** The chats on disk. */
  public ChatsViewModel chats() {
    return chats;
  }

  /** The branch that is shown, the first message first. */
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

  /**
   * Changes the mode; a chat that has messages already is left for a new one, and what is typed and
   * not sent goes along.
   */
  public void setMode(ChatMode value) {
    if (value != mode.get()) {
      if (!messages.isEmpty()) {
        String typed = draft.get();
        draft.set("");
        newChat();
        draft.set(joined(typed, draft.get()));
      }
      mode.set(value);
    }
  }

  /** The title of the chat on screen, empty for a new one. */
  public ReadOnlyStringProperty titleProperty() {
    return title.getReadOnlyProperty();
  }

  /** What is typed and not sent, in this chat; a message that could not be answered comes back. */
  public StringProperty draftProperty() {
    return draft;
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

  /** True while the model cannot be changed: it answers, or one is being loaded. */
  public BooleanBinding modelBusy() {
    return Bindings.createBooleanBinding(
        () -> answering() || snapshot.get().state() == ChatState.LOADING, snapshot);
  }

  /** True while nothing can be sent. */
  public BooleanBinding cannotSend() {
    return Bindings.createBooleanBinding(() -> !canSend(), snapshot);
  }

  /** Sends a message, typed or not; blank ones are not sent. */
  public void send(String text) {
    if (!text.isBlank() && canSend()) {
      if (draft.get().strip().equals(text.strip())) {
        draft.set("");
      }
      ask(tree.leaf(), null, text);
    }
  }

  /** Makes the last answer again as its sibling, or answers the last message. */
  public void again() {
    if (!messages.isEmpty()) {
      again(messages.get(messages.size() - 1));
    }
  }

  /** Makes an answer again as its sibling, or answers a message of the user's. */
  public void again(Message message) {
    if (!canSend()) {
      return;
    }
    if (message.user()) {
      answer(message, message.chosen, "");
    } else {
      branchFrom(message, "");
    }
  }

  /**
   * Makes a sibling of an answer that begins with a given text and lets the model go on from there;
   * the answer and what follows it stay on their branch.
   *
   * @param answerStart any text, such as the answer's own up to a word that shall be another
   * @return false where nothing happens: while an answer is under way, without a model, or for a
   *     message of the user's
   */
  public boolean branchFrom(Message answer, String answerStart) {
    Message question = tree.parentOf(answer);
    if (!canSend() || answer.user() || tree.isRoot(question)) {
      return false;
    }
    answer(question, answer, answerStart);
    return true;
  }

  /** Lets the model go on with the last answer; what comes is added to it. */
  public void continueLast() {
    Message last = tree.leaf();
    Message question = tree.parentOf(last);
    if (!canSend() || tree.isRoot(last) || last.user() || tree.isRoot(question)) {
      return;
    }
    String text = last.text.get();
    Figures figures = last.figures.get();
    Runnable undo =
        () -> {
          last.text.set(text);
          last.figures.set(figures);
        };
    last.figures.set(null);
    begin(new Turn(last, figures == null ? 0 : figures.tokens(), undo), question, text);
  }

  /**
   * Puts a sibling with another text in a message's place. One of the user's is answered; one of
   * the model's stands as it is. The same text needs no sibling.
   *
   * @return false where the text was not taken: a blank one, while an answer is under way, or one
   *     of the user's without a model
   */
  public boolean edit(Message message, String text) {
    if (text.equals(message.text.get())) {
      return true;
    }
    if (text.isBlank() || answering() || (message.user() && !canSend())) {
      return false;
    }
    Message parent = tree.parentOf(message);
    if (!message.user()) {
      tree.add(parent, false, text);
      show();
      restoreService();
      save();
    } else {
      ask(parent, message, text);
    }
    return true;
  }

  /** Shows the branch of the sibling that many places further. */
  public void showSibling(Message message, int step) {
    Message sibling = tree.sibling(message, step);
    if (sibling != null && !answering()) {
      tree.choose(sibling);
      show();
      restoreService();
      save();
    }
  }

  /**
   * @param instead what is shown again if no answer comes
   */
  private void ask(Message parent, @Nullable Message instead, String text) {
    Message question = tree.add(parent, true, text);
    Message answer = tree.add(question, false, "");
    Runnable undo =
        () -> {
          tree.remove(question, instead);
          draft.set(joined(text, draft.get()));
        };
    begin(new Turn(answer, 0, undo), question, "");
  }

  /** Both texts, none of them lost. */
  private static String joined(String first, String second) {
    return first.isBlank() ? second : second.isBlank() ? first : first + "\n" + second;
  }

  private void answer(Message question, @Nullable Message instead, String start) {
    Message answer = tree.add(question, false, start);
    begin(new Turn(answer, 0, () -> tree.remove(answer, instead)), question, start);
  }

  private void begin(Turn begun, Message question, String start) {
    failure.set(Optional.empty());
    turn = begun;
    begun.answer.open.set(true);
    show();
    save();
    try {
      chat.answer(forModel(tree.pathTo(question)), start, options.get(), mode.get());
      // Before its job tells so: a second press must not send again.
      snapshot.set(snapshot.get().withState(ChatState.WAITING));
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  /** Asks the model why it gave this answer, as the conversation stands before it. */
  public AnswerInspectionViewModel inspect(Message inspected) {
    AnswerInspectionViewModel why =
        new AnswerInspectionViewModel(
            chat, ui, Optional.of(start -> branchFrom(inspected, start)), cannotSend());
    List<ChatMessage> before =
        forModel(messages.subList(0, Math.max(0, messages.indexOf(inspected))));
    why.open(before, inspected.text.get(), mode.get());
    return why;
  }

  /** What an answer of the branch that is shown continues; empty in a conversation. */
  public String continuedBy(Message answer) {
    Message before = tree.parentOf(answer);
    return mode.get() == ChatMode.COMPLETION && !tree.isRoot(before) ? before.text.get() : "";
  }

  public void stop() {
    chat.stop();
  }

  /** Begins a new chat; the present one stays on disk. */
  public void newChat() {
    open("", new ChatTree(), "", false, mode.get());
  }

  /** Goes on with an earlier chat. */
  public void open(StoredChat earlier) {
    open(
        earlier.id(),
        ChatTree.of(earlier.messages()),
        earlier.title(),
        earlier.named(),
        earlier.mode());
  }

  private void open(String newId, ChatTree newTree, String newTitle, boolean newNamed, ChatMode m) {
    keepUnfinished();
    drafts.put(id, draft.get());
    id = newId;
    tree = newTree;
    named = newNamed;
    failure.set(Optional.empty());
    mode.set(m);
    show();
    title.set(newTitle);
    restoreService();
    draft.set(drafts.of(newId));
    keepPlace();
  }

  /** An answer that is left while it streams stays as far as it came. */
  private void keepUnfinished() {
    Turn left = turn;
    turn = null;
    if (left != null) {
      left.answer.open.set(false);
      if (left.answer.text.get().isEmpty()) {
        tree.remove(left.answer, null);
      }
      save();
    }
  }

  /** Keeps what is on screen before the window closes. */
  public void close() {
    keepUnfinished();
    keepPlace();
  }

  private void restoreService() {
    chat.restore(forModel(messages));
  }

  private static List<ChatMessage> forModel(List<Message> path) {
    return path.stream().map(Message::forModel).toList();
  }

  /** Messages that are on screen already stay the same objects in the same places. */
  private void show() {
    List<Message> path = tree.path();
    int same = 0;
    while (same < path.size() && same < messages.size() && path.get(same) == messages.get(same)) {
      same++;
    }
    if (same < messages.size()) {
      messages.remove(same, messages.size());
    }
    messages.addAll(path.subList(same, path.size()));
    if (!named) {
      title.set(path.isEmpty() ? "" : StoredChat.titleOf(path.get(0).text.get()));
    }
  }

  /** Opens the chat that was on screen last, unless one was begun meanwhile. */
  public void restoreLast() {
    background.execute(
        () -> {
          ChatPlace place = store.place().orElse(null);
          Optional<StoredChat> last =
              chats.last(place == null ? Optional.empty() : Optional.of(place.open()));
          ui.execute(
              () -> {
                if (place != null) {
                  drafts.add(place.drafts());
                }
                if (!messages.isEmpty() || !draft.get().isEmpty()) {
                  return;
                }
                last.ifPresentOrElse(this::open, () -> draft.set(drafts.of("")));
              });
        });
  }

  /** The title that the user gave the chat on screen. */
  void setTitle(String value) {
    named = true;
    title.set(value);
    save();
  }

  /** An id that no chat has. */
  String newId() {
    return ID.format(Instant.ofEpochMilli(clock.getAsLong()));
  }

  private void save() {
    if (messages.isEmpty()) {
      return;
    }
    if (id.isEmpty()) {
      id = newId();
      drafts.put("", "");
      keepPlace();
    }
    StoredChat kept =
        new StoredChat(
            id,
            title.get(),
            named,
            clock.getAsLong(),
            mode.get(),
            snapshot.get().modelName(),
            tree.kept());
    inBackground(() -> store.save(kept));
  }

  /** A chat whose only question went back to where it was typed is a new one again. */
  private void forget() {
    String gone = id;
    drafts.put(gone, "");
    id = "";
    named = false;
    title.set("");
    keepPlace();
    inBackground(() -> store.erase(gone));
    chats.refresh();
  }

  /** Notes which chat is open and what is typed, for the next start. */
  public void keepPlace() {
    drafts.put(id, draft.get());
    ChatPlace place = drafts.place(id);
    inBackground(() -> store.save(place));
  }

  /** Work on the disk. */
  interface DiskWork {
    void run() throws IOException;
  }

  /** Runs work on the disk; what fails is told. */
  void inBackground(DiskWork work) {
    background.execute(
        () -> {
          try {
            work.run();
          } catch (IOException | MiniLlmException e) {
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
    changeModel(() -> chat.load(model, anyway));
  }

  /** Lets the model go. */
  public void eject() {
    changeModel(chat::eject);
  }

  public void talkToTrainingModel() {
    changeModel(chat::talkToTrainingModel);
  }

  /** Where it is refused, an answer under way goes on. */
  private void changeModel(Runnable command) {
    failure.set(Optional.empty());
    try {
      command.run();
    } catch (RuntimeException e) {
      failure.set(Optional.of(e));
    }
  }

  /** What could not be answered leaves the tree; a question goes back to where it was typed. */
  private void failed(Throwable e) {
    Turn open = turn;
    turn = null;
    if (open != null) {
      open.answer.open.set(false);
      open.undo.run();
      show();
      if (messages.isEmpty()) {
        forget();
      } else {
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
    Turn open = turn;
    if (open != null) {
      open.answer.text.set(open.answer.text.get() + pieces);
    }
  }

  @Override
  public void onReply(ChatReply value) {
    ui.execute(
        () -> {
          Turn open = turn;
          turn = null;
          if (open != null) {
            open.answer.text.set(value.text());
            open.answer.figures.set(Figures.after(open.tokens, value));
            open.answer.open.set(false);
            save();
          }
        });
  }

  @Override
  public void onFailure(Throwable problem) {
    ui.execute(() -> failed(problem));
  }
}
