package org.minillm.train;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * A text file whose encoding was recognised: a byte-order mark decides, else UTF-8 where the whole
 * file is UTF-8, else Windows-1252 (ISO-8859-1 and its printable additions). Files with bytes that
 * no text has are refused.
 *
 * @param separated whether a line {@value Corpus#SEPARATOR} stands in it
 * @param checksum CRC-32C of its bytes
 */
record TextFile(
    Path path, Charset charset, int markBytes, boolean separated, long bytes, long checksum) {
  private static final int PIECE = 1 << 16;
  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

  /** Control characters a text may hold a thousand bytes of. */
  private static final double MOST_CONTROLS = 0.002;

  /** Reads the file once, through 64 kB, and recognises it. */
  static TextFile recognise(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      throw new BadInput(path.toString(), "is a directory; give text files");
    }
    Scan scan = new Scan();
    byte[] piece = new byte[PIECE];
    CRC32C checksum = new CRC32C();
    try (InputStream in = Files.newInputStream(path)) {
      for (int n = in.readNBytes(piece, 0, PIECE); n > 0; n = in.readNBytes(piece, 0, PIECE)) {
        checksum.update(piece, 0, n);
        scan.accept(piece, n);
      }
    }
    scan.end();
    Charset charset = scan.charset(path);
    TextFile file =
        new TextFile(path, charset, scan.markBytes(), false, scan.bytes, checksum.getValue());
    return new TextFile(
        path, charset, file.markBytes, file.hasSeparator(), scan.bytes, checksum.getValue());
  }

  private boolean hasSeparator() throws IOException {
    try (BufferedReader lines = open()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.strip().equals(Corpus.SEPARATOR)) {
          return true;
        }
      }
      return false;
    }
  }

  /** The text, from behind the byte-order mark. */
  BufferedReader open() throws IOException {
    InputStream in = Files.newInputStream(path);
    in.skipNBytes(markBytes);
    return new BufferedReader(new InputStreamReader(in, charset), PIECE);
  }

  /** What a pass over the bytes finds. */
  private static final class Scan {
    private final CharsetDecoder utf8 =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer chars = CharBuffer.allocate(PIECE + 8);
    private final ByteBuffer pending = ByteBuffer.allocate(PIECE + 8);
    private final byte[] head = new byte[3];
    private boolean valid = true;
    private long zeros;
    private long controls;
    private long bytes;

    void accept(byte[] piece, int n) {
      for (int i = 0; i < Math.min(n, 3) && bytes == 0; i++) {
        head[i] = piece[i];
      }
      for (int i = 0; i < n; i++) {
        int b = piece[i] & 0xFF;
        if (b == 0) {
          zeros++;
        } else if ((b < 32 && b != '\n' && b != '\r' && b != '\t' && b != '\f') || b == 127) {
          controls++;
        }
      }
      bytes += n;
      if (valid) {
        pending.put(piece, 0, n).flip();
        decode(false);
        pending.compact();
      }
    }

    void end() {
      if (valid) {
        pending.flip();
        decode(true);
      }
    }

    private void decode(boolean last) {
      chars.clear();
      CoderResult result = utf8.decode(pending, chars, last);
      valid = !result.isError();
      if (!valid) {
        pending.position(pending.limit());
      }
    }

    int markBytes() {
      if (head[0] == (byte) 0xEF && head[1] == (byte) 0xBB && head[2] == (byte) 0xBF) {
        return 3;
      }
      return isUtf16(0xFF, 0xFE) || isUtf16(0xFE, 0xFF) ? 2 : 0;
    }

    private boolean isUtf16(int first, int second) {
      return head[0] == (byte) first && head[1] == (byte) second && bytes % 2 == 0;
    }

    Charset charset(Path path) {
      if (isUtf16(0xFF, 0xFE)) {
        return StandardCharsets.UTF_16LE;
      }
      if (isUtf16(0xFE, 0xFF)) {
        return StandardCharsets.UTF_16BE;
      }
      if (zeros > 0 || controls > MOST_CONTROLS * bytes) {
        throw new BadInput(
            path.toString(),
            "is not text ("
                + (zeros > 0 ? zeros + " zero bytes" : controls + " control characters")
                + " in "
                + bytes
                + " bytes). Give plain text in UTF-8, UTF-16 or ISO-8859-1.");
      }
      return valid ? StandardCharsets.UTF_8 : WINDOWS_1252;
    }
  }
}
