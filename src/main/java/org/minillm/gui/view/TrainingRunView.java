package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import javafx.beans.binding.BooleanExpression;
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
import org.jspecify.annotations.Nullable;
import org.minillm.app.MetricsPoint;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshot;
import org.minillm.gui.viewmodel.CoachAdvice;
import org.minillm.gui.viewmodel.Curve;
import org.minillm.gui.viewmodel.EngineWords;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** A run: five figures, then its charts or another view of it, and a word on how it stands. */
final class TrainingRunView extends VBox {
  private static final String[] FIGURES = {"loss", "val", "bpb", "speed", "eta"};
  private static final int TIME = 4;
  private static final long UNKNOWN = -1;

  /** What the middle of the pane can show. */
  private enum View {
    CURVE,
    SAMPLES,
    COACH
  }

  private final TrainingViewModel training;
  private final Texts texts;
  private final Popover popover;
  private final List<ChartCanvas> charts = new ArrayList<>();
  private final Label[] figures = new Label[FIGURES.length];
  private final Label[] figureNames = new Label[FIGURES.length];
  private final Label progress = new Label();
  private final Label waiting = new Label();
  private final Meter bar = new Meter(220);
  private final Label banner = new Label();
  private final Button open;
  private final Button axes;
  private final HBox bannerRow;
  private final Map<View, Node> views = new EnumMap<>(View.class);
  private final Map<View, Button> segments = new EnumMap<>(View.class);
  private final CoachView coach;
  private final Label advice = new Label();
  private final HBox adviceRow;
  private @Nullable ScrollPane options;
  private TrainingFace advised = TrainingFace.NOTHING;

  /**
   * @param openModel opens the finished model in the chat
   * @param chatBusy while it cannot be opened
   */
  TrainingRunView(
      TrainingViewModel training,
      Texts texts,
      Palette palette,
      Popover popover,
      Runnable openModel,
      BooleanExpression chatBusy) {
    super(8);
    this.training = training;
    this.texts = texts;
    this.popover = popover;
    banner.setWrapText(true);
    banner.setMinHeight(Region.USE_PREF_SIZE);
    banner.setMaxWidth(Double.MAX_VALUE);
    HBox.setHgrow(banner, Priority.ALWAYS);
    open = Controls.button(texts, "training.open", openModel);
    open.setId("training-open");
    open.getStyleClass().add("primary"); // what one wants next
    open.disableProperty().bind(chatBusy);
    bannerRow = new HBox(10, banner, open);
    bannerRow.setAlignment(Pos.CENTER_LEFT);
    axes = Controls.iconButton(texts, "chart.options", Icon.AXES, () -> {});
    coach = new CoachView(texts);
    advice.setWrapText(true);
    advice.setMinHeight(Region.USE_PREF_SIZE);
    Button why = Controls.button(texts, "training.why", () -> choose(View.COACH));
    why.setId("coach-why");
    why.getStyleClass().add("quiet");
    adviceRow = new HBox(8, advice, Controls.spacer(), why);
    adviceRow.setAlignment(Pos.CENTER_LEFT);
    views.put(View.CURVE, curveView(palette));
    views.put(View.SAMPLES, new SamplesView(training.runs(), texts));
    views.put(View.COACH, coach);
    StackPane middle = new StackPane(views.values().toArray(Node[]::new));
    middle.setMinHeight(0);
    VBox.setVgrow(middle, Priority.ALWAYS);
    getChildren().addAll(figureRow(), tools(), middle, bannerRow);
    getStyleClass().add("panel-body");
    choose(View.CURVE);
    training.revisionProperty().addListener((o, was, now) -> showAdvice());
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              charts.forEach(ChartCanvas::redraw);
              showAdvice();
            });
    showAdvice();
  }

  private void choose(View wanted) {
    views.forEach((view, node) -> node.setVisible(view == wanted));
    segments.forEach((view, button) -> Controls.style(button, "chosen", view == wanted));
    Controls.shown(axes, wanted == View.CURVE);
  }

  private void showAdvice() {
    List<CoachAdvice> all = training.advice();
    coach.show(all);
    boolean telling = !all.isEmpty() && all.get(0).kind() != CoachAdvice.Kind.TOO_EARLY;
    Controls.shown(adviceRow, telling);
    if (telling) {
      CoachAdvice first = all.get(0);
      advice.setText(first.headline(texts));
      adviceRow.getStyleClass().setAll("banner", CoachView.style(first.kind().tone()));
    }
  }

  void setPalette(Palette palette) {
    charts.forEach(chart -> chart.setPalette(palette));
  }

  private Node figureRow() {
    HBox row = new HBox(10);
    for (int i = 0; i < FIGURES.length; i++) {
      figures[i] = new Label("–");
      figures[i].getStyleClass().add("figure");
      figures[i].setMinWidth(Region.USE_PREF_SIZE);
      figureNames[i] = Controls.label(texts, "training." + FIGURES[i], "muted");
      VBox box = new VBox(figures[i], figureNames[i]);
      HBox.setHgrow(box, Priority.ALWAYS);
      box.setPrefWidth(90);
      row.getChildren().add(box);
    }
    return row;
  }

  private Node tools() {
    progress.getStyleClass().add("muted");
    HBox choice = new HBox();
    choice.getStyleClass().add("segments");
    choice.setMinWidth(Region.USE_PREF_SIZE);
    for (View view : View.values()) {
      Button button = Controls.button(texts, "training.view." + view.name(), () -> choose(view));
      button.setId("training-view-" + view.name());
      segments.put(view, button);
      choice.getChildren().add(button);
    }
    axes.setId("chart-options");
    axes.getStyleClass().add("bare");
    axes.setOnAction(e -> popover.open(options(), axes));
    HBox row = new HBox(10, choice, progress, Controls.spacer(), axes);
    row.setAlignment(Pos.CENTER_LEFT);
    return row;
  }

  /** Made when first wanted, then kept. */
  private ScrollPane options() {
    ScrollPane made = options;
    if (made == null) {
      made = ChartOptions.scrolling(training, texts);
      options = made;
    }
    training.runs().refresh();
    return made;
  }

  private Node curveView(Palette palette) {
    LossChart chart = new LossChart(training.chart(), texts, palette);
    chart.setId("loss-chart");
    chart.setFocusTraversable(true);
    charts.add(chart);
    waiting.getStyleClass().add("muted");
    waiting.setWrapText(true);
    VBox loading = new VBox(8, waiting, bar);
    loading.setAlignment(Pos.CENTER);
    loading.setMaxWidth(240);
    loading.setMouseTransparent(true);
    loading.visibleProperty().bind(waiting.visibleProperty());
    StackPane plot = new StackPane(chart, loading);
    plot.setMinHeight(110);
    VBox.setVgrow(plot, Priority.ALWAYS);
    HBox tiles =
        new HBox(
            8,
            tile("training.rate", Curve.Series.RATE, texts::scientific, palette),
            tile("training.grad", Curve.Series.GRADIENT, v -> texts.number(v, 2), palette),
            tile("training.speed", Curve.Series.SPEED, v -> texts.number(v, 0), palette),
            tile("chart.memory", Curve.Series.MEMORY, v -> texts.number(v, 0), palette));
    return new VBox(8, plot, tiles, adviceRow);
  }

  private Node tile(String key, Curve.Series series, DoubleFunction<String> form, Palette palette) {
    MetricChart chart = new MetricChart(training.chart(), series, form, palette);
    chart.accessibleTextProperty().bind(texts.bind(key));
    charts.add(chart);
    Label name = Controls.label(texts, key, "muted");
    VBox box = new VBox(2, new HBox(name, Controls.spacer(), chart.value()), chart);
    box.getStyleClass().add("tile");
    HBox.setHgrow(box, Priority.ALWAYS);
    box.setPrefWidth(110);
    return box;
  }

  /** Shows where the training stands. */
  void show(TrainingSnapshot s) {
    TrainingFace face = training.face();
    if (face != advised) {
      advised = face;
      showAdvice();
    }
    figures[0].setText(texts.number(s.loss(), 2));
    List<MetricsPoint> measured = training.curve().evaluations();
    // A run that goes on was measured before this start.
    boolean before = Double.isNaN(s.valLoss()) && !measured.isEmpty();
    MetricsPoint last = before ? measured.get(measured.size() - 1) : null;
    figures[1].setText(texts.number(last == null ? s.valLoss() : last.valLoss(), 2));
    figures[2].setText(texts.number(last == null ? s.bitsPerByte() : last.bitsPerByte(), 2));
    figures[3].setText(texts.number(s.tokensPerSecond(), 0));
    if (face == TrainingFace.FINISHED || face == TrainingFace.STOPPED) {
      showTime("training.took", Math.round(s.elapsedSeconds()));
    } else {
      showTime("training.eta", face == TrainingFace.RUNNING ? s.etaSeconds() : UNKNOWN);
    }
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
    showBanner(s, face);
  }

  /** Shows an earlier run: what its curve ends with. */
  void showEarlier() {
    Curve curve = training.curve();
    int last = curve.size() - 1;
    List<MetricsPoint> measured = curve.evaluations();
    MetricsPoint end = measured.isEmpty() ? null : measured.get(measured.size() - 1);
    figures[0].setText(texts.number(last < 0 ? Double.NaN : curve.smooth(last), 2));
    figures[1].setText(texts.number(end == null ? Double.NaN : end.valLoss(), 2));
    figures[2].setText(texts.number(end == null ? Double.NaN : end.bitsPerByte(), 2));
    double speed = last < 0 ? Double.NaN : curve.value(Curve.Series.SPEED, last);
    figures[3].setText(texts.number(speed, 0));
    double seconds = last < 0 ? 0 : curve.seconds(last);
    showTime("training.took", seconds > 0 ? Math.round(seconds) : UNKNOWN);
    progress.setText(
        last < 0 ? "" : texts.get("training.endedAt", texts.number(curve.step(last), 0)));
    waiting.setVisible(false);
    Controls.shown(bannerRow, false);
  }

  /** The last figure: what is left, or what it took. */
  private void showTime(String key, long seconds) {
    figures[TIME].setText(texts.duration(seconds));
    figureNames[TIME].textProperty().unbind();
    figureNames[TIME].setText(texts.get(key));
  }

  private void showBanner(TrainingSnapshot s, TrainingFace face) {
    boolean lost = training.abandoned();
    String text =
        switch (face) {
          case FAILED ->
              texts.get("training.face.FAILED")
                  + " "
                  + s.failure().map(e -> ErrorTexts.of(e, texts)).orElse("");
          case FINISHED -> ended("FINISHED", s);
          case STOPPED -> ended(lost ? "ABANDONED" : "STOPPED", s);
          case UNSAVED -> ended(lost ? "ABANDONED_UNSAVED" : "UNSAVED", s);
          case PAUSED -> texts.get("training.face.PAUSED");
          case PAUSED_BY_GUARD ->
              texts.get("training.face.PAUSED_BY_GUARD")
                  + s.failure()
                      .map(e -> " " + texts.get("training.notYet", ErrorTexts.of(e, texts)))
                      .orElse("");
          case NOTHING, LOADING, RUNNING ->
              s.phase() == TrainingPhase.TRAINING || face == TrainingFace.LOADING
                  ? EngineWords.of(s.notice(), texts)
                  : "";
        };
    banner.setText(text);
    banner.getStyleClass().setAll("label", "banner", "banner-" + face.name());
    open.setVisible(face == TrainingFace.FINISHED || (face == TrainingFace.STOPPED && !lost));
    open.setManaged(open.isVisible());
    Controls.shown(bannerRow, !text.isEmpty());
  }

  private String ended(String how, TrainingSnapshot s) {
    return texts.get(
        "training.face." + how,
        texts.number(s.step(), 0),
        texts.duration(Math.round(s.elapsedSeconds())));
  }
}
