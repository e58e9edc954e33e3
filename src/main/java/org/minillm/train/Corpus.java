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

  /** A document: its text, and whether ChatML's special tokens in it are meant as such. */
  record Document(String text, boolean chat) {
    /** UTF-8 bytes of the text, special tokens not counted. */
    long bytes() {
      String plain = chat ? text.replace("<|im_start|>", "").replace("<|im_end|>", "") : text;
      return plain.getBytes(StandardCharsets.UTF_8).length;
    }
  }

  /** Hears documents. */
  @FunctionalInterface
  interface Documents {
    void accept(Document document);
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
            node -> {
              if (node.has("messages")) {
                node.path("messages").forEach(m -> consumer.accept(m.path("content").asText("")));
              } else {
                consumer.accept(node.path("text").asText(""));
              }
            });
      } else {
        forEachText(file, consumer);
      }
    }
  }

  /** The documents in order. */
  void forEachDocument(Documents consumer) throws IOException {
    ChatTemplate template = ChatTemplate.chatml();
    for (TextFile file : files) {
      if (isJsonLines(file)) {
        forEachLine(
            file,
            node -> {
              if (node.has("messages")) {
                conversations = true;
                List<ChatMessage> messages = new ArrayList<>();
                node.path("messages")
                    .forEach(
                        m ->
                            messages.add(
                                new ChatMessage(
                                    m.path("role").asText(""), m.path("content").asText(""))));
                consumer.accept(new Document(template.render(messages, false), true));
              } else if (!node.path("text").asText("").isBlank()) {
                consumer.accept(new Document(node.path("text").asText().strip(), false));
              }
            });
      } else {
        forEachText(file, text -> consumer.accept(new Document(text, false)));
      }
    }
  }

  private static boolean isJsonLines(TextFile file) {
    return file.path().toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
  }

  private static void forEachLine(TextFile file, Consumer<JsonNode> consumer) throws IOException {
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
        consumer.accept(node);
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

  private static void forEachText(TextFile file, Consumer<String> consumer) throws IOException {
    StringBuilder text = new StringBuilder();
    try (TextLines lines = file.open()) {
      boolean begins = true;
      for (String line = lines.next(); line != null; line = lines.next()) {
        boolean whole = begins && lines.ended();
        if (file.separated()) {
          if (whole && line.strip().equals(SEPARATOR)) {
            flush(text, consumer);
            continue;
          }
          if (text.length() >= LONGEST_DOCUMENT) {
            flush(text, consumer);
          }
        } else if (begins
            && ((whole && line.isBlank() && text.length() >= PIECE)
                || text.length() >= 2 * PIECE)) {
          flush(text, consumer);
        }
        begins = lines.ended();
        int at = 0;
        while (!file.separated() && line.length() - at > 8 * PIECE) {
          int end = line.lastIndexOf(' ', at + 8 * PIECE);
          end = end <= at ? codePointEnd(line, at + 8 * PIECE) : end;
          text.append(line, at, end);
          flush(text, consumer);
          at = end;
        }
        text.append(line, at, line.length()).append(begins ? "\n" : "");
      }
    }
    flush(text, consumer);
  }

  private static int codePointEnd(String line, int end) {
    return Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end;
  }

  private static void flush(StringBuilder text, Consumer<String> consumer) {
    String document = text.toString().strip();
    text.setLength(0);
    if (!document.isEmpty()) {
      consumer.accept(document);
    }
  }
}
