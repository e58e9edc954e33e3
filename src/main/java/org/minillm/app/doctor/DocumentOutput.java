package org.minillm.app.doctor;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.train.Corpus;

/**
 * Writes documents as {@link Corpus} reads them: a file named {@code .jsonl} has an object a line,
 * any other the texts with a separator line after each.
 */
final class DocumentOutput {
  private final Path file;
  private final OutputStream out;
  private final boolean jsonLines;
  private long documents;
  private long bytes;

  DocumentOutput(Path file, OutputStream out) {
    this.file = file;
    this.out = out;
    jsonLines = file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
  }

  /**
   * Writes a document.
   *
   * @param original as it was read, if it is the whole of that
   * @throws BadInput for a conversation in a file of text
   */
  void write(Content content, Optional<Content> original) throws IOException {
    if (content.conversation() && !jsonLines) {
      throw new BadInput(
          file.toString(),
          "the documents have conversations, and a file of text cannot hold them; give a name that"
              + " ends with .jsonl");
    }
    String text =
        jsonLines
            ? content.toJson(original) + "\n"
            : content.text() + "\n" + Corpus.SEPARATOR + "\n";
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.write(utf8);
    bytes += utf8.length;
    documents++;
  }

  long documents() {
    return documents;
  }

  long bytes() {
    return bytes;
  }
}
