package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ComboBox;
import javafx.scene.control.ContentDisplay;
import javafx.scene.control.Label;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.util.StringConverter;
import org.minillm.app.AnswerInspection;
import org.minillm.app.AnswerInspection.Alternative;
import org.minillm.generate.ScoredToken;
import org.minillm.gui.viewmodel.AnswerInspectionViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.model.AttentionWeights;
import org.minillm.tokenizer.TokenSpan;

/**
 * "Why this word?": an answer token by token, and of the selected one what could have stood in its
 * place and which earlier tokens the model attended to.
 */
final class AnswerInspectionView extends BorderPane {
  private static final int MOST_ATTENDED = 8;
  private static final double HEAD = 28;
  private static final double WORD = 112;
  private static final double DETAILS = 240;

  private final AnswerInspectionViewModel why;
  private final Texts texts;
  private final Runnable back;
  private final TokenMap map = new TokenMap(0, false);
  private final VBox alternatives = new VBox(2);
  private final VBox attended = new VBox(2);
  private final Label facts = new Label();
  private final Label hint = new Label();
  private final ComboBox<Integer> layer = new ComboBox<>();
  private final ComboBox<Integer> head = new ComboBox<>();
  private final HBox details;

  /**
   * @param back returns to the conversation
   */
  AnswerInspectionView(AnswerInspectionViewModel why, Texts texts, Runnable back) {
    this.why = why;
    this.texts = texts;
    this.back = back;
    setId("why");
    map.setId("why-map");
    details = new HBox(24, column("why.instead", facts, alternatives), attention());
    details.getStyleClass().add("why-details");
    setTop(top());
    VBox middle = new VBox(10, map);
    VBox.setVgrow(map, Priority.ALWAYS);
    middle.getStyleClass().add("panel-body");
    setCenter(middle);
    hint.setWrapText(true);
    hint.getStyleClass().add("muted");
    VBox foot = new VBox(hint, Controls.error(texts, why.failureProperty()), details);
    foot.getStyleClass().addAll("panel-foot", "panel-body");
    foot.setMinHeight(USE_PREF_SIZE);
    setBottom(foot);
    map.onSelect(
        index ->
            why.inspectionProperty().get().ifPresent(shown -> why.select(index - shown.from())));
    why.inspectionProperty().addListener((o, was, now) -> shown());
    why.selectedProperty().addListener((o, was, now) -> selected());
    why.attentionProperty().addListener((o, was, now) -> attentionCame());
    Controls.follow(this, texts.localeProperty(), this::shown);
    addEventHandler(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.ESCAPE) {
            back.run();
            e.consume();
          }
        });
    shown();
  }

  private Node top() {
    Button close = Controls.button(texts, "why.back", Icon.CLOSE, back);
    close.setId("why-back");
    HBox top =
        new HBox(
            12,
            Controls.label(texts, "why.title", "title"),
            new HeatLegend(texts),
            Controls.spacer(),
            close);
    top.setAlignment(Pos.CENTER_LEFT);
    top.getStyleClass().add("why-top");
    return top;
  }

  private VBox column(String key, Node beside, Node rows) {
    Label title = Controls.label(texts, key, "title");
    HBox line = new HBox(10, title, beside);
    line.setAlignment(Pos.CENTER_LEFT);
    line.setMinHeight(HEAD);
    VBox column = new VBox(6, line, rows);
    HBox.setHgrow(column, Priority.ALWAYS);
    column.setPrefWidth(100);
    column.setMinHeight(DETAILS);
    facts.getStyleClass().add("muted");
    return column;
  }

  private VBox attention() {
    choose(layer, "why.layer", "why.allLayers", "why-layer");
    choose(head, "why.head", "why.allHeads", "why-head");
    HBox choices = new HBox(6, layer, head);
    return column("why.attended", choices, attended);
  }

  private void choose(ComboBox<Integer> box, String key, String all, String id) {
    box.setId(id);
    box.getStyleClass().add("small-box");
    StringConverter<Integer> words =
        new StringConverter<>() {
          @Override
          public String toString(Integer value) {
            return value == null || value == AttentionWeights.ALL
                ? texts.get(all, box.getItems().size() - 1)
                : texts.get(key, value + 1);
          }

          @Override
          public Integer fromString(String text) {
            throw new UnsupportedOperationException("the box is not typed into");
          }
        };
    box.setConverter(words);
    box.setOnAction(
        e -> {
          if (layer.getValue() != null && head.getValue() != null) {
            why.look(layer.getValue(), head.getValue());
            attentionCame();
          }
        });
  }

  /** The answer came, or the language changed. */
  private void shown() {
    Optional<AnswerInspection> shown = why.inspectionProperty().get();
    Controls.shown(details, why.selectedProperty().get() >= 0);
    Controls.shown(hint, why.selectedProperty().get() < 0);
    if (shown.isEmpty()) {
      hint.setText(texts.get("why.asking"));
      return;
    }
    AnswerInspection answer = shown.get();
    hint.setText(
        texts.get("why.hint")
            + (answer.unseen() > 0 ? " " + texts.get("why.unseen", answer.unseen()) : ""));
    fill(layer, answer.layers(), why.layer());
    fill(head, answer.heads(), why.head());
    map.selectFrom(answer.from());
    if (map.selected() < 0 && !answer.answer().isEmpty()) {
      map.requestFocus();
    }
    draw();
    selected();
  }

  private static void fill(ComboBox<Integer> box, int count, int value) {
    box.setValue(null);
    box.getItems().setAll(IntStream.range(AttentionWeights.ALL, count).boxed().toList());
    box.setValue(value);
  }

  private void draw() {
    AnswerInspection answer = why.inspectionProperty().get().orElseThrow();
    Optional<float[]> weights = why.weights();
    double strongest = weights.map(AnswerInspectionView::strongest).orElse(1.0);
    List<TokenMap.Cell> cells = new ArrayList<>();
    for (int i = 0; i < answer.spans().size(); i++) {
      int at = i;
      boolean quiet = i < answer.from();
      double heat =
          quiet ? Double.NaN : HeatLegend.heat(answer.answer().get(i - answer.from()).bits());
      double mark = weights.filter(w -> at < w.length).map(w -> w[at] / strongest).orElse(0.0);
      cells.add(new TokenMap.Cell(answer.spans().get(i).text(), heat, mark, -1, quiet));
    }
    map.show(cells);
  }

  /** The largest weight but that of the first token, which takes what no other gets. */
  private static double strongest(float[] weights) {
    double most = 1e-9;
    for (int i = weights.length > 1 ? 1 : 0; i < weights.length; i++) {
      most = Math.max(most, weights[i]);
    }
    return most;
  }

  private void selected() {
    Optional<AnswerInspection> shown = why.inspectionProperty().get();
    int token = why.selectedProperty().get();
    if (shown.isEmpty() || token < 0) {
      return;
    }
    Controls.shown(details, true);
    Controls.shown(hint, false);
    AnswerInspection answer = shown.get();
    map.select(answer.from() + token);
    ScoredToken scored = answer.answer().get(token);
    TokenSpan span = answer.spans().get(answer.from() + token);
    facts.setText(
        texts.get(
            "why.facts",
            percent(scored.probability()),
            scored.rank(),
            texts.number(scored.bits(), 1)));
    map.setAccessibleText(
        texts.get("why.selected", visible(span), percent(scored.probability()), scored.rank()));
    alternatives.getChildren().clear();
    for (Alternative each : answer.alternatives(token)) {
      alternatives.getChildren().add(row(each));
    }
    if (!span.whole()) {
      Label part = new Label(texts.get("why.part", span.text(), span.partOf()));
      part.setWrapText(true);
      part.getStyleClass().add("muted");
      alternatives.getChildren().add(part);
    }
    draw();
  }

  private Node row(Alternative each) {
    String share = percent(each.probability());
    ShareRow row =
        new ShareRow(
            visible(each.span()),
            WORD,
            each.probability(),
            share,
            each.chosen() ? "chosen" : "other");
    Button take = new Button();
    take.setGraphic(row);
    take.setContentDisplay(ContentDisplay.GRAPHIC_ONLY);
    take.setMaxWidth(Double.MAX_VALUE);
    row.prefWidthProperty().bind(take.widthProperty().subtract(16));
    take.getStyleClass().addAll("bare", "alternative");
    take.setAccessibleText(texts.get("why.takeThis", visible(each.span()), share));
    if (why.canTake(each)) {
      take.disableProperty().bind(why.takingRefused());
    } else {
      take.setDisable(true);
    }
    if (each.chosen()) {
      take.getStyleClass().add("chosen-token");
    }
    Controls.tip(take, texts, "why.take");
    take.setOnAction(
        e -> {
          if (why.take(each)) {
            back.run();
          }
        });
    return take;
  }

  private void attentionCame() {
    Optional<AnswerInspection> shown = why.inspectionProperty().get();
    attended.getChildren().clear();
    if (shown.isEmpty() || why.selectedProperty().get() < 0) {
      return;
    }
    draw();
    Optional<float[]> weights = why.weights();
    if (weights.isEmpty()) {
      return;
    }
    float[] w = weights.get();
    List<Integer> most =
        IntStream.range(0, w.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -w[i]))
            .limit(MOST_ATTENDED)
            .toList();
    for (int i : most) {
      String word = visible(shown.get().spans().get(i));
      ShareRow row = new ShareRow(word, WORD, w[i], percent(w[i]), "attention");
      row.getStyleClass().add("beside-alternatives");
      attended.getChildren().add(row);
    }
    if (most.contains(0) && w.length > 1) {
      Label sink = Controls.label(texts, "why.sink", "muted", "beside-alternatives");
      sink.setWrapText(true);
      sink.setMinWidth(0);
      attended.getChildren().add(sink);
    }
  }

  private String percent(double share) {
    return share < 0.0005 ? "< 0" + separator() + "1 %" : texts.number(100 * share, 1) + " %";
  }

  private char separator() {
    return texts.number(0.1, 1).charAt(1);
  }

  /** A token with its white space to be seen. */
  private static String visible(TokenSpan span) {
    return span.text().replace(' ', '·').replace("\n", "↵").replace("\t", "⇥").replace("\r", "␍");
  }

  /** The answer token by token. */
  TokenMap map() {
    return map;
  }

  /** What the model told of the answer; empty until it has. */
  Optional<AnswerInspection> answer() {
    return why.inspectionProperty().get();
  }
}
