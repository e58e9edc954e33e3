package org.minillm.train.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadInput;

/** A file that was recognised and whose documents can be read any number of times. */
public interface SourceFile {
  /** Characters after which a document is cut, or refused where it cannot be. */
  int LONGEST_DOCUMENT = 1 << 22;

  Path path();

  TextFormat format();

  long bytes();

  /** CRC-32C of the bytes. */
  long checksum();

  /** Name of the encoding; empty where the format is no text itself. */
  String encoding();

  /** How the file is read, for people ("column 2 \"texto\" of 3"); empty where that is plain. */
  String detail();

  /** What is unusual about it, for people; usually empty. */
  String remarks();

  /** Whether it says nothing of documents, so that they are pieces cut as they come. */
  boolean inPieces();

  /** The file as a text, where its format is one. */
  default Optional<TextFile> text() {
    return Optional.empty();
  }

  /**
   * Hands every document to {@code to}, on the calling thread.
   *
   * @throws BadInput where the content is not what the format demands: file, place, found, allowed
   */
  void read(TextSink to) throws IOException;

  /**
   * Recognises a file by its name and looks into it.
   *
   * @throws BadInput if it is not what its name says, is encrypted, or holds no text
   * @throws IOException if it cannot be read
   */
  static SourceFile recognise(Path path) throws IOException {
    return switch (TextFormat.of(path).orElse(TextFormat.TEXT)) {
      case TEXT -> PlainText.recognise(path);
      case MARKDOWN -> MarkdownFile.recognise(path);
      case CSV -> CsvFile.recognise(path);
      case JSON_LINES -> JsonLinesFile.recognise(path);
      case HTML -> HtmlFile.recognise(path);
      case EPUB -> EpubFile.recognise(path);
      case PDF -> PdfFile.recognise(path);
    };
  }

  /** A format that is text itself. */
  interface Textual extends SourceFile {
    TextFile file();

    @Override
    default Path path() {
      return file().path();
    }

    @Override
    default long bytes() {
      return file().bytes();
    }

    @Override
    default long checksum() {
      return file().checksum();
    }

    @Override
    default String encoding() {
      return file().charset().name();
    }

    @Override
    default String detail() {
      return "";
    }

    @Override
    default String remarks() {
      return file().remarks();
    }

    @Override
    default Optional<TextFile> text() {
      return Optional.of(file());
    }
  }

  /** A format that wraps text: its bytes are none. */
  interface Wrapped extends SourceFile {
    FileBytes file();

    @Override
    default Path path() {
      return file().path();
    }

    @Override
    default long bytes() {
      return file().bytes();
    }

    @Override
    default long checksum() {
      return file().checksum();
    }

    @Override
    default String encoding() {
      return "";
    }

    @Override
    default String remarks() {
      return "";
    }
  }
}
