package org.minillm.train.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * A text file whose encoding was recognised: a byte-order mark decides, else UTF-8 where the file
 * is UTF-8 but for a few broken bytes (a download that was cut inside a character), else UTF-16
 * where every other byte is zero, else Windows-1252 (ISO-8859-1 and its printable additions). Files
 * with bytes that no text has are refused.
 *
 * @param separated whether a line {@value #SEPARATOR} stands in it
 * @param brokenBytes bytes that are no UTF-8 in a file that otherwise is
 * @param checksum CRC-32C of its bytes
 */
public record TextFile(
    Path path,
    Charset charset,
    int markBytes,
    boolean separated,
    long bytes,
    long brokenBytes,
    long checksum) {
  /** The line between documents. */
  public static final String SEPARATOR = "<|endoftext|>";

  private static final int PIECE = FileBytes.PIECE;
  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

  /** Control characters a text may hold a thousand bytes of. */
  private static final double MOST_CONTROLS = 0.002;

  /** Share of the bytes beyond ASCII that may be broken in a file of UTF-8. */
  private static final double MOST_BROKEN = 0.05;

  /**
   * Reads the file once, through 64 kB, and recognises it.
   *
   * @throws BadInput if it is not text
   */
  public static TextFile recognise(Path path) throws IOException {
    Scan scan = new Scan();
    FileBytes bytes = FileBytes.read(path, scan::accept);
    scan.end();
    Charset charset = scan.charset(bytes);
    int mark = scan.markBytes();
    long broken = charset.equals(StandardCharsets.UTF_8) ? scan.broken : 0;
    TextFile file = new TextFile(path, charset, mark, false, scan.bytes, broken, bytes.checksum());
    return new TextFile(
        path, charset, mark, file.hasSeparator(), scan.bytes, broken, bytes.checksum());
  }

  private boolean hasSeparator() throws IOException {
    try (TextLines lines = open()) {
      boolean whole = true;
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (whole && lines.ended() && line.strip().equals(SEPARATOR)) {
          return true;
        }
        whole = lines.ended();
      }
      return false;
    }
  }

  /** The text, from behind the byte-order mark, line ends as they are. */
  public Reader reader() throws IOException {
    InputStream in = Files.newInputStream(path);
    in.skipNBytes(markBytes);
    return new InputStreamReader(in, charset);
  }

  /** The text's lines. */
  TextLines open() throws IOException {
    return new TextLines(reader());
  }

  /** The same file, read as another encoding. */
  TextFile as(Charset other) {
    return new TextFile(path, other, markBytes, separated, bytes, 0, checksum);
  }

  /** What was recognised, for people: the encoding where it is not UTF-8, and what is broken. */
  String remarks() {
    return (charset.equals(StandardCharsets.UTF_8) ? "" : "read as " + charset.name())
        + (brokenBytes == 0 ? "" : "UTF-8 with " + brokenBytes + " broken bytes, read as \uFFFD");
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

    /** Bytes that are no part of a UTF-8 character. */
    private long broken;

    /** Those of them that are an unfinished character at the very end. */
    private int unfinished;

    /** Bytes beyond ASCII. */
    private long high;

    /** Zero bytes at even and at odd places. */
    private final long[] zeros = new long[2];

    private long controls;
    private long bytes;

    void accept(byte[] piece, int n) {
      for (int i = 0; i < Math.min(n, 3) && bytes == 0; i++) {
        head[i] = piece[i];
      }
      for (int i = 0; i < n; i++) {
        int b = piece[i] & 0xFF;
        if (b == 0) {
          zeros[(int) (bytes + i) & 1]++;
        } else if (b >= 128) {
          high++;
        } else if ((b < 32 && b != '\n' && b != '\r' && b != '\t' && b != '\f') || b == 127) {
          controls++;
        }
      }
      bytes += n;
      pending.put(piece, 0, n).flip();
      decode(false);
      pending.compact();
    }

    void end() {
      pending.flip();
      unfinished = pending.remaining();
      decode(true);
      unfinished = broken == 0 ? 0 : unfinished;
    }

    private void decode(boolean last) {
      while (true) {
        chars.clear();
        CoderResult result = utf8.decode(pending, chars, last);
        if (!result.isError()) {
          return;
        }
        broken += result.length();
        pending.position(pending.position() + result.length());
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

    Charset charset(FileBytes file) {
      if (isUtf16(0xFF, 0xFE)) {
        return StandardCharsets.UTF_16LE;
      }
      if (isUtf16(0xFE, 0xFF)) {
        return StandardCharsets.UTF_16BE;
      }
      if (isUtf16Without(1)) {
        return StandardCharsets.UTF_16LE;
      }
      if (isUtf16Without(0)) {
        return StandardCharsets.UTF_16BE;
      }
      long zeroBytes = zeros[0] + zeros[1];
      String looksLike = file.looksLike();
      if (file.head().startsWith("%PDF-")) { // may have no byte that a text has not
        throw new BadInput(file.path().toString(), "is not text; it is " + looksLike + ".");
      }
      if (zeroBytes > 0 || controls > MOST_CONTROLS * bytes) {
        throw new BadInput(
            file.path().toString(),
            "is not text ("
                + (zeroBytes > 0 ? zeroBytes + " zero bytes" : controls + " control characters")
                + " in "
                + bytes
                + " bytes)"
                + (looksLike.isEmpty()
                    ? ". Give plain text in UTF-8, UTF-16 or ISO-8859-1."
                    : "; it is " + looksLike + "."));
      }
      // In Windows-1252 nearly every accent is broken UTF-8; a damaged file has a few such places.
      boolean cut = broken == unfinished && high > broken;
      return cut || broken <= MOST_BROKEN * high ? StandardCharsets.UTF_8 : WINDOWS_1252;
    }

    /** UTF-16 without its mark: in the languages of this alphabet most high bytes are zero. */
    private boolean isUtf16Without(int highByte) {
      return bytes % 2 == 0
          && zeros[highByte] > 0.7 * (bytes / 2)
          && zeros[1 - highByte] <= 0.01 * (bytes / 2);
    }
  }
}
