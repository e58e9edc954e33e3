package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.ChatStore;
import org.minillm.app.ChatSummary;
import org.minillm.app.StoredChat;
import org.minillm.base.MiniLlmException.BadFormat;

/** The chats on disk: the list and what is done with one; commands return at once. */
public final class ChatsViewModel {
  private final ChatViewModel chat;
  private final ChatStore store;
  private final Executor ui;
  private final Executor background;
  private final ReadOnlyObjectWrapper<List<ChatSummary>> list =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<Optional<ChatSummary>> deleted =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private String query = "";

  ChatsViewModel(ChatViewModel chat, ChatStore store, Executor ui, Executor background) {
    this.chat = chat;
    this.store = store;
    this.ui = ui;
    this.background = background;
  }

  /** The chats that the search leaves, as of the last {@link #refresh}; changed last first. */
  public ReadOnlyObjectProperty<List<ChatSummary>> listProperty() {
    return list.getReadOnlyProperty();
  }

  /** The chat that was deleted last and can be had back. */
  public ReadOnlyObjectProperty<Optional<ChatSummary>> deletedProperty() {
    return deleted.getReadOnlyProperty();
  }

  /** Lists only the chats that hold every word of this; all for an empty text. */
  public void search(String text) {
    query = text;
    refresh();
  }

  /** Reads the list. */
  public void refresh() {
    String asked = query;
    background.execute(
        () -> {
          List<ChatSummary> found = store.search(asked);
          ui.execute(
              () -> {
                if (asked.equals(query)) { // else a later search is on its way
                  list.set(found);
                }
              });
        });
  }

  /** Goes on with a chat; the one on screen is ahead of the disk and stays as it is. */
  public void open(String id) {
    if (id.equals(chat.id())) {
      return;
    }
    chat.inBackground(
        () -> {
          StoredChat read = store.read(id);
          ui.execute(() -> chat.open(read));
        });
  }

  /** Gives a chat another title; a blank one changes nothing. */
  public void rename(String id, String title) {
    String line = StoredChat.titleOf(title);
    if (line.isEmpty()) {
      return;
    }
    if (id.equals(chat.id())) {
      chat.setTitle(line);
    } else {
      chat.inBackground(() -> store.rename(id, line));
    }
    refresh();
  }

  /** Moves a chat to the trash; the one on screen is left for a new one. */
  public void delete(ChatSummary old) {
    if (old.id().equals(chat.id())) {
      chat.newChat();
    }
    deleted.set(Optional.of(old));
    chat.inBackground(() -> store.delete(old.id()));
    refresh();
  }

  /** Brings back the chat that was deleted last. */
  public void undoDelete() {
    Optional<ChatSummary> old = deleted.get();
    deleted.set(Optional.empty());
    if (old.isPresent()) {
      chat.inBackground(() -> store.restore(old.get().id()));
      refresh();
    }
  }

  /** Writes a chat to a file that {@link #importFrom} reads, with all branches. */
  public void exportJson(String id, Path file) {
    chat.inBackground(() -> store.exportJson(id, file));
  }

  /**
   * Writes the branch shown of a chat as Markdown.
   *
   * @param user heading of the user's messages
   * @param model heading of the answers
   */
  public void exportMarkdown(String id, Path file, String user, String model) {
    chat.inBackground(() -> store.exportMarkdown(id, file, user, model));
  }

  /** Adds a chat from a file and opens it. */
  public void importFrom(Path file) {
    String id = chat.newId();
    chat.inBackground(
        () -> {
          StoredChat brought = store.importFrom(file, id);
          ui.execute(() -> chat.open(brought));
        });
    refresh();
  }

  /**
   * The chat that was open last, on the disk's thread.
   *
   * @param open its id, empty for a new chat; nothing if that was not noted
   */
  Optional<StoredChat> last(Optional<String> open) {
    if (open.isPresent() && open.get().isEmpty()) {
      return Optional.empty();
    }
    Optional<StoredChat> noted = open.flatMap(this::read);
    return noted.isPresent()
        ? noted
        : store.list().stream().findFirst().flatMap(newest -> read(newest.id()));
  }

  private Optional<StoredChat> read(String id) {
    try {
      return Optional.of(store.read(id));
    } catch (IOException | BadFormat e) {
      return Optional.empty(); // the list told it in the log
    }
  }
}
