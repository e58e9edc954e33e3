package org.minillm.train.text;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a text in pieces of bounded length: a file may be a single line of any size. Lines end
 * at {@code \n}, {@code \r} or both together.
 */
final class TextLines implements AutoCloseable {
  /** Longest piece, in chars. */
  static final int PIECE = 1 << 16;

  private final Reader in;
  private final char[] buffer = new char[PIECE];
  private int at;
  private int end;
  private boolean skipLineFeed;
  private boolean ended = true;

  TextLines(Reader in) {
    this.in = in;
  }

  /**
   * The next piece, without its line end; null at the end of the text.
   *
   * <p>A pair of surrogates is never cut.
   */
  @Nullable String next() throws IOException {
    ended = false;
    StringBuilder piece = new StringBuilder();
    while (true) {
      if (at == end && !fill()) {
        ended = true;
        return piece.length() == 0 ? null : piece.toString();
      }
      if (skipLineFeed) {
        skipLineFeed = false;
        if (buffer[at] == '\n') {
          at++;
          continue;
        }
      }
      int from = at;
      int limit = Math.min(end, from + PIECE - piece.length());
      while (at < limit && buffer[at] != '\n' && buffer[at] != '\r') {
        at++;
      }
      piece.append(buffer, from, at - from);
      if (at < limit) {
        skipLineFeed = buffer[at++] == '\r';
        ended = true;
        return piece.toString();
      }
      if (piece.length() >= PIECE && !Character.isHighSurrogate(piece.charAt(piece.length() - 1))) {
        return piece.toString();
      }
      if (piece.length() >= PIECE) {
        appendOne(piece);
        return piece.toString();
      }
    }
  }

  /** Whether the last piece was the rest of its line. */
  boolean ended() {
    return ended;
  }

  private void appendOne(StringBuilder piece) throws IOException {
    if ((at < end || fill()) && Character.isLowSurrogate(buffer[at])) {
      piece.append(buffer[at++]);
    }
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer, 0, PIECE));
    return end > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
