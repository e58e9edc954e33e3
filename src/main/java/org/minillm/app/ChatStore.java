package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.format.AtomicFiles;

/**
 * The chats on disk, a JSON file each; what cannot be read is left out of the list and logged. A
 * deleted chat lies in {@code trash} until twenty others were deleted after it. Reads and writes
 * files: not for the UI thread; one thread at a time.
 */
public final class ChatStore {
  private static final System.Logger LOG = System.getLogger(ChatStore.class.getName());
  private static final String SUFFIX = ".json";

  /** No chat's id can be so. */
  private static final String PLACE = "_place" + SUFFIX;

  private static final long LARGEST_MB = 16;
  private static final int TRASH = 20;

  private final Path directory;

  /**
   * @param directory made at the first save
   */
  public ChatStore(Path directory) {
    this.directory = directory;
  }

  public Path directory() {
    return directory;
  }

  /** Keeps a chat in place of the one of its id; a crash leaves the old one or the new. */
  public void save(StoredChat chat) throws IOException {
    Files.createDirectories(directory);
    AtomicFiles.write(file(chat.id()), out -> ChatJson.write(chat, out));
  }

  /** All chats, the one changed last first. */
  public List<ChatSummary> list() {
    return search("");
  }

  /**
   * The chats whose title or messages hold every word of a query, in any case and with or without
   * accents; the one changed last first.
   */
  public List<ChatSummary> search(String query) {
    ChatSearch search = new ChatSearch(query);
    List<ChatSummary> found = new ArrayList<>();
    for (Path file : files(directory)) {
      try {
        search.find(read(file)).ifPresent(found::add);
      } catch (IOException | BadFormat e) {
        LOG.log(Level.WARNING, "Left out of the chats: " + e.getMessage());
      }
    }
    found.sort(
        Comparator.comparingLong(ChatSummary::changedMillis)
            .reversed()
            .thenComparing(ChatSummary::id));
    return found;
  }

  /**
   * The chat of that id.
   *
   * @throws NoSuchFileException if there is none
   * @throws BadFormat if its file is no chat
   */
  public StoredChat read(String id) throws IOException {
    return read(file(id));
  }

  /** Gives a chat a title of the user's; its place in the list stays. */
  public void rename(String id, String title) throws IOException {
    save(read(id).with(id, title, true));
  }

  /** Moves a chat to the trash; nothing happens when there is none of that id. */
  public void delete(String id) throws IOException {
    if (!Files.exists(file(id))) {
      return;
    }
    Path trash = trash();
    Files.createDirectories(trash);
    Path there = trash.resolve(id + SUFFIX);
    Files.move(file(id), there, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(there, FileTime.from(Instant.now()));
    List<Path> files = files(trash);
    files.sort(Comparator.comparing((Path file) -> file.toFile().lastModified()).reversed());
    for (Path old : files.subList(Math.min(TRASH, files.size()), files.size())) {
      Files.deleteIfExists(old);
    }
  }

  /** Removes a chat for good; nothing happens when there is none of that id. */
  public void erase(String id) throws IOException {
    Files.deleteIfExists(file(id));
  }

  /** Takes a chat out of the trash; throws as {@link #read}. */
  public void restore(String id) throws IOException {
    Files.move(trash().resolve(id + SUFFIX), file(id), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Writes a chat to a file that {@link #importFrom} reads; throws as {@link #read}. */
  public void exportJson(String id, Path target) throws IOException {
    StoredChat chat = read(id);
    AtomicFiles.write(target, out -> ChatJson.write(chat, out));
  }

  /**
   * Writes the branch shown of a chat as Markdown; throws as {@link #read}.
   *
   * @param user heading of the user's messages
   * @param model heading of the answers
   */
  public void exportMarkdown(String id, Path target, String user, String model) throws IOException {
    StoredChat chat = read(id);
    AtomicFiles.writeText(target, ChatMarkdown.of(chat.title(), chat.shown(), user, model));
  }

  /**
   * Adds the chat of a file; throws as {@link #read}.
   *
   * @param id of the new chat
   */
  public StoredChat importFrom(Path file, String id) throws IOException {
    StoredChat brought = read(text(file), id, file);
    if (brought.messages().isEmpty()) {
      throw new BadFormat(file.toString(), -1, "is no chat: it has no message");
    }
    String title =
        brought.title().isBlank()
            ? StoredChat.titleOf(brought.shown().get(0).text())
            : StoredChat.titleOf(brought.title());
    StoredChat kept = brought.with(id, title, brought.named());
    save(kept);
    return kept;
  }

  /** Where one was; empty where nothing was noted yet, or nothing that can be read. */
  public Optional<ChatPlace> place() {
    Path file = directory.resolve(PLACE);
    try {
      return Files.exists(file)
          ? Optional.of(ChatJson.readPlace(text(file), file.toString()))
          : Optional.empty();
    } catch (IOException | BadFormat e) {
      LOG.log(Level.WARNING, "Not read: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Notes where one is. */
  public void save(ChatPlace place) throws IOException {
    Files.createDirectories(directory);
    AtomicFiles.write(directory.resolve(PLACE), out -> ChatJson.write(place, out));
  }

  private Path file(String id) {
    return directory.resolve(id + SUFFIX);
  }

  private Path trash() {
    return directory.resolve("trash");
  }

  private static List<Path> files(Path directory) {
    List<Path> chats = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return chats;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        if (StoredChat.isId(id(file))) {
          chats.add(file);
        }
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "Cannot list " + directory + ": " + e.getMessage());
    }
    return chats;
  }

  private static String id(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.substring(0, name.length() - SUFFIX.length());
  }

  private static StoredChat read(Path file) throws IOException {
    return read(text(file), id(file), file);
  }

  private static StoredChat read(String text, String id, Path file) {
    return ChatJson.read(text, id, file.toString());
  }

  private static String text(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (Files.size(file) > LARGEST_MB << 20) {
      throw new BadFormat(
          file.toString(), -1, "is no chat: it is larger than " + LARGEST_MB + " MB");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new BadFormat(file.toString(), -1, "is not text (UTF-8)");
    }
  }
}
