package org.minillm.train.text;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Markdown, read as the text it shows: headings, paragraphs, lists and code, without the marks. A
 * long file is read in blocks of about a million characters, cut at a blank line outside of code.
 */
record MarkdownFile(TextFile file) implements SourceFile.Textual {
  private static final int BLOCK = 1 << 20;

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
      boolean begins = true;
      boolean code = false;
      boolean first = true;
      boolean frontMatter = false;
      for (String line = lines.next(); line != null; line = lines.next()) {
        boolean whole = begins && lines.ended();
        begins = lines.ended();
        boolean rule = whole && line.strip().equals("---");
        frontMatter = first ? rule : frontMatter && !rule; // the page's settings, in YAML
        boolean settings = frontMatter || (rule && block.length() == 0);
        first = false;
        if (settings) {
          continue;
        }
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

  private static boolean isFence(String line) {
    String text = line.stripLeading();
    return text.startsWith("```") || text.startsWith("~~~");
  }
}
