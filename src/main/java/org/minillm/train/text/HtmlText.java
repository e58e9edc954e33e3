package org.minillm.train.text;

import java.util.Set;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeTraversor;
import org.jsoup.select.NodeVisitor;

/**
 * The main text of a page: its {@code main} or {@code article} where that holds most of it, without
 * scripts, navigation, side columns, footers and the fields of forms. A blank line between blocks,
 * a line for a list's item or a table's row, preformatted text as it is.
 */
final class HtmlText implements NodeVisitor {
  /** Deepest nesting of elements that is kept; pages have some dozens. */
  static final int DEEPEST = 256;

  private static final String LEFT_OUT =
      "script, style, noscript, template, nav, aside, footer, svg, iframe, object, rt, rp,"
          + " [hidden], [aria-hidden=true], " // a form may be around a whole page
          + "[role=search], button, datalist, input, label, select, textarea";

  /** Share of the page's text that the main element must hold to stand for it. */
  private static final double MOST = 0.4;

  private static final Set<String> BLOCKS =
      Set.of(
          "address",
          "article",
          "blockquote",
          "body",
          "center",
          "details",
          "div",
          "dl",
          "fieldset",
          "figure",
          "form",
          "h1",
          "h2",
          "h3",
          "h4",
          "h5",
          "h6",
          "header",
          "hr",
          "main",
          "ol",
          "p",
          "pre",
          "section",
          "summary",
          "table",
          "ul");

  private static final Set<String> LINES = Set.of("li", "tr", "dt", "dd", "caption", "figcaption");

  private final StringBuilder text = new StringBuilder();
  private int preformatted;

  /** Line ends that must stand before the next text: 0, 1, or 2 for a blank line. */
  private int breaks;

  private boolean space;

  private HtmlText() {}

  /** The main text of a parsed page, which is changed. */
  static String of(Document page) {
    page.select(LEFT_OUT).remove();
    Element found = page.selectFirst("body");
    Element body = found == null ? page : found;
    Element main = body;
    int all = body.text().length();
    for (String name : new String[] {"article", "main", "[role=main]"}) {
      Element only = body.select(name).size() == 1 ? body.selectFirst(name) : null;
      if (only != null && only.text().length() >= MOST * all) {
        main = only;
        break;
      }
    }
    HtmlText writer = new HtmlText();
    NodeTraversor.traverse(writer, main);
    return writer.text.toString().strip();
  }

  @Override
  public void head(Node node, int depth) {
    if (node instanceof TextNode words) {
      append(words.getWholeText());
    } else if (node instanceof Element element) {
      String name = element.normalName();
      if (name.equals("br")) {
        breaks = Math.max(breaks, 1);
      } else if (name.equals("td") || name.equals("th")) {
        space = true;
      } else {
        breakAround(element, name);
        if (name.equals("pre")) {
          preformatted++;
        }
        if (name.equals("li")) {
          openLine();
          text.append(mark(element));
        }
      }
    }
  }

  @Override
  public void tail(Node node, int depth) {
    if (node instanceof Element element) {
      String name = element.normalName();
      if (name.equals("pre")) {
        preformatted--;
      }
      breakAround(element, name);
    }
  }

  private void breakAround(Element element, String name) {
    if (LINES.contains(name)) {
      breaks = Math.max(breaks, 1);
    } else if (BLOCKS.contains(name)) {
      boolean inItem = element.parent() != null && LINES.contains(element.parent().normalName());
      breaks = Math.max(breaks, inItem ? 1 : 2);
    }
  }

  private static String mark(Element item) {
    boolean numbered = item.parent() != null && item.parent().normalName().equals("ol");
    return numbered ? item.elementSiblingIndex() + 1 + ". " : "- ";
  }

  private void append(String words) {
    if (preformatted > 0) {
      openLine();
      text.append(words);
      return;
    }
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (Character.isWhitespace(c) || c == '\u00A0') {
        space = true;
      } else if (c != '\u00AD' && c != '\uFEFF') { // soft hyphens are for the screen
        openLine();
        text.append(c);
      }
    }
  }

  private void openLine() {
    if (breaks > 0) {
      boolean item = text.length() > 1 && text.charAt(text.length() - 1) == ' ';
      if (text.length() > 0 && !item) { // a paragraph stays beside the mark of its item
        int ends = 0;
        while (ends < 2 && text.length() > ends && text.charAt(text.length() - 1 - ends) == '\n') {
          ends++;
        }
        text.append("\n".repeat(Math.max(0, breaks - ends)));
      }
      breaks = 0;
    } else if (space && text.length() > 0) {
      char before = text.charAt(text.length() - 1);
      if (before != ' ' && before != '\n') {
        text.append(' ');
      }
    }
    space = false;
  }
}
