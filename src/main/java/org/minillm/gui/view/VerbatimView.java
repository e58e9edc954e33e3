package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.scene.text.Text;
import javafx.scene.text.TextFlow;
import org.minillm.app.verbatim.VerbatimRun;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.VerbatimViewModel;
import org.minillm.gui.viewmodel.VerbatimViewModel.Stage;

/**
 * "Is this from the training data?": an answer whose words that stand there word for word are
 * marked, and of one of these runs what stands around it there, in which file and line.
 */
final class VerbatimView extends BorderPane {
  private static final double INDEXED = 220;
  private static final double MARKED = 0.6;
  private static final int BEGINNING = 240;
  private static final int ENDS = 120;

  private final VerbatimViewModel verbatim;
  private final Texts texts;
  private final Label summary = new Label();
  private final Label remark = new Label();
  private final TokenMap map = new TokenMap(0, false);
  private final Meter indexed = new Meter(INDEXED);
  private final Button stop;
  private final Button again;
  private final HBox indexing;
  private final Label figures = new Label();
  private final Label place = new Label();
  private final Label path = new Label();
  private final TextFlow passage = new TextFlow();
  private final HBox arrows;
  private final VBox details;

  /** Where the cells of the map begin in the answer, in characters; what is before it below 0. */
  private int[] begins = {};

  /**
   * @param back returns to the conversation
   */
  VerbatimView(VerbatimViewModel verbatim, Texts texts, Runnable back) {
    this.verbatim = verbatim;
    this.texts = texts;
    setId("verbatim");
    map.setId("verbatim-map");
    summary.setId("verbatim-summary");
    stop = Controls.button(texts, "verbatim.stop", Icon.STOP, verbatim::cancel);
    stop.setId("verbatim-stop");
    again = Controls.button(texts, "verbatim.again", verbatim::look);
    indexing = new HBox(12, indexed, stop, again);
    indexing.setAlignment(Pos.CENTER_LEFT);
    arrows = arrows();
    details = details();
    setTop(top(back));
    VBox body = new VBox(10, told(), map);
    VBox.setVgrow(map, Priority.ALWAYS);
    body.getStyleClass().add("panel-body");
    setCenter(body);
    setBottom(details);
    map.onSelect(this::chosen);
    verbatim.stageProperty().addListener((o, was, now) -> staged(now));
    verbatim.progressProperty().addListener((o, was, now) -> tell());
    sceneProperty()
        .addListener(
            (o, was, now) -> {
              if (now == null) {
                verbatim.close(); // by its button, or since the conversation goes on
              }
            });
    verbatim.selectedProperty().addListener((o, was, now) -> runShown());
    Controls.follow(this, texts.localeProperty(), this::tell);
    addEventHandler(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.ESCAPE) {
            back.run();
            e.consume();
          }
        });
    verbatim.look();
    tell();
  }

  private Node top(Runnable back) {
    Button close = Controls.button(texts, "why.back", Icon.CLOSE, back);
    close.setId("verbatim-back");
    HBox top =
        new HBox(12, Controls.label(texts, "verbatim.title", "title"), Controls.spacer(), close);
    top.setAlignment(Pos.CENTER_LEFT);
    top.getStyleClass().add("why-top");
    return top;
  }

  private Node told() {
    for (Label label : List.of(summary, remark)) {
      label.setWrapText(true);
      label.setMinHeight(USE_PREF_SIZE);
    }
    remark.getStyleClass().add("muted");
    return new VBox(
        6, summary, remark, indexing, Controls.error(texts, verbatim.failureProperty()));
  }

  private HBox arrows() {
    Button before = Controls.iconButton(texts, "verbatim.before", Icon.LEFT, () -> go(-1));
    Button next = Controls.iconButton(texts, "verbatim.next", Icon.RIGHT, () -> go(1));
    before.setId("verbatim-before");
    next.setId("verbatim-next");
    List.of(before, next).forEach(b -> b.getStyleClass().addAll("bare", "small-icon"));
    HBox both = new HBox(2, before, next);
    both.setAlignment(Pos.CENTER);
    return both;
  }

  private VBox details() {
    figures.getStyleClass().add("title");
    place.setId("verbatim-place");
    place.setMinWidth(USE_PREF_SIZE);
    path.getStyleClass().add("muted");
    path.setMinWidth(0);
    HBox head = new HBox(6, figures, arrows);
    head.setAlignment(Pos.CENTER_LEFT);
    HBox where = new HBox(10, place, path);
    where.setAlignment(Pos.BASELINE_LEFT);
    passage.getStyleClass().add("quote");
    VBox all = new VBox(6, head, where, passage);
    all.getStyleClass().addAll("panel-foot", "panel-body");
    all.setMinHeight(USE_PREF_SIZE);
    return all;
  }

  private void go(int step) {
    verbatim.select(verbatim.selectedProperty().get() + step);
    boolean atEnd = arrows.getChildren().stream().anyMatch(Node::isDisabled);
    if (atEnd) {
      map.requestFocus(); // what is disabled loses the keyboard, to another pane
    }
  }

  private void staged(Stage now) {
    tell();
    if (now == Stage.FOUND) {
      map.requestFocus();
    }
  }

  /** The map's selection goes along where it is not in the run already. */
  private void runShown() {
    draw();
    verbatim
        .run()
        .filter(run -> map.selected() < cellAt(run.from()) || map.selected() > cellAt(run.to() - 1))
        .ifPresent(run -> map.select(cellAt(run.from())));
  }

  /** Says how far it is, or what was found. */
  private void tell() {
    summary.setText(verbatim.summary(texts));
    Controls.shown(summary, !summary.getText().isEmpty());
    remark.setText(verbatim.remark(texts));
    Controls.shown(remark, !remark.getText().isEmpty());
    Stage stage = verbatim.stageProperty().get();
    boolean making = stage == Stage.INDEXING;
    boolean cancelled = stage == Stage.CANCELLED;
    indexed.show(verbatim.progressProperty().get(), false);
    Controls.shown(indexed, making);
    Controls.shown(stop, making);
    Controls.shown(again, cancelled);
    Controls.shown(indexing, making || cancelled);
    draw();
  }

  private void draw() {
    Optional<VerbatimRun> shown = verbatim.run();
    Controls.shown(details, shown.isPresent());
    fillMap(shown);
    if (shown.isPresent()) {
      VerbatimRun run = shown.get();
      figures.setText(verbatim.figures(texts));
      Controls.shown(arrows, verbatim.runs().size() > 1);
      arrows.getChildren().get(0).setDisable(verbatim.selectedProperty().get() == 0);
      arrows
          .getChildren()
          .get(1)
          .setDisable(verbatim.selectedProperty().get() == verbatim.runs().size() - 1);
      place.setText(verbatim.place(texts));
      path.setText(String.valueOf(run.file().getParent()));
      passage
          .getChildren()
          .setAll(
              words("…" + oneLine(run.before()), "muted-run"),
              words(shortened(oneLine(run.passage())), "message-run"),
              words(oneLine(run.after()) + "…", "muted-run"));
      map.setAccessibleText(figures.getText() + ". " + place.getText());
    } else {
      map.setAccessibleText(summary.getText());
    }
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }

  /** The answer shows it whole: of a long one beginning and end say where it is. */
  private static String shortened(String text) {
    int end = text.length() - ENDS;
    return end - BEGINNING < ENDS
        ? text
        : text.substring(0, text.lastIndexOf(' ', BEGINNING) + 1)
            + "[…]"
            + text.substring(Math.max(end, text.indexOf(' ', end)));
  }

  private static Text words(String text, String style) {
    Text words = new Text(text);
    words.getStyleClass().add(style);
    return words;
  }

  /**
   * Cells of the map: a word with the white space before it and what stands after it up to the next
   * one. White space before a run is a cell of its own, since it is no part of it. What the answer
   * continues comes first, at places below 0.
   */
  private void fillMap(Optional<VerbatimRun> shown) {
    String text = verbatim.before() + verbatim.answer();
    int from = verbatim.before().length();
    List<TokenMap.Cell> cells = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int limit = at < from ? from : text.length();
      int word = at;
      while (word < limit && Character.isWhitespace(text.charAt(word))) {
        word++;
      }
      int end = word;
      while (end < limit && !Character.isWhitespace(text.charAt(end))) {
        end++;
      }
      boolean marked = marked(word - from, end - from);
      int line = text.lastIndexOf('\n', word - 1) + 1;
      if (line > at) {
        cells.add(cell(text.substring(at, line), at < from, false, false));
        starts.add(at - from);
        at = line;
      }
      if (word > at && marked && !marked(at - from, word - from)) {
        cells.add(cell(text.substring(at, word), false, false, false));
        starts.add(at - from);
        at = word;
      }
      if (end > at) {
        boolean inShown = shown.isPresent() && overlaps(shown.get(), word - from, end - from);
        cells.add(cell(text.substring(at, end), at < from, marked, inShown));
        starts.add(at - from);
      }
      at = end;
    }
    begins = starts.stream().mapToInt(i -> i).toArray();
    map.selectFrom((int) starts.stream().filter(start -> start < 0).count());
    map.show(cells);
  }

  private TokenMap.Cell cell(String words, boolean before, boolean marked, boolean shown) {
    boolean quiet = before || (!marked && !verbatim.runs().isEmpty());
    return new TokenMap.Cell(words, Double.NaN, shown ? MARKED : 0, marked ? 0 : -1, quiet);
  }

  private boolean marked(int from, int to) {
    return verbatim.runs().stream().anyMatch(run -> overlaps(run, from, to));
  }

  private static boolean overlaps(VerbatimRun run, int from, int to) {
    return run.from() < to && from < run.to();
  }

  /** The cell that a place of the answer is in. */
  int cellAt(int place) {
    int cell = 0;
    while (cell + 1 < begins.length && begins[cell + 1] <= place) {
      cell++;
    }
    return cell;
  }

  private void chosen(int cell) {
    String answer = verbatim.answer();
    int word = begins[cell];
    while (word < answer.length() && !Character.isLetterOrDigit(answer.charAt(word))) {
      word++;
    }
    verbatim.selectAt(word);
  }

  /** The answer, its words that stand in the data marked. */
  TokenMap map() {
    return map;
  }
}
