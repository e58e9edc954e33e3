package org.minillm.gui.view;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import org.minillm.app.MetricsPoint;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshot;
import org.minillm.gui.viewmodel.EngineWords;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** A run: five figures, the curve, three small charts, and a word on how it stands. */
final class TrainingRunView extends VBox {
  private static final int SPARK_POINTS = 120;

  /** Pixels of three lines. */
  private static final double SAMPLE_LINES = 46;

  private static final String[] FIGURES = {"loss", "val", "bpb", "speed", "eta"};
  private static final String[] SPARKS = {"rate", "grad", "speed"};

  private final TrainingViewModel training;
  private final Texts texts;
  private final LossChart chart;
  private final Label[] figures = new Label[FIGURES.length];
  private final SparkChart[] sparks = new SparkChart[SPARKS.length];
  private final Label[] sparkValues = new Label[SPARKS.length];
  private final Label progress = new Label();
  private final Label waiting = new Label();
  private final Meter bar = new Meter(220);
  private final Label banner = new Label();
  private final Button open;
  private final HBox bannerRow;
  private final Label sample = new Label();

  /**
   * @param openModel opens the finished model in the chat
   */
  TrainingRunView(TrainingViewModel training, Texts texts, Palette palette, Runnable openModel) {
    super(8);
    this.training = training;
    this.texts = texts;
    chart = new LossChart(training.curve(), texts, palette);
    chart.accessibleTextProperty().bind(texts.bind("training.chart"));
    banner.setWrapText(true);
    banner.setMinHeight(Region.USE_PREF_SIZE);
    banner.setMaxWidth(Double.MAX_VALUE);
    HBox.setHgrow(banner, Priority.ALWAYS);
    open = Controls.button(texts, "training.open", openModel);
    open.setId("training-open");
    bannerRow = new HBox(10, banner, open);
    bannerRow.setAlignment(Pos.CENTER_LEFT);
    waiting.getStyleClass().add("muted");
    waiting.setWrapText(true);
    VBox loading = new VBox(8, waiting, bar);
    loading.setAlignment(Pos.CENTER);
    loading.setMaxWidth(240);
    loading.visibleProperty().bind(waiting.visibleProperty());
    StackPane plot = new StackPane(chart, loading);
    plot.setMinHeight(110);
    VBox.setVgrow(plot, Priority.ALWAYS);
    getChildren().addAll(figureRow(), legend(), plot, sparkRow(palette), bannerRow, sampleBox());
    getStyleClass().add("panel-body");
  }

  void setPalette(Palette palette) {
    chart.setPalette(palette);
    for (SparkChart spark : sparks) {
      spark.setColor(palette.accent());
    }
  }

  private Node figureRow() {
    HBox row = new HBox(10);
    for (int i = 0; i < FIGURES.length; i++) {
      figures[i] = new Label("–");
      figures[i].getStyleClass().add("figure");
      figures[i].setMinWidth(Region.USE_PREF_SIZE);
      VBox box = new VBox(figures[i], Controls.label(texts, "training." + FIGURES[i], "muted"));
      HBox.setHgrow(box, Priority.ALWAYS);
      box.setPrefWidth(90);
      row.getChildren().add(box);
    }
    return row;
  }

  private Node legend() {
    progress.getStyleClass().add("muted");
    progress.setMinWidth(Region.USE_PREF_SIZE);
    HBox row =
        new HBox(
            6,
            dash("dash-train"),
            Controls.label(texts, "training.train", "muted"),
            dash("dash-val"),
            Controls.label(texts, "training.val", "muted"),
            Controls.spacer(),
            progress);
    row.setAlignment(Pos.CENTER_LEFT);
    return row;
  }

  private static Region dash(String style) {
    Region dash = new Region();
    dash.getStyleClass().addAll("dash", style);
    return dash;
  }

  private Node sparkRow(Palette palette) {
    HBox row = new HBox(10);
    for (int i = 0; i < SPARKS.length; i++) {
      sparkValues[i] = new Label();
      sparkValues[i].getStyleClass().add("small");
      sparks[i] = new SparkChart(palette.accent());
      VBox box =
          new VBox(
              2,
              new HBox(
                  Controls.label(texts, "training." + SPARKS[i], "muted"),
                  Controls.spacer(),
                  sparkValues[i]),
              sparks[i]);
      box.getStyleClass().add("tile");
      HBox.setHgrow(box, Priority.ALWAYS);
      box.setPrefWidth(150);
      row.getChildren().add(box);
    }
    return row;
  }

  private Node sampleBox() {
    sample.setWrapText(true);
    sample.getStyleClass().add("muted");
    ScrollPane box = new ScrollPane(sample);
    box.setFitToWidth(true);
    box.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    box.setMinHeight(SAMPLE_LINES);
    box.setPrefHeight(SAMPLE_LINES);
    box.accessibleTextProperty().bind(texts.bind("training.sample"));
    box.visibleProperty().bind(sample.textProperty().isNotEmpty());
    box.managedProperty().bind(box.visibleProperty());
    return box;
  }

  /** Shows where the training stands. */
  void show(TrainingSnapshot s) {
    TrainingFace face = training.face();
    figures[0].setText(texts.number(s.loss(), 2));
    List<MetricsPoint> measured = training.curve().evaluations();
    // A run that goes on was measured before this start.
    boolean before = Double.isNaN(s.valLoss()) && !measured.isEmpty();
    MetricsPoint last = before ? measured.get(measured.size() - 1) : null;
    figures[1].setText(texts.number(last == null ? s.valLoss() : last.valLoss(), 2));
    figures[2].setText(texts.number(last == null ? s.bitsPerByte() : last.bitsPerByte(), 2));
    figures[3].setText(texts.number(s.tokensPerSecond(), 0));
    figures[4].setText(face == TrainingFace.RUNNING ? texts.duration(s.etaSeconds()) : "–");
    progress.setText(
        s.totalSteps() == 0
            ? ""
            : texts.get(
                "training.progress",
                texts.number(s.step(), 0),
                texts.number(s.totalSteps(), 0),
                texts.number(s.epoch(), 1)));
    boolean loading = face == TrainingFace.LOADING && training.curve().size() == 0;
    waiting.setVisible(loading);
    waiting.setText(texts.get("training.phase." + s.phase().name()));
    bar.show(s.phaseProgress(), false);
    bar.setVisible(!Double.isNaN(s.phaseProgress())); // nothing moves while none is known
    sample.setText(
        s.sample().isEmpty()
            ? ""
            : texts.get("training.sampleText", s.sample().strip().replace('\n', ' ')));
    showBanner(s, face);
  }

  private void showBanner(TrainingSnapshot s, TrainingFace face) {
    String text =
        switch (face) {
          case FAILED ->
              texts.get("training.face.FAILED")
                  + " "
                  + s.failure().map(e -> ErrorTexts.of(e, texts)).orElse("");
          case FINISHED, STOPPED ->
              texts.get(
                  "training.face." + face.name(),
                  texts.number(s.step(), 0),
                  texts.duration(Math.round(s.elapsedSeconds())));
          case PAUSED, PAUSED_BY_GUARD -> texts.get("training.face." + face.name());
          case NOTHING, LOADING, RUNNING ->
              s.phase() == TrainingPhase.TRAINING || face == TrainingFace.LOADING
                  ? EngineWords.of(s.notice(), texts)
                  : "";
        };
    banner.setText(text);
    banner.getStyleClass().setAll("label", "banner", "banner-" + face.name());
    open.setVisible(face == TrainingFace.FINISHED || face == TrainingFace.STOPPED);
    open.setManaged(open.isVisible());
    Controls.shown(bannerRow, !text.isEmpty());
  }

  /** Draws the curve and the small charts. */
  void showCurve() {
    chart.redraw();
    IntToDoubleFunction[] series = {
      training.curve()::rate, training.curve()::gradient, training.curve()::speed
    };
    int n = training.curve().size();
    // The learning rate's shape is that of the whole run; the others show what is new.
    for (int i = 0; i < series.length; i++) {
      int from = i == 0 ? 0 : Math.max(0, n - SPARK_POINTS);
      int stride = Math.max(1, (n - from) / SPARK_POINTS);
      double[] values = new double[(n - from + stride - 1) / stride];
      for (int j = 0; j < values.length; j++) {
        values[j] = series[i].applyAsDouble(from + j * stride);
      }
      sparks[i].show(values);
      double last = n == 0 ? Double.NaN : series[i].applyAsDouble(n - 1);
      sparkValues[i].setText(i == 0 ? texts.scientific(last) : texts.number(last, i == 1 ? 2 : 0));
    }
  }
}
