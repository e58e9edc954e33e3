package org.minillm.train.text;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Markdown, read as the text it shows: headings, paragraphs, lists and code, without the marks. A
 * long file is read in blocks of about a million characters, cut at a blank line outside of code.
 *
 * <p>A page's settings in YAML between {@code ---} and {@code ---} or {@code ...} at its beginning
 * are no text. What only begins with a rule is.
 */
record MarkdownFile(TextFile file) implements SourceFile.Textual {
  private static final int BLOCK = 1 << 20;

  /** Lines after which settings must have ended. */
  private static final int MOST_SETTINGS = 200;

  private static final Pattern SETTING = Pattern.compile("[\"']?[\\p{L}\\d_-]+[\"']?:(\\s.*)?");

  /** A line, or a part of a long one that goes on. */
  private record Piece(String text, boolean ended) {}

  static MarkdownFile recognise(Path path) throws IOException {
    return new MarkdownFile(TextFile.recognise(path));
  }

  @Override
  public boolean inPieces() {
    return true;
  }

  @Override
  public TextFormat format() {
    return TextFormat.MARKDOWN;
  }

  @Override
  public void read(TextSink to) throws IOException {
    PieceCutter cutter = new PieceCutter((text, line) -> to.text(text, 0, ""));
    MarkdownText markdown = new MarkdownText();
    StringBuilder block = new StringBuilder();
    try (TextLines lines = file.open()) {
      Deque<Piece> waiting = withoutSettings(lines);
      boolean begins = true;
      boolean code = false;
      for (Piece piece = next(waiting, lines); piece != null; piece = next(waiting, lines)) {
        String line = piece.text();
        boolean whole = begins && piece.ended();
        begins = piece.ended();
        code ^= whole && isFence(line);
        boolean cut = whole && line.isBlank() && !code && block.length() >= BLOCK;
        if (cut || block.length() >= LONGEST_DOCUMENT) {
          cutter.lines(markdown.of(block.toString()));
          block.setLength(0);
        }
        block.append(line).append(begins ? "\n" : "");
      }
    }
    cutter.lines(markdown.of(block.toString()));
    cutter.end();
  }

  private static @Nullable Piece next(Deque<Piece> waiting, TextLines lines) throws IOException {
    if (!waiting.isEmpty()) {
      return waiting.poll();
    }
    String text = lines.next();
    return text == null ? null : new Piece(text, lines.ended());
  }

  /** What was read to see whether the file begins with settings; nothing where it does. */
  private static Deque<Piece> withoutSettings(TextLines lines) throws IOException {
    Deque<Piece> read = new ArrayDeque<>();
    boolean settings = true;
    while (settings && read.size() < MOST_SETTINGS) {
      Piece piece = next(new ArrayDeque<>(), lines);
      if (piece == null) {
        return read;
      }
      String line = piece.text().strip();
      if (!read.isEmpty() && (line.equals("---") || line.equals("..."))) {
        return new ArrayDeque<>();
      }
      settings =
          piece.ended()
              && switch (read.size()) {
                case 0 -> line.equals("---");
                case 1 -> SETTING.matcher(line).matches();
                default -> true;
              };
      read.add(piece);
    }
    return read;
  }

  private static boolean isFence(String line) {
    String text = line.stripLeading();
    return text.startsWith("```") || text.startsWith("~~~");
  }
}
