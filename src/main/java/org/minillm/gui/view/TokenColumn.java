package org.minillm.gui.view;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javafx.scene.control.Label;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import org.minillm.app.TokenizedText;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.tokenizer.TokenSpan;

/** A text as one tokenizer cuts it: what it costs, its tokens with their ids, one in detail. */
final class TokenColumn extends VBox {
  private final Texts texts;
  private final Label name = new Label();
  private final Label cost = new Label();
  private final Label detail = new Label();
  private final TokenMap map = new TokenMap(4, true);
  private List<TokenSpan> spans = List.of();

  TokenColumn(Texts texts) {
    super(4);
    this.texts = texts;
    name.getStyleClass().add("title");
    cost.getStyleClass().add("muted");
    detail.getStyleClass().add("small");
    for (Label label : List.of(cost, detail)) {
      label.setWrapText(true);
      label.setMinHeight(USE_PREF_SIZE);
    }
    VBox.setVgrow(map, Priority.ALWAYS);
    setMinWidth(0);
    setPrefWidth(100);
    map.onSelect(this::tell);
    getChildren().addAll(name, cost, map, detail);
  }

  void show(TokenizedText text) {
    spans = text.spans();
    name.setText(text.name());
    cost.setText(
        texts.get(
            "inspect.cost",
            spans.size(),
            texts.number(text.bytes(), 0),
            texts.number(text.bytesPerToken(), 2),
            texts.number(100 * text.contextShare(), 0),
            texts.number(text.contextLength(), 0),
            texts.number(text.vocabSize(), 0)));
    List<TokenMap.Cell> cells = new ArrayList<>(spans.size());
    for (int i = 0; i < spans.size(); i++) {
      TokenSpan span = spans.get(i);
      String id = Integer.toString(span.id());
      cells.add(new TokenMap.Cell(spaces(span), Double.NaN, 0, i % 4, false, id));
    }
    map.show(cells);
    map.select(-1);
    detail.setText(texts.get("inspect.pickToken"));
  }

  /** Spaces are what a tokenizer is about: they are to be seen. */
  private static String spaces(TokenSpan span) {
    return span.text().replace(' ', '·');
  }

  private void tell(int index) {
    TokenSpan span = spans.get(index);
    StringBuilder hex = new StringBuilder();
    if (span.whole()) {
      for (byte b : span.text().getBytes(StandardCharsets.UTF_8)) {
        hex.append(String.format("%02X ", b));
      }
    } else {
      hex.append(span.text().replaceAll("<0x(..)>", "$1 "));
    }
    String text =
        texts.get(
            "inspect.token",
            spaces(span),
            Integer.toString(span.id()),
            span.bytes(),
            hex.toString().strip());
    detail.setText(span.whole() ? text : text + " · " + texts.get("inspect.partOf", span.partOf()));
    map.setAccessibleText(detail.getText());
  }
}
