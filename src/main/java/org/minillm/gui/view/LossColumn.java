package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ContentDisplay;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import org.minillm.app.ScoredText;
import org.minillm.gui.viewmodel.Texts;

/** A text with each token coloured by its loss under one model; the most surprising ones listed. */
final class LossColumn extends VBox {
  private static final int LISTED = 6;
  private static final double WORD = 72;
  private static final double BAR = 240;
  private static final double EXPECTED = 124;

  private final Texts texts;
  private final Label name = new Label();
  private final Label sums = new Label();
  private final Label detail = new Label();
  private final TokenMap map = new TokenMap(0, false);
  private final VBox surprises = new VBox(2);
  private ScoredText shown = new ScoredText("", List.of(), new float[0], List.of(), 0, 1);

  LossColumn(Texts texts) {
    super(4);
    this.texts = texts;
    name.getStyleClass().add("title");
    sums.getStyleClass().add("muted");
    detail.getStyleClass().add("small");
    for (Label label : List.of(sums, detail)) {
      label.setWrapText(true);
      label.setMinHeight(USE_PREF_SIZE);
    }
    VBox.setVgrow(map, Priority.ALWAYS);
    setMinWidth(0);
    setPrefWidth(100);
    surprises.setMinHeight(USE_PREF_SIZE);
    map.onSelect(this::tell);
    HBox head = new HBox(10, name, new HeatLegend(texts));
    head.setAlignment(Pos.CENTER_LEFT);
    getChildren()
        .addAll(
            head,
            sums,
            map,
            detail,
            Controls.label(texts, "inspect.mostSurprising", "key"),
            surprises);
  }

  void show(ScoredText text) {
    shown = text;
    name.setText(text.name());
    sums.setText(
        texts.get(
            "inspect.sums",
            texts.number(text.bitsPerByte(), 2),
            texts.number(text.totalBits(), 0),
            texts.number(text.loss(), 2),
            text.spans().size(),
            texts.number(text.contextLength(), 0)));
    List<TokenMap.Cell> cells = new ArrayList<>(text.spans().size());
    for (int i = 0; i < text.spans().size(); i++) {
      double heat = HeatLegend.heat(text.bits()[i]);
      cells.add(new TokenMap.Cell(text.spans().get(i).text(), heat, 0, -1, false));
    }
    map.show(cells);
    map.select(-1);
    detail.setText(texts.get("inspect.pickToken"));
    surprises.getChildren().clear();
    double most = text.bits().length == 0 ? 1 : bits(text.mostSurprising(1));
    for (int i : text.mostSurprising(LISTED)) {
      surprises.getChildren().add(row(i, most));
    }
  }

  private double bits(List<Integer> first) {
    return first.isEmpty() ? 1 : shown.bits()[first.get(0)];
  }

  private Node row(int i, double most) {
    String word = visible(shown.spans().get(i).text());
    String bits = texts.number(shown.bits()[i], 1);
    ShareRow row = new ShareRow(word, WORD, shown.bits()[i] / most, bits, "surprise");
    row.limitBar(BAR);
    HBox.setHgrow(row, Priority.ALWAYS);
    Label expected = new Label(expected(i));
    expected.getStyleClass().add("muted");
    expected.setMinWidth(0);
    expected.setPrefWidth(EXPECTED); // the same in all rows, so that bars can be compared
    expected.setMaxWidth(Double.MAX_VALUE);
    HBox.setHgrow(expected, Priority.ALWAYS);
    HBox line = new HBox(10, row, expected);
    line.setAlignment(Pos.CENTER_LEFT);
    Button show = new Button();
    show.setGraphic(line);
    show.setContentDisplay(ContentDisplay.GRAPHIC_ONLY);
    show.setMaxWidth(Double.MAX_VALUE);
    line.prefWidthProperty().bind(show.widthProperty().subtract(16));
    show.getStyleClass().addAll("bare", "alternative");
    show.setAccessibleText(texts.get("inspect.loss", word, bits, expected.getText()));
    show.setOnAction(
        e -> {
          map.select(i);
          tell(i);
        });
    return show;
  }

  private void tell(int i) {
    detail.setText(
        texts.get(
            "inspect.loss",
            visible(shown.spans().get(i).text()),
            texts.number(shown.bits()[i], 1),
            expected(i)));
    map.setAccessibleText(detail.getText());
  }

  /** What the model expected in a token's place; the marks of a conversation by their meaning. */
  private String expected(int i) {
    String token = shown.expected().get(i);
    return switch (token) {
      case "<|im_start|>" -> texts.get("inspect.expectedMessage");
      case "<|im_end|>" -> texts.get("inspect.expectedMessageEnd");
      case "<|endoftext|>" -> texts.get("inspect.expectedEnd");
      default -> texts.get("inspect.expectedWord", visible(token));
    };
  }

  private static String visible(String text) {
    return text.replace(' ', '·').replace("\n", "↵").replace("\t", "⇥").replace("\r", "␍");
  }
}
