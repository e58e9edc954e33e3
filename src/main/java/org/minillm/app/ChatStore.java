package org.minillm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.app.StoredChat.Figures;
import org.minillm.app.StoredChat.Message;
import org.minillm.format.AtomicFiles;
import org.minillm.generate.StopReason;

/**
 * The chats on disk, a JSON file each; what cannot be read is left out and logged. Reads and writes
 * files: not for the UI thread.
 */
public final class ChatStore {
  private static final System.Logger LOG = System.getLogger(ChatStore.class.getName());
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final String SUFFIX = ".json";
  private static final long LARGEST_FILE = 4 << 20;

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
    AtomicFiles.writeText(file(chat.id()), JSON.writeValueAsString(json(chat)) + "\n");
  }

  /** All chats, the one changed last first. */
  public List<StoredChat> list() {
    List<StoredChat> chats = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return chats;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        read(file).ifPresent(chats::add);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "Cannot list " + directory + ": " + e.getMessage());
    }
    chats.sort(
        Comparator.comparingLong(StoredChat::changedMillis)
            .reversed()
            .thenComparing(StoredChat::id));
    return chats;
  }

  /** Deletes a chat; nothing happens when there is none of that id. */
  public void delete(String id) throws IOException {
    Files.deleteIfExists(file(id));
  }

  private Path file(String id) {
    return directory.resolve(id + SUFFIX);
  }

  private static Optional<StoredChat> read(Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw new IOException("larger than 4 MB");
      }
      JsonNode root = JSON.readTree(Files.readString(file));
      String name = file.getFileName().toString();
      List<Message> messages = new ArrayList<>();
      for (JsonNode node : root.path("messages")) {
        messages.add(
            new Message(
                node.path("role").asText().equals("user"),
                node.path("content").asText(),
                figures(node.path("figures"))));
      }
      return Optional.of(
          new StoredChat(
              name.substring(0, name.length() - SUFFIX.length()),
              root.path("title").asText(),
              root.path("changed").asLong(),
              root.path("mode").asText().equals("completion") ? ChatMode.COMPLETION : ChatMode.CHAT,
              root.path("model").asText(),
              messages));
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(Level.WARNING, "Left out of the chats: " + file + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private static @Nullable Figures figures(JsonNode node) {
    return node.isMissingNode()
        ? null
        : new Figures(
            node.path("tokens").asInt(),
            node.path("tokens_per_s").asDouble(),
            node.path("first_token_s").asDouble(Double.NaN),
            StopReason.valueOf(node.path("reason").asText()),
            node.path("forgotten_messages").asInt(),
            node.path("forgotten_tokens").asInt());
  }

  private static ObjectNode json(StoredChat chat) {
    ObjectNode root = JSON.createObjectNode();
    root.put("title", chat.title());
    root.put("changed", chat.changedMillis());
    root.put("mode", chat.mode() == ChatMode.COMPLETION ? "completion" : "chat");
    root.put("model", chat.model());
    ArrayNode messages = root.putArray("messages");
    for (Message message : chat.messages()) {
      ObjectNode node = messages.addObject();
      node.put("role", message.user() ? "user" : "assistant");
      node.put("content", message.text());
      Figures figures = message.figures();
      if (figures != null) {
        ObjectNode kept = node.putObject("figures");
        kept.put("tokens", figures.tokens());
        kept.put("tokens_per_s", Math.round(10 * figures.tokensPerSecond()) / 10.0);
        if (Double.isFinite(figures.firstTokenSeconds())) {
          kept.put("first_token_s", Math.round(1000 * figures.firstTokenSeconds()) / 1000.0);
        }
        kept.put("reason", figures.reason().name());
        kept.put("forgotten_messages", figures.forgottenMessages());
        kept.put("forgotten_tokens", figures.forgottenTokens());
      }
    }
    return root;
  }
}
