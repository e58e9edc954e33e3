package org.minillm.train.text;

import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.BulletList;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.ListBlock;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;

/**
 * What a Markdown text shows: a blank line between blocks, a line of the source joined to the next
 * of its paragraph, list items with their marks, code as it is. HTML and the addresses of links and
 * images are left out.
 */
final class MarkdownText {
  /** Deepest nesting that is understood; beyond it marks are text. */
  private static final int DEEPEST = 100;

  private final Parser parser =
      Parser.builder().maxOpenBlockParsers(DEEPEST).maxInlineNesting(DEEPEST).build();

  String of(String markdown) {
    Writer writer = new Writer();
    parser.parse(markdown).accept(writer);
    return writer.text.toString();
  }

  private static final class Writer extends AbstractVisitor {
    final StringBuilder text = new StringBuilder();
    private String indent = "";
    private boolean table;

    @Override
    public void visit(Heading heading) {
      visitChildren(heading);
      endBlock();
    }

    @Override
    public void visit(Paragraph paragraph) {
      table = paragraph.getFirstChild() instanceof Text t && t.getLiteral().startsWith("|");
      visitChildren(paragraph);
      boolean tight = paragraph.getParent().getParent() instanceof ListBlock l && l.isTight();
      text.append(tight ? "\n" : "\n\n");
    }

    @Override
    public void visit(BulletList list) {
      visitList(list);
    }

    @Override
    public void visit(OrderedList list) {
      visitList(list);
    }

    private void visitList(ListBlock list) {
      visitChildren(list);
      if (list.isTight() && indent.isEmpty()) {
        text.append('\n');
      }
    }

    @Override
    public void visit(ListItem item) {
      String mark = "- ";
      if (item.getParent() instanceof OrderedList list) {
        int number = list.getMarkerStartNumber() == null ? 1 : list.getMarkerStartNumber();
        for (Node before = item.getPrevious(); before != null; before = before.getPrevious()) {
          number++;
        }
        mark = number + ". ";
      }
      text.append(indent).append(mark);
      String outer = indent;
      indent += "  ";
      visitChildren(item);
      indent = outer;
      if (item.getFirstChild() == null) {
        text.append('\n');
      }
    }

    @Override
    public void visit(FencedCodeBlock code) {
      text.append(code.getLiteral());
      endBlock();
    }

    @Override
    public void visit(IndentedCodeBlock code) {
      text.append(code.getLiteral());
      endBlock();
    }

    @Override
    public void visit(Code code) {
      text.append(code.getLiteral());
    }

    @Override
    public void visit(Text node) {
      text.append(node.getLiteral());
    }

    @Override
    public void visit(SoftLineBreak lineBreak) {
      text.append(table ? '\n' : ' ');
    }

    @Override
    public void visit(HardLineBreak lineBreak) {
      text.append('\n').append(indent);
    }

    private void endBlock() {
      boolean ended = text.length() > 0 && text.charAt(text.length() - 1) == '\n';
      text.append(ended ? "\n" : "\n\n");
    }
  }
}
