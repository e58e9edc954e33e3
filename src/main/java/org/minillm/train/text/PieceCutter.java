package org.minillm.train.text;

/**
 * Cuts a text that says nothing of documents into pieces: at a blank line once a piece has {@value
 * #PIECE} characters, at any line's end from twice, inside a line from eight times that length.
 */
final class PieceCutter {
  private static final int PIECE = 2000;

  /** Hears pieces. */
  @FunctionalInterface
  interface Pieces {
    /**
     * @param line the piece's first line, of those that were given, from 1
     */
    void accept(String text, long line);
  }

  private final StringBuilder text = new StringBuilder();
  private final Pieces to;
  private boolean begins = true;

  /** The line being given, and the piece's first that is not blank; 0 while there is none. */
  private long number;

  private long first;

  PieceCutter(Pieces to) {
    this.to = to;
  }

  /** Takes lines. */
  void lines(String lines) {
    lines.lines().forEach(line -> add(line, true));
  }

  /**
   * Takes a line or a part of one.
   *
   * @param ends whether the line ends with it
   */
  void add(String line, boolean ends) {
    boolean blank = ends && line.isBlank();
    number += begins ? 1 : 0;
    if (begins && ((blank && text.length() >= PIECE) || text.length() >= 2 * PIECE)) {
      end();
    }
    begins = ends;
    int at = 0;
    while (line.length() - at > 8 * PIECE) {
      int end = line.lastIndexOf(' ', at + 8 * PIECE);
      end = end <= at ? codePointEnd(line, at + 8 * PIECE) : end;
      append(line, at, end);
      end();
      at = end;
    }
    append(line, at, line.length());
    text.append(ends ? "\n" : "");
  }

  private void append(String line, int from, int to) {
    text.append(line, from, to);
    first = first == 0 && !line.isBlank() ? number : first;
  }

  /** What is left is a piece, too. */
  void end() {
    String document = text.toString().strip();
    text.setLength(0);
    if (!document.isEmpty()) {
      to.accept(document, first);
    }
    first = 0;
  }

  private static int codePointEnd(String line, int end) {
    return Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end;
  }
}
