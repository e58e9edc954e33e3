package org.minillm.train.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * A file's size and checksum.
 *
 * @param checksum CRC-32C of its bytes
 * @param head its first bytes as ISO-8859-1, at most a thousand
 */
record FileBytes(Path path, long bytes, long checksum, String head) {
  static final int PIECE = 1 << 16;

  /** Hears the bytes of a file. */
  @FunctionalInterface
  interface Pieces {
    void accept(byte[] piece, int length);
  }

  static FileBytes read(Path path) throws IOException {
    return read(path, (piece, length) -> {});
  }

  /** Reads the file once, through 64 kB. */
  static FileBytes read(Path path, Pieces to) throws IOException {
    requireFile(path);
    byte[] piece = new byte[PIECE];
    CRC32C checksum = new CRC32C();
    long bytes = 0;
    String head = "";
    try (InputStream in = Files.newInputStream(path)) {
      for (int n = in.readNBytes(piece, 0, PIECE); n > 0; n = in.readNBytes(piece, 0, PIECE)) {
        if (bytes == 0) {
          head = new String(piece, 0, Math.min(n, 1000), StandardCharsets.ISO_8859_1);
        }
        checksum.update(piece, 0, n);
        to.accept(piece, n);
        bytes += n;
      }
    }
    return new FileBytes(path, bytes, checksum.getValue(), head);
  }

  private static void requireFile(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      throw new BadInput(path.toString(), "is a directory; give files");
    }
    if (!Files.isRegularFile(path)) { // a pipe is gone once it was read; /dev/zero never ends
      throw new BadInput(path.toString(), "is no regular file, and it is read more than once");
    }
  }

  /** What the first bytes say a file is that was not read as such; empty where they say nothing. */
  String looksLike() {
    if (head.startsWith("%PDF-")) {
      return "a PDF: name it so (.pdf)";
    }
    if (head.startsWith("PK\3\4")
        && (head.contains("application/epub+zip") || head.contains("META-INF/container.xml"))) {
      return "an EPUB: name it so (.epub)";
    }
    if (head.startsWith("PK\3\4")) {
      return "a zip archive (or a document of an office program): save its text as a text file";
    }
    if (head.startsWith("\u001f\u008b")) {
      return "compressed with gzip: unpack it first";
    }
    return "";
  }
}
