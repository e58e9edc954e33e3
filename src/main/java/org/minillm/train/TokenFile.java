package org.minillm.train;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.AtomicFiles;
import org.minillm.tokenizer.ParallelEncoder;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.text.SourceFile;
import org.minillm.train.text.TextFile;

/**
 * Token ids in a file: nothing but the ids, little-endian, two bytes each (unsigned) where the
 * vocabulary has at most 65,536 ids, else four. nanoGPT's {@code train.bin} is the same, and NumPy
 * reads it with {@code numpy.fromfile(path, "<u2")} or {@code "<i4"}.
 *
 * <p>Text of any size is encoded in bounded memory: it is read, encoded and written a batch at a
 * time. A failure, a full disk or a cancel leaves no file, and one that was there as it was.
 */
public final class TokenFile {
  /** Chars that are read before they are encoded. */
  private static final int CHUNK = 1 << 18;

  /** Chars of a text that gives no place to cut it: about what a document may have. */
  private static final int LONGEST_UNCUT = 1 << 22;

  private TokenFile() {}

  /**
   * What was written.
   *
   * @param idBytes bytes an id takes: 2 or 4
   * @param textBytes bytes of the text files
   */
  public record Result(long tokens, int idBytes, long textBytes) {}

  /** Hears how far an encoding is, on its thread, after every batch. */
  @FunctionalInterface
  public interface Progress {
    /**
     * @param tokens ids so far
     * @param chars of text read so far
     */
    void at(long tokens, long chars);
  }

  /** Bytes an id of this vocabulary takes. */
  public static int idBytes(int vocabSize) {
    return vocabSize <= 1 << 16 ? 2 : 4;
  }

  /**
   * Encodes a corpus as {@link Dataset} does: the end-of-text token, then the documents, each with
   * an end-of-text token after it.
   *
   * @throws IOException if {@code out} cannot be written, with the reason
   */
  public static Result writeDocuments(
      Corpus corpus,
      Tokenizer tokenizer,
      Path out,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    int separator = Dataset.separatorOf(tokenizer);
    return write(
        corpus,
        tokenizer,
        out,
        to -> {
          ParallelEncoder encoder = new ParallelEncoder(tokenizer, pool);
          long[] chars = {0};
          to.writer.add(separator);
          corpus.forEachToEncode(
              document -> {
                control.check();
                chars[0] += document.text().length();
                encoder.add(
                    document.text(),
                    document.chat(),
                    (ids, last) -> {
                      to.writer.addAll(ids);
                      if (last) {
                        to.writer.add(separator);
                      }
                    });
                to.tell(progress, chars[0]);
              });
          encoder.finish();
          to.tell(progress, chars[0]);
        });
  }

  /**
   * Encodes the files as they are, one after the other: the ids are those of {@link
   * Tokenizer#encode(String)} of each whole text. No document is looked for and no id added.
   *
   * @throws BadInput if a text gives no place to cut it, as for llama2.c's tokenizers, and is long
   * @throws IOException if {@code out} cannot be written, with the reason
   */
  public static Result writeWhole(
      Corpus corpus,
      Tokenizer tokenizer,
      Path out,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    return write(
        corpus,
        tokenizer,
        out,
        to -> {
          ParallelEncoder encoder = new ParallelEncoder(tokenizer, pool);
          long chars = 0;
          for (SourceFile source : corpus.files()) {
            TextFile file = textOf(source);
            try (Reader in = file.reader()) {
              Pieces pieces = new Pieces(in, tokenizer, file.path());
              for (String piece = pieces.next(); !piece.isEmpty(); piece = pieces.next()) {
                control.check();
                chars += piece.length();
                encoder.add(piece, false, (ids, last) -> to.writer.addAll(ids));
                to.tell(progress, chars);
              }
            }
          }
          encoder.finish();
          to.tell(progress, chars);
        });
  }

  private static TextFile textOf(SourceFile file) {
    return file.text()
        .orElseThrow(
            () ->
                new BadInput(
                    file.path().toString(),
                    "is "
                        + file.format().label()
                        + ", no text of its own; encode it by documents instead"));
  }

  private interface Content {
    void writeTo(Ids ids) throws IOException;
  }

  private static Result write(Corpus corpus, Tokenizer tokenizer, Path out, Content content)
      throws IOException {
    int width = idBytes(tokenizer.vocabSize());
    long[] count = {0};
    AtomicFiles.write(
        out,
        stream -> {
          IdWriter writer = new IdWriter(stream, width);
          try {
            content.writeTo(new Ids(writer));
            writer.flush();
          } catch (UncheckedIOException e) {
            throw e.getCause();
          }
          count[0] = writer.size();
        });
    return new Result(count[0], width, corpus.bytes());
  }

  /** Tells only what is new: ids come a batch at a time. */
  private static final class Ids {
    private final IdWriter writer;
    private long told;

    Ids(IdWriter writer) {
      this.writer = writer;
    }

    void tell(Progress progress, long chars) {
      if (writer.size() != told) {
        told = writer.size();
        progress.at(told, chars);
      }
    }
  }

  /** A text in pieces whose ids, one after the other, are those of the whole. */
  static final class Pieces {
    private final Reader in;
    private final Tokenizer tokenizer;
    private final Path file;
    private final char[] buffer = new char[1 << 13];
    private final StringBuilder pending = new StringBuilder();
    private boolean ended;

    Pieces(Reader in, Tokenizer tokenizer, Path file) {
      this.in = in;
      this.tokenizer = tokenizer;
      this.file = file;
    }

    /** The next piece, empty at the end of the text. */
    String next() throws IOException {
      for (int wanted = CHUNK; ; wanted *= 2) {
        fill(wanted);
        String text = pending.toString();
        int cut = ended ? text.length() : tokenizer.lastCut(text);
        if (cut > 0 || ended) {
          pending.delete(0, cut);
          return text.substring(0, cut);
        }
        if (wanted >= LONGEST_UNCUT) {
          throw new BadInput(
              file.toString(),
              "has "
                  + LONGEST_UNCUT
                  + " characters that this tokenizer ("
                  + tokenizer.kind()
                  + ") must see at once; encode it by documents instead");
        }
      }
    }

    private void fill(int wanted) throws IOException {
      while (!ended && pending.length() < wanted) {
        int n = in.read(buffer);
        ended = n < 0;
        pending.append(buffer, 0, Math.max(0, n));
      }
    }
  }
}
