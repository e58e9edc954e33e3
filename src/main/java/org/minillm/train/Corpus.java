package org.minillm.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.DocumentSource;

/**
 * Text files as a row of documents, streamed: no file is ever whole in memory.
 *
 * <p>A line {@value #SEPARATOR} stands between documents. A file without one is cut into pieces: at
 * a blank line once a piece has {@value #PIECE} characters, at any line's end from twice, inside a
 * line from eight times that length. A document of more than four million characters is cut. Line
 * ends become {@code \n}; white space around a document goes; empty documents are left out. A
 * {@code .jsonl} file has a JSON object a line: {@code {"text": …}} or a conversation {@code
 * {"messages": [{"role", "content"}, …]}}, which becomes ChatML.
 */
public final class Corpus implements DocumentSource {
  /** The line between documents. */
  public static final String SEPARATOR = "<|endoftext|>";

  private static final int PIECE = 2000;

  /** Characters after which a document is cut in any case. */
  private static final int LONGEST_DOCUMENT = 1 << 22;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final List<TextFile> files;
  private volatile boolean conversations;

  private Corpus(List<TextFile> files) {
    this.files = files;
  }

  /**
   * A document.
   *
   * @param text its text; of a conversation as ChatML
   * @param chat whether ChatML's special tokens in the text are meant as such
   * @param file where it stands
   * @param line its first line there, from 1
   * @param json the line of JSON it was made of, empty where it was none
   */
  public record Document(String text, boolean chat, Path file, long line, String json) {
    /** UTF-8 bytes of the text, special tokens not counted. */
    long bytes() {
      String plain = chat ? text.replace("<|im_start|>", "").replace("<|im_end|>", "") : text;
      return plain.getBytes(StandardCharsets.UTF_8).length;
    }
  }

  /** Hears documents. */
  @FunctionalInterface
  public interface Documents {
    void accept(Document document);

    /** An empty document was left out: two separators without text between, or an empty "text". */
    default void onEmpty(Path file, long line) {}
  }

  /**
   * Reads every file once to recognise it.
   *
   * @throws BadInput if one is not text or all are empty
   * @throws IOException if one cannot be read
   */
  public static Corpus open(List<Path> paths) throws IOException {
    if (paths.isEmpty()) {
      throw new BadInput("corpus", "no files were given");
    }
    List<TextFile> files = new ArrayList<>();
    long bytes = 0;
    for (Path path : paths) {
      TextFile file = TextFile.recognise(path);
      files.add(file);
      bytes += file.bytes();
    }
    if (bytes == 0) {
      throw new BadInput("corpus", "the files are empty: " + paths);
    }
    return new Corpus(files);
  }

  /** Bytes of all files. */
  public long bytes() {
    return files.stream().mapToLong(TextFile::bytes).sum();
  }

  List<TextFile> files() {
    return files;
  }

  public List<Path> paths() {
    return files.stream().map(TextFile::path).toList();
  }

  /** Whether the documents read so far held a conversation. */
  public boolean hasConversations() {
    return conversations;
  }

  /** What a reader should know of the files beyond their text; usually nothing. */
  public List<String> remarks() {
    return files.stream()
        .filter(f -> !f.remarks().isEmpty())
        .map(f -> f.path().getFileName() + ": " + f.remarks())
        .toList();
  }

  /** What was recognised, a line a file, for people. */
  public List<String> describe() {
    return files.stream()
        .map(
            f ->
                String.format(
                    Locale.ROOT,
                    "%s: %.2f MB, %s%s",
                    f.path().getFileName(),
                    f.bytes() / 1048576.0,
                    f.charset().name(),
                    f.separated() ? "" : ", no " + SEPARATOR + " lines: cut into pieces"))
        .toList();
  }

  /** Changes when a byte of a file changes. */
  public String fingerprint() {
    CRC32C all = new CRC32C();
    for (TextFile file : files) {
      all.update((file.bytes() + ":" + file.checksum() + ";").getBytes(StandardCharsets.UTF_8));
    }
    return Long.toHexString(all.getValue()) + "-" + bytes();
  }

  /** The plain texts, as a tokenizer is trained on: a conversation's messages one by one. */
  @Override
  public void forEach(Consumer<String> consumer) throws IOException {
    for (TextFile file : files) {
      if (isJsonLines(file)) {
        forEachLine(
            file,
            (node, number, json) -> {
              if (node.has("messages")) {
                node.path("messages").forEach(m -> consumer.accept(m.path("content").asText("")));
              } else {
                consumer.accept(node.path("text").asText(""));
              }
            });
      } else {
        forEachText(file, document -> consumer.accept(document.text()));
      }
    }
  }

  /** The documents in order. */
  public void forEachDocument(Documents consumer) throws IOException {
    ChatTemplate template = ChatTemplate.chatml();
    for (TextFile file : files) {
      if (isJsonLines(file)) {
        forEachLine(
            file,
            (node, number, json) -> {
              if (node.has("messages")) {
                conversations = true;
                List<ChatMessage> messages = new ArrayList<>();
                node.path("messages")
                    .forEach(
                        m ->
                            messages.add(
                                new ChatMessage(
                                    m.path("role").asText(""), m.path("content").asText(""))));
                String text = template.render(messages, false);
                consumer.accept(new Document(text, true, file.path(), number, json));
              } else if (!node.path("text").asText("").isBlank()) {
                String text = node.path("text").asText().strip();
                consumer.accept(new Document(text, false, file.path(), number, json));
              } else {
                consumer.onEmpty(file.path(), number);
              }
            });
      } else {
        forEachText(file, consumer);
      }
    }
  }

  private static boolean isJsonLines(TextFile file) {
    return file.path().toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
  }

  private interface JsonConsumer {
    void accept(JsonNode node, long line, String json);
  }

  private static void forEachLine(TextFile file, JsonConsumer consumer) throws IOException {
    try (TextLines lines = file.open()) {
      long number = 0;
      for (String line = wholeLine(lines, file, 1);
          line != null;
          line = wholeLine(lines, file, number + 1)) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        JsonNode node;
        try {
          node = MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
          throw new BadInput(
              file.path() + ", line " + number, "is not JSON: " + e.getOriginalMessage());
        }
        boolean messages =
            node.path("messages").isArray()
                && !node.path("messages").isEmpty()
                && allHaveRoles(node.path("messages"));
        if (!messages && !node.path("text").isTextual()) {
          throw new BadInput(
              file.path() + ", line " + number,
              "has neither \"text\" nor \"messages\" with role (system, user, assistant) and"
                  + " content");
        }
        consumer.accept(node, number, line);
      }
    }
  }

  private static boolean allHaveRoles(JsonNode messages) {
    for (JsonNode message : messages) {
      String role = message.path("role").asText("");
      if (!message.path("content").isTextual()
          || !List.of("system", "user", "assistant").contains(role)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable String wholeLine(TextLines lines, TextFile file, long number)
      throws IOException {
    String piece = lines.next();
    if (piece == null || lines.ended()) {
      return piece;
    }
    StringBuilder line = new StringBuilder(piece);
    while (piece != null && !lines.ended()) {
      piece = lines.next();
      line.append(piece == null ? "" : piece);
      if (line.length() > LONGEST_DOCUMENT) {
        throw new BadInput(
            file.path() + ", line " + number,
            "is longer than " + LONGEST_DOCUMENT + " characters; one document a line");
      }
    }
    return line.toString();
  }

  private static void forEachText(TextFile file, Documents consumer) throws IOException {
    Gathered text = new Gathered(file.path(), consumer);
    try (TextLines lines = file.open()) {
      boolean begins = true;
      for (String line = lines.next(); line != null; line = lines.next()) {
        boolean whole = begins && lines.ended();
        text.number += begins ? 1 : 0;
        if (file.separated()) {
          if (whole && line.strip().equals(SEPARATOR)) {
            text.separate();
            continue;
          }
          if (text.length() >= LONGEST_DOCUMENT) {
            text.flush();
          }
        } else if (begins
            && ((whole && line.isBlank() && text.length() >= PIECE)
                || text.length() >= 2 * PIECE)) {
          text.flush();
        }
        begins = lines.ended();
        int at = 0;
        while (!file.separated() && line.length() - at > 8 * PIECE) {
          int end = line.lastIndexOf(' ', at + 8 * PIECE);
          end = end <= at ? codePointEnd(line, at + 8 * PIECE) : end;
          text.append(line, at, end);
          text.flush();
          at = end;
        }
        text.append(line, at, line.length());
        if (begins) {
          text.append("\n", 0, 1);
        }
      }
    }
    text.flush();
  }

  private static int codePointEnd(String line, int end) {
    return Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end;
  }

  /** The text of the document that is being read. */
  private static final class Gathered {
    private final Path file;
    private final Documents consumer;
    private final StringBuilder text = new StringBuilder();

    /** The line being read, from 1. */
    private long number;

    /** The line of the first text that is no white space; 0 while there is none. */
    private long first;

    private boolean separated;

    Gathered(Path file, Documents consumer) {
      this.file = file;
      this.consumer = consumer;
    }

    int length() {
      return text.length();
    }

    void append(String line, int from, int to) {
      text.append(line, from, to);
      first = first == 0 && !line.isBlank() ? number : first;
    }

    void separate() {
      if (!flush() && separated) {
        consumer.onEmpty(file, number);
      }
      separated = true;
    }

    /** Hands the document over, if there is one. */
    boolean flush() {
      String document = text.toString().strip();
      long line = first;
      text.setLength(0);
      first = 0;
      if (!document.isEmpty()) {
        consumer.accept(new Document(document, false, file, line, ""));
      }
      return !document.isEmpty();
    }
  }
}
