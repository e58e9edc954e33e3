package org.minillm.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.ChatMessage;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.DocumentSource;
import org.minillm.train.text.SourceFile;
import org.minillm.train.text.SourceListing;
import org.minillm.train.text.SourceListing.Skipped;
import org.minillm.train.text.TextFile;
import org.minillm.train.text.TextFormat;
import org.minillm.train.text.TextSink;

/**
 * Files and folders as a row of documents, streamed: no corpus is ever whole in memory. Formats:
 * plain text, Markdown, CSV, JSON Lines (texts or conversations), HTML, EPUB, PDF.
 *
 * <p>What says nothing of documents is cut into pieces of some two thousand characters where a
 * paragraph or line ends; in plain text a line {@value #SEPARATOR} stands between documents; a row
 * of a table or a line of JSON is one. A document of more than four million characters is cut or
 * refused. Line ends become {@code \n}; white space around a document goes; empty documents are
 * left out. Conversations become ChatML.
 *
 * <p>The list of files is fixed when a corpus is opened: what is put into a folder later is no part
 * of it, and a run goes on with the files it began with.
 */
public final class Corpus implements DocumentSource {
  /** The line between documents. */
  public static final String SEPARATOR = TextFile.SEPARATOR;

  private final List<SourceFile> files;
  private final List<Skipped> skipped;
  private final ChatTemplate template;
  private final boolean conversationsOnly;
  private volatile boolean conversations;

  private Corpus(
      List<SourceFile> files,
      List<Skipped> skipped,
      ChatTemplate template,
      boolean conversationsOnly) {
    this.files = List.copyOf(files);
    this.skipped = List.copyOf(skipped);
    this.template = template;
    this.conversationsOnly = conversationsOnly;
  }

  /**
   * A document.
   *
   * @param text its text; of a conversation as ChatML
   * @param chat whether ChatML's special tokens in the text are meant as such
   * @param file where it stands
   * @param line its first line there, from 1; 0 where the format shows no lines to people
   * @param json the line of JSON it was made of, empty where it was none
   */
  public record Document(String text, boolean chat, Path file, long line, String json) {
    /** The text without special tokens. */
    public String plain() {
      return chat ? text.replace("<|im_start|>", "").replace("<|im_end|>", "") : text;
    }

    /** UTF-8 bytes of the text, special tokens not counted. */
    long bytes() {
      return plain().getBytes(StandardCharsets.UTF_8).length;
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
   * Reads every file once to recognise it. A file of a folder that is not what its name says is
   * skipped; one that was named is refused.
   *
   * @param paths files, and folders of them
   * @throws BadInput if one is not what its name says, or nothing is left to read
   * @throws IOException if one cannot be read
   */
  public static Corpus open(List<Path> paths) throws IOException {
    if (paths.isEmpty()) {
      throw new BadInput("corpus", "no files were given");
    }
    return open(SourceListing.of(paths), paths);
  }

  /**
   * The files of a run that goes on, as they were listed when it began.
   *
   * @param files of {@link #paths}
   * @throws BadInput if one is not what its name says
   * @throws IOException if one cannot be read
   */
  public static Corpus reopen(List<Path> files) throws IOException {
    return open(new SourceListing(files, Set.of(), List.of()), files);
  }

  private static Corpus open(SourceListing listing, List<Path> paths) throws IOException {
    List<SourceFile> files = new ArrayList<>();
    List<Skipped> skipped = new ArrayList<>(listing.skipped());
    long bytes = 0;
    for (Path path : listing.files()) {
      try {
        SourceFile file = SourceFile.recognise(path);
        files.add(file);
        bytes += file.bytes();
      } catch (BadInput | AccessDeniedException e) {
        if (!listing.found().contains(path)) {
          throw e;
        }
        String reason = e instanceof BadInput bad ? bad.reason() : "may not be read by you";
        skipped.add(new Skipped(path, reason));
      }
    }
    if (bytes == 0) {
      throw new BadInput("corpus " + paths, nothing(files, skipped));
    }
    return new Corpus(files, skipped, ChatTemplate.chatml(), false);
  }

  /** The same files, whose conversations are written as a model's template says. */
  public Corpus withTemplate(ChatTemplate newTemplate) {
    return new Corpus(files, skipped, newTemplate, conversationsOnly);
  }

  /**
   * The same files, which must hold nothing but conversations: a text has no answers to learn from,
   * and is refused when it is read.
   *
   * @throws BadInput if a file is of a format that has no conversations
   */
  public Corpus withConversationsOnly() {
    for (SourceFile file : files) {
      if (file.format() != TextFormat.JSON_LINES) {
        throw noConversation(file.path().toString());
      }
    }
    return new Corpus(files, skipped, template, true);
  }

  private static BadInput noConversation(String where) {
    return new BadInput(
        where,
        "is text, not conversations: chat pairs stand in .jsonl files with"
            + " {\"messages\": [{\"role\", \"content\"}, …]} in each line, since only the"
            + " assistant's answers count. Without --chat, text counts whole");
  }

  /** Where a conversation is encoded whole, a marker in a message would begin or end a turn. */
  private static void requireNoMarker(
      ChatTemplate template, List<ChatMessage> messages, String where) {
    for (ChatMessage message : messages) {
      markerIn(template, message)
          .ifPresent(
              marker -> {
                throw new BadInput(
                    where,
                    "a message of "
                        + message.role()
                        + " contains "
                        + marker
                        + ", which marks where turns or documents begin and end; write it in"
                        + " another way, or take the line out, as data fix does");
              });
    }
  }

  /** What marks turns or documents and stands in a message's text, where it must not. */
  public static Optional<String> markerIn(ChatTemplate template, ChatMessage message) {
    return template
        .markerIn(message)
        .or(() -> Optional.of(SEPARATOR).filter(message.content()::contains));
  }

  private static String nothing(List<SourceFile> files, List<Skipped> skipped) {
    String what =
        files.isEmpty()
            ? "holds no file that can be read; read are " + TextFormat.allExtensions()
            : "the files are empty";
    return skipped.isEmpty()
        ? what
        : what
            + ". Skipped: "
            + skipped.size()
            + ", the first: "
            + skipped.get(0).path()
            + " "
            + skipped.get(0).reason();
  }

  /** Bytes of all files. */
  public long bytes() {
    return files.stream().mapToLong(SourceFile::bytes).sum();
  }

  /** The files in the order of their documents. */
  public List<SourceFile> files() {
    return files;
  }

  /** What lies in the folders and is not read. */
  public List<Skipped> skipped() {
    return skipped;
  }

  public List<Path> paths() {
    return files.stream().map(SourceFile::path).toList();
  }

  /** The files whose documents are pieces that are cut as they come. */
  public List<Path> unseparated() {
    return files.stream().filter(SourceFile::inPieces).map(SourceFile::path).toList();
  }

  /** Whether the documents read so far held a conversation. */
  public boolean hasConversations() {
    return conversations;
  }

  /** An earlier reading of the same files found a conversation. */
  void hadConversations() {
    conversations = true;
  }

  /** What a reader should know of the files beyond their text; usually nothing. */
  public List<String> remarks() {
    return files.stream()
        .filter(f -> !f.remarks().isEmpty())
        .map(f -> f.path().getFileName() + ": " + f.remarks())
        .toList();
  }

  /** Changes when a byte of a file, or the way it is read, changes. */
  public String fingerprint() {
    CRC32C all = new CRC32C();
    for (SourceFile file : files) {
      boolean asEver = file.format() == TextFormat.TEXT || file.format() == TextFormat.JSON_LINES;
      String way = asEver ? "" : ":" + file.format() + ":" + file.detail();
      String print = file.bytes() + ":" + file.checksum() + way + ";";
      all.update(print.getBytes(StandardCharsets.UTF_8));
    }
    return Long.toHexString(all.getValue()) + "-" + bytes();
  }

  /** The plain texts, as a tokenizer is trained on: a conversation's messages one by one. */
  @Override
  public void forEach(Consumer<String> consumer) throws IOException {
    for (SourceFile file : files) {
      file.read(
          new TextSink() {
            @Override
            public void text(String text, long line, String json) {
              consumer.accept(text);
            }

            @Override
            public void conversation(List<ChatMessage> messages, long line, String json) {
              messages.forEach(m -> consumer.accept(m.content()));
            }
          });
    }
  }

  /** The documents in order. */
  public void forEachDocument(Documents consumer) throws IOException {
    for (SourceFile file : files) {
      forEachDocument(file, consumer);
    }
  }

  /** The documents of one of the files in order. */
  void forEachDocument(SourceFile file, Documents consumer) throws IOException {
    read(file, consumer, false);
  }

  /**
   * The documents in order, for who makes ids of them.
   *
   * @throws BadInput if a message contains what marks turns or documents
   */
  void forEachToEncode(Documents consumer) throws IOException {
    for (SourceFile file : files) {
      forEachToEncode(file, consumer);
    }
  }

  /** The same of one of the files. */
  void forEachToEncode(SourceFile file, Documents consumer) throws IOException {
    read(file, consumer, true);
  }

  private void read(SourceFile file, Documents consumer, boolean toEncode) throws IOException {
    file.read(
        new TextSink() {
          @Override
          public void text(String text, long line, String json) {
            if (conversationsOnly) {
              throw noConversation(file.path() + ", line " + line);
            }
            consumer.accept(new Document(text, false, file.path(), line, json));
          }

          @Override
          public void conversation(List<ChatMessage> messages, long line, String json) {
            conversations = true;
            if (toEncode) {
              requireNoMarker(template, messages, file.path() + ", line " + line);
            }
            String text = template.render(messages, false);
            consumer.accept(new Document(text, true, file.path(), line, json));
          }

          @Override
          public void empty(long line) {
            consumer.onEmpty(file.path(), line);
          }
        });
  }
}
