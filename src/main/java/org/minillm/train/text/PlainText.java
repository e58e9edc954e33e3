package org.minillm.train.text;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Plain text. A line {@value TextFile#SEPARATOR} stands between documents; a file without one is
 * cut by {@link PieceCutter}. No file is ever whole in memory.
 */
record PlainText(TextFile file) implements SourceFile.Textual {
  static PlainText recognise(Path path) throws IOException {
    return new PlainText(TextFile.recognise(path));
  }

  @Override
  public boolean inPieces() {
    return !file.separated();
  }

  @Override
  public TextFormat format() {
    return TextFormat.TEXT;
  }

  @Override
  public String detail() {
    return file.separated() ? "" : "no " + TextFile.SEPARATOR + " lines: cut into pieces";
  }

  @Override
  public void read(TextSink to) throws IOException {
    try (TextLines lines = file.open()) {
      if (file.separated()) {
        new Separated(to).read(lines);
      } else {
        PieceCutter cutter = new PieceCutter((text, line) -> to.text(text, line, ""));
        for (String line = lines.next(); line != null; line = lines.next()) {
          cutter.add(line, lines.ended());
        }
        cutter.end();
      }
    }
  }

  /** Documents with separators between them. */
  private static final class Separated {
    private final TextSink to;
    private final StringBuilder text = new StringBuilder();

    /** The line being read, and the document's first that is not blank; 0 while there is none. */
    private long number;

    private long first;
    private boolean separated;

    Separated(TextSink to) {
      this.to = to;
    }

    void read(TextLines lines) throws IOException {
      boolean begins = true;
      for (String line = lines.next(); line != null; line = lines.next()) {
        boolean whole = begins && lines.ended();
        number += begins ? 1 : 0;
        begins = lines.ended();
        if (whole && line.strip().equals(TextFile.SEPARATOR)) {
          if (!flush() && separated) {
            to.empty(number);
          }
          separated = true;
          continue;
        }
        if (text.length() >= LONGEST_DOCUMENT) {
          flush();
        }
        first = first == 0 && !line.isBlank() ? number : first;
        text.append(line).append(begins ? "\n" : "");
      }
      flush();
    }

    /** Hands the document over, if there is one. */
    private boolean flush() {
      String document = text.toString().strip();
      text.setLength(0);
      if (!document.isEmpty()) {
        to.text(document, first, "");
      }
      first = 0;
      return !document.isEmpty();
    }
  }
}
