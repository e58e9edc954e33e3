package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import javafx.collections.ObservableList;
import javafx.scene.AccessibleRole;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.scene.text.Text;
import javafx.scene.text.TextFlow;
import org.minillm.gui.viewmodel.Markdown;
import org.minillm.gui.viewmodel.Markdown.Block;
import org.minillm.gui.viewmodel.Markdown.Kind;
import org.minillm.gui.viewmodel.Markdown.Span;

/**
 * A message's text: Markdown or plain, with a selection. While an answer streams, the last block
 * grows as a rule: what it has keeps its nodes, for which styles would be worked out anew.
 */
final class MessageText extends VBox {
  private static final double INDENT = 22;
  private static final double MARKER = 20;

  private final TextSelection selection = new TextSelection(this);
  private final List<TextFlow> flows = new ArrayList<>();
  private List<Block> blocks = List.of();

  MessageText() {
    super(8);
    getStyleClass().add("message-text");
    setMinHeight(Region.USE_PREF_SIZE);
    setAccessibleRole(AccessibleRole.TEXT);
  }

  /**
   * Shows a text.
   *
   * @param markdown whether it is Markdown
   */
  void show(String text, boolean markdown) {
    List<Block> next = markdown ? Markdown.parse(text) : Markdown.plain(text);
    setAccessibleText(text);
    int same = 0;
    while (same < next.size() && same < blocks.size() && next.get(same).equals(blocks.get(same))) {
      same++;
    }
    if (same == next.size() && same == blocks.size()) {
      return;
    }
    selection.clear();
    if (same == blocks.size() - 1 && same < next.size() && grow(same, next.get(same))) {
      same++;
    }
    getChildren().remove(same, getChildren().size());
    flows.subList(same, flows.size()).clear();
    for (Block block : next.subList(same, next.size())) {
      getChildren().add(node(block));
    }
    blocks = next;
    selection.over(flows);
  }

  /** Lets a block become another that goes on with it; false if it does not go on with it. */
  private boolean grow(int at, Block next) {
    Block was = blocks.get(at);
    int last = was.spans().size() - 1;
    if (last < 0
        || next.spans().size() <= last
        || !next.with(was.spans()).equals(was)
        || !next.spans().subList(0, last).equals(was.spans().subList(0, last))
        || !next.spans().get(last).looksAs(was.spans().get(last))) {
      return false;
    }
    ObservableList<Node> runs = flows.get(at).getChildren();
    ((Text) runs.get(last)).setText(next.spans().get(last).text());
    for (Span span : next.spans().subList(last + 1, next.spans().size())) {
      runs.add(run(span, next.kind()));
    }
    return true;
  }

  private Node node(Block block) {
    TextFlow flow = flow(block);
    flows.add(flow);
    Node node = flow;
    if (block.kind() == Kind.CODE) {
      node = new StackPane(flow);
      node.getStyleClass().add("code-block");
    } else if (block.kind() == Kind.RULE) {
      Region line = new Region();
      line.getStyleClass().add("rule");
      node = new StackPane(line, flow);
    }
    if (block.indent() > 0) {
      Label marker = new Label(block.marker());
      marker.getStyleClass().add("list-marker");
      marker.setMinWidth(MARKER);
      HBox row = new HBox(marker, node);
      row.setPadding(new javafx.geometry.Insets(0, 0, 0, (block.indent() - 1) * INDENT));
      HBox.setHgrow(node, Priority.ALWAYS);
      node = row;
    }
    if (block.quoted()) {
      StackPane quote = new StackPane(node);
      quote.getStyleClass().add("quote");
      node = quote;
    }
    return node;
  }

  private static TextFlow flow(Block block) {
    TextFlow flow = new TextFlow();
    flow.setMinHeight(Region.USE_PREF_SIZE);
    if (block.kind() == Kind.HEADING) {
      flow.getStyleClass().add("heading-" + Math.min(block.level(), 3));
    }
    for (Span span : block.spans()) {
      flow.getChildren().add(run(span, block.kind()));
    }
    return flow;
  }

  private static Text run(Span span, Kind kind) {
    Text text = new Text(span.text());
    text.getStyleClass().add("message-run");
    style(text, span.bold() || kind == Kind.HEADING, "bold");
    style(text, span.italic(), "italic");
    style(text, span.code(), "code");
    style(text, span.link(), "link");
    return text;
  }

  private static void style(Text text, boolean has, String style) {
    if (has) {
      text.getStyleClass().add(style);
    }
  }
}
