package org.minillm.train.text;

import java.util.regex.Pattern;

/**
 * Makes running text of printed pages: joins the lines of a paragraph, the halves of a word that
 * was hyphenated at a line's end, and the parts of a paragraph that goes on over the page; leaves
 * page numbers out.
 */
final class PageJoiner {
  private static final Pattern BLANK_LINES = Pattern.compile("\\n[ \\t]*\\n\\s*");
  private static final Pattern PAGE_NUMBER = Pattern.compile("[\\s\\-–—|·]*\\d{1,5}[\\s\\-–—|·]*");

  private final PieceCutter to;
  private final StringBuilder paragraph = new StringBuilder();

  PageJoiner(PieceCutter to) {
    this.to = to;
  }

  /**
   * @param text of a page, blank lines between its paragraphs
   */
  void page(String text) {
    boolean first = true;
    for (String block : BLANK_LINES.split(text.strip())) {
      if (block.isBlank() || PAGE_NUMBER.matcher(block).matches()) {
        continue;
      }
      if (!(first && goesOn(block))) {
        end();
      }
      first = false;
      block.lines().forEach(this::join);
    }
  }

  /**
   * Whether the paragraph under way ends without an end and this one begins without a beginning.
   */
  private boolean goesOn(String block) {
    if (paragraph.length() == 0) {
      return false;
    }
    char last = paragraph.charAt(paragraph.length() - 1);
    return Character.isLowerCase(block.codePointAt(0))
        && (Character.isLetterOrDigit(last) || last == ',' || isHyphen(last));
  }

  private void join(String line) {
    String words = line.strip();
    int end = paragraph.length() - 1;
    if (words.isEmpty()) {
      return;
    }
    if (end >= 1
        && isHyphen(paragraph.charAt(end))
        && Character.isLetter(paragraph.charAt(end - 1))
        && Character.isLowerCase(words.codePointAt(0))) {
      paragraph.setLength(end);
    } else if (end >= 0) {
      paragraph.append(' ');
    }
    paragraph.append(words);
  }

  private static boolean isHyphen(char c) {
    return c == '-' || c == '\u00AD' || c == '\u2010';
  }

  /** The paragraph under way is complete. */
  void end() {
    if (paragraph.length() > 0) {
      to.lines(paragraph.append("\n\n").toString());
      paragraph.setLength(0);
    }
  }
}
