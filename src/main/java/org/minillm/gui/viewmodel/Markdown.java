package org.minillm.gui.viewmodel;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.BulletList;
import org.commonmark.node.Code;
import org.commonmark.node.Emphasis;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Link;
import org.commonmark.node.ListBlock;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.StrongEmphasis;
import org.commonmark.node.Text;
import org.commonmark.node.ThematicBreak;
import org.commonmark.parser.Parser;

/**
 * An answer's Markdown as blocks, to be shown one under the other. A line's end stays one, as chats
 * have it; HTML and indented text are text, because a small model writes neither on purpose.
 */
public final class Markdown {
  private static final int DEEPEST = 16;
  private static final Parser PARSER =
      Parser.builder()
          .enabledBlockTypes(
              Set.of(
                  Heading.class,
                  FencedCodeBlock.class,
                  BlockQuote.class,
                  ListBlock.class,
                  ThematicBreak.class))
          .maxOpenBlockParsers(DEEPEST)
          .maxInlineNesting(DEEPEST)
          .build();

  /** What a block is. */
  public enum Kind {
    PARAGRAPH,
    HEADING,
    CODE,
    RULE
  }

  /** A piece of text in one style. */
  public record Span(String text, boolean bold, boolean italic, boolean code, boolean link) {
    static Span plain(String text) {
      return new Span(text, false, false, false, false);
    }

    /** Whether it has the style of another. */
    public boolean looksAs(Span other) {
      return bold == other.bold
          && italic == other.italic
          && code == other.code
          && link == other.link;
    }
  }

  /**
   * A block.
   *
   * @param level of a heading, 1 to 6; else 0
   * @param indent lists that it is in
   * @param quoted whether it is in a quotation
   * @param marker what stands before it in a list, such as "•" or "3."; empty for nothing
   */
  public record Block(
      Kind kind, int level, int indent, boolean quoted, String marker, List<Span> spans) {
    public Block {
      spans = List.copyOf(spans);
    }

    /** The same block with other text. */
    public Block with(List<Span> others) {
      return new Block(kind, level, indent, quoted, marker, others);
    }

    /** Its text without style. */
    public String text() {
      return spans.stream().map(Span::text).collect(Collectors.joining());
    }
  }

  private Markdown() {}

  /** The blocks of a text; at least one. */
  public static List<Block> parse(String text) {
    Blocks blocks = new Blocks();
    PARSER.parse(text).accept(blocks);
    return blocks.made.isEmpty() ? plain("") : blocks.made;
  }

  /** A text as it stands, as one block. */
  public static List<Block> plain(String text) {
    return List.of(new Block(Kind.PARAGRAPH, 0, 0, false, "", List.of(Span.plain(text))));
  }

  /** Walks the tree; parsing bounds how deep it is. */
  private static final class Blocks extends AbstractVisitor {
    private final List<Block> made = new ArrayList<>();
    private final List<Span> spans = new ArrayList<>();
    private int indent;
    private int quotes;
    private String marker = "";
    private int bold;
    private int italic;
    private int link;

    private void add(Kind kind, int level) {
      made.add(new Block(kind, level, indent, quotes > 0, marker, spans));
      spans.clear();
      marker = "";
    }

    private void span(String text, boolean code) {
      spans.add(new Span(text, bold > 0, italic > 0, code, link > 0));
    }

    @Override
    public void visit(Paragraph node) {
      visitChildren(node);
      add(Kind.PARAGRAPH, 0);
    }

    @Override
    public void visit(Heading node) {
      visitChildren(node);
      add(Kind.HEADING, node.getLevel());
    }

    @Override
    public void visit(FencedCodeBlock node) {
      String text = node.getLiteral();
      span(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text, true);
      add(Kind.CODE, 0);
    }

    @Override
    public void visit(ThematicBreak node) {
      add(Kind.RULE, 0);
    }

    @Override
    public void visit(BlockQuote node) {
      quotes++;
      visitChildren(node);
      quotes--;
    }

    @Override
    public void visit(BulletList node) {
      list(node, -1);
    }

    @Override
    public void visit(OrderedList node) {
      Integer start = node.getMarkerStartNumber();
      list(node, start == null ? 1 : start);
    }

    private void list(ListBlock node, int start) {
      indent++;
      int number = start;
      for (Node item = node.getFirstChild(); item != null; item = item.getNext()) {
        if (item instanceof ListItem) {
          marker = start < 0 ? "•" : number + ".";
          number++;
          visitChildren(item);
          if (!marker.isEmpty()) { // an item without a text yet
            add(Kind.PARAGRAPH, 0);
          }
        }
      }
      indent--;
    }

    @Override
    public void visit(Emphasis node) {
      italic++;
      visitChildren(node);
      italic--;
    }

    @Override
    public void visit(StrongEmphasis node) {
      bold++;
      visitChildren(node);
      bold--;
    }

    @Override
    public void visit(Link node) {
      link++;
      visitChildren(node);
      link--;
    }

    @Override
    public void visit(Code node) {
      span(node.getLiteral(), true);
    }

    @Override
    public void visit(Text node) {
      span(node.getLiteral(), false);
    }

    @Override
    public void visit(HtmlInline node) {
      span(node.getLiteral(), false);
    }

    @Override
    public void visit(SoftLineBreak node) {
      span("\n", false);
    }

    @Override
    public void visit(HardLineBreak node) {
      span("\n", false);
    }
  }
}
