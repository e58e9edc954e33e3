package org.minillm.gui.view;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.TextField;
import javafx.scene.input.TransferMode;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.stage.FileChooser;
import org.minillm.app.JobState;
import org.minillm.app.MemoryPlan;
import org.minillm.app.Preset;
import org.minillm.app.ResumableRun;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshot;
import org.minillm.base.MemoryBudget;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** The training: a form, then figures, the curve and its buttons. */
final class TrainingPane extends BorderPane {
  private static final int SPARK_POINTS = 120;

  private final TrainingViewModel training;
  private final Texts texts;
  private final LossChart chart;
  private final Label status = new Label();
  private final Label[] figures = new Label[5];
  private final SparkChart[] sparks = new SparkChart[3];
  private final Label[] sparkValues = new Label[3];
  private final Label sample = new Label();
  private final Button pause = new Button();
  private final Button stop = new Button();
  private final Button fresh = new Button();
  private final VBox run = new VBox(8);
  private final VBox form = new VBox(10);
  private final List<Path> files = new ArrayList<>();
  private final TextField name = new TextField("cuentos");
  private final ComboBox<Preset> preset = new ComboBox<>();
  private final TextField steps = new TextField("2000");
  private final TextField batch = new TextField();
  private final Label plan = new Label();
  private final Button start = new Button();
  private final Button anyway = new Button();
  private final Label chosen = new Label();
  private final VBox interrupted = new VBox(6);
  private boolean showForm = true;

  TrainingPane(TrainingViewModel training, Texts texts, LossChart.Palette palette) {
    this.training = training;
    this.texts = texts;
    chart = new LossChart(training.curve(), texts, palette);
    getStyleClass().add("panel");
    setTop(head());
    buildRun(palette);
    buildForm();
    setCenter(form);
    training.revisionProperty().addListener((o, was, now) -> refreshCurve());
    training.snapshotProperty().addListener((o, was, now) -> refresh());
    training.planProperty().addListener((o, was, now) -> showPlan());
    training.resumableProperty().addListener((o, was, now) -> showInterrupted());
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              refresh();
              showPlan();
              showInterrupted();
              showChosen();
            });
    refresh();
  }

  void setPalette(LossChart.Palette palette) {
    chart.setPalette(palette);
    for (SparkChart spark : sparks) {
      spark.setColor(palette.accent());
    }
  }

  private Node head() {
    Label title = new Label();
    title.textProperty().bind(texts.bind("training.title"));
    title.getStyleClass().add("title");
    status.getStyleClass().add("muted");
    status.setId("training-status");
    pause.setId("training-pause");
    stop.textProperty().bind(texts.bind("training.stop"));
    stop.setOnAction(e -> training.stop());
    fresh.textProperty().bind(texts.bind("training.new"));
    fresh.setOnAction(
        e -> {
          showForm = true;
          refresh();
        });
    for (Region whole : List.of(title, pause, stop, fresh)) {
      whole.setMinWidth(Region.USE_PREF_SIZE);
    }
    HBox head = new HBox(8, title, status, ChatPane.spacer(), pause, stop, fresh);
    head.setAlignment(Pos.CENTER_LEFT);
    head.getStyleClass().add("panel-head");
    return head;
  }

  private void buildRun(LossChart.Palette palette) {
    String[] keys = {"loss", "val", "bpb", "speed", "eta"};
    HBox row = new HBox(20);
    for (int i = 0; i < keys.length; i++) {
      figures[i] = new Label("–");
      figures[i].getStyleClass().add("figure");
      Label caption = new Label();
      caption.textProperty().bind(texts.bind("training." + keys[i]));
      caption.getStyleClass().add("muted");
      VBox box = new VBox(figures[i], caption);
      HBox.setHgrow(box, Priority.ALWAYS);
      row.getChildren().add(box);
    }
    String[] small = {"rate", "grad", "speed"};
    HBox charts = new HBox(10);
    for (int i = 0; i < small.length; i++) {
      Label caption = new Label();
      caption.textProperty().bind(texts.bind("training." + small[i]));
      caption.getStyleClass().add("muted");
      sparkValues[i] = new Label();
      sparkValues[i].getStyleClass().add("muted");
      sparks[i] = new SparkChart(palette.accent());
      VBox box = new VBox(2, new HBox(caption, ChatPane.spacer(), sparkValues[i]), sparks[i]);
      HBox.setHgrow(box, Priority.ALWAYS);
      box.setPrefWidth(150);
      charts.getChildren().add(box);
    }
    sample.getStyleClass().add("muted");
    sample.setWrapText(true);
    sample.setMaxHeight(34);
    VBox.setVgrow(chart, Priority.ALWAYS);
    run.getChildren().addAll(row, chart, charts, sample, errorLine());
    run.getStyleClass().add("panel-body");
  }

  private Label errorLine() {
    Label error = new Label();
    error.getStyleClass().add("error");
    error.setWrapText(true);
    error.textProperty().bind(training.errorProperty());
    error.visibleProperty().bind(training.errorProperty().isNotEmpty());
    error.managedProperty().bind(error.visibleProperty());
    return error;
  }

  private void buildForm() {
    Label none = new Label();
    none.textProperty().bind(texts.bind("training.none"));
    none.setWrapText(true);
    Button pick = new Button();
    pick.textProperty().bind(texts.bind("training.pick"));
    pick.setOnAction(
        e -> {
          List<File> picked = new FileChooser().showOpenMultipleDialog(getScene().getWindow());
          if (picked != null) {
            choose(picked.stream().map(File::toPath).toList());
          }
        });
    chosen.getStyleClass().add("muted");
    preset.getItems().setAll(Preset.values());
    preset.setValue(Preset.BASE);
    batch.setText(Integer.toString(Preset.BASE.batchSize()));
    preset
        .valueProperty()
        .addListener(
            (o, was, now) -> {
              batch.setText(Integer.toString(now.batchSize()));
              askForPlan();
            });
    steps.textProperty().addListener((o, was, now) -> askForPlan());
    batch.textProperty().addListener((o, was, now) -> askForPlan());
    GridPane grid = new GridPane();
    grid.setHgap(10);
    grid.setVgap(8);
    addRow(grid, 0, "training.name", name);
    addRow(grid, 1, "training.preset", preset);
    addRow(grid, 2, "training.steps", steps);
    addRow(grid, 3, "training.batch", batch);
    plan.getStyleClass().add("muted");
    plan.setWrapText(true);
    start.textProperty().bind(texts.bind("training.start"));
    start.setId("training-start");
    start.getStyleClass().add("primary");
    start.setDisable(true);
    start.setOnAction(e -> begin(false));
    anyway.textProperty().bind(texts.bind("training.anyway"));
    anyway.setOnAction(e -> begin(true));
    anyway.setVisible(false);
    form.getChildren()
        .addAll(
            none,
            new HBox(10, pick, chosen),
            grid,
            plan,
            new HBox(10, start, anyway),
            interrupted,
            errorLine());
    form.getStyleClass().add("panel-body");
    setOnDragOver(
        e -> {
          if (e.getDragboard().hasFiles()) {
            e.acceptTransferModes(TransferMode.COPY);
          }
          e.consume();
        });
    setOnDragDropped(
        e -> {
          choose(e.getDragboard().getFiles().stream().map(File::toPath).toList());
          e.setDropCompleted(true);
          e.consume();
        });
  }

  private void addRow(GridPane grid, int row, String key, Node field) {
    Label label = new Label();
    label.textProperty().bind(texts.bind(key));
    label.setLabelFor(field);
    grid.add(label, 0, row);
    grid.add(field, 1, row);
  }

  /** Takes the files of the next training. */
  void choose(List<Path> picked) {
    files.clear();
    files.addAll(picked);
    if (!picked.isEmpty()) {
      String file = String.valueOf(picked.get(0).getFileName());
      name.setText(file.contains(".") ? file.substring(0, file.lastIndexOf('.')) : file);
    }
    showForm = true;
    showChosen();
    askForPlan();
    refresh();
  }

  void chooseShape(Preset value, long count) {
    preset.setValue(value);
    steps.setText(Long.toString(count));
  }

  private void showChosen() {
    chosen.setText(
        files.isEmpty()
            ? ""
            : texts.get(
                "training.files",
                files.size(),
                texts.number(TrainingViewModel.bytes(files) / 1048576.0, 1)));
  }

  private void askForPlan() {
    boolean ready = !files.isEmpty() && number(steps) > 0 && number(batch) > 0;
    start.setDisable(!ready || training.busy());
    if (ready) {
      training.plan(form());
    }
  }

  private TrainingViewModel.Form form() {
    return new TrainingViewModel.Form(
        name.getText().isBlank() ? "model" : name.getText().strip(),
        files,
        preset.getValue(),
        number(steps),
        (int) number(batch));
  }

  private static long number(TextField field) {
    String text = field.getText().strip();
    return text.matches("[0-9]{1,9}") ? Long.parseLong(text) : -1;
  }

  private void begin(boolean although) {
    showForm = false;
    training.start(form(), although);
  }

  private void showPlan() {
    training
        .planProperty()
        .get()
        .ifPresent(
            p -> {
              StringBuilder text =
                  new StringBuilder(
                      texts.get("training.plan", mb(p.total()), mb(p.limit()), mb(p.accepted())));
              for (MemoryPlan.Line line : p.lines()) {
                if (line.bytes() > MemoryBudget.MB / 2) {
                  text.append("\n  ")
                      .append(texts.get("resources.item." + line.item().name()))
                      .append("  ")
                      .append(mb(line.bytes()));
                }
              }
              for (MemoryPlan.Suggestion s : p.suggestions()) {
                text.append("\n→ ").append(s.text());
              }
              plan.setText(text.toString());
              anyway.setVisible(!p.fits());
              start.setDisable(!p.fits() || training.busy());
            });
  }

  private String mb(long bytes) {
    return texts.number(bytes / (double) MemoryBudget.MB, 0);
  }

  private void showInterrupted() {
    interrupted.getChildren().clear();
    for (ResumableRun r : training.resumableProperty().get().stream().limit(3).toList()) {
      Button button =
          new Button(texts.get("training.continue", r.name(), texts.number(r.step(), 0)));
      button.setOnAction(
          e -> {
            showForm = false;
            training.resumeRun(r);
          });
      interrupted.getChildren().add(button);
    }
  }

  private void refresh() {
    TrainingSnapshot s = training.snapshotProperty().get().orElse(null);
    boolean busy = training.busy();
    if (busy) {
      showForm = false;
    }
    boolean failedEarly = s != null && s.state() == JobState.FAILED && training.curve().size() == 0;
    setCenter(showForm || s == null || failedEarly ? form : run);
    pause.setVisible(busy);
    stop.setVisible(busy);
    pause.setManaged(busy);
    stop.setManaged(busy);
    fresh.setVisible(!busy && getCenter() == run);
    fresh.setManaged(fresh.isVisible());
    if (s == null) {
      status.setText("");
      return;
    }
    boolean paused = s.state() == JobState.PAUSED || s.pausedByGuard();
    pause.setText(texts.get(paused ? "training.resume" : "training.pause"));
    pause.setOnAction(
        e -> {
          if (paused) {
            training.resume();
          } else {
            training.pause();
          }
        });
    status.setText(statusText(s));
    figures[0].setText(texts.number(s.loss(), 2));
    figures[1].setText(texts.number(s.valLoss(), 2));
    figures[2].setText(texts.number(s.bitsPerByte(), 3));
    figures[3].setText(texts.number(s.tokensPerSecond(), 0));
    figures[4].setText(eta(s.etaSeconds()));
    sample.setText(s.sample().replace('\n', ' '));
  }

  private String statusText(TrainingSnapshot s) {
    if (s.pausedByGuard()) {
      return texts.get("training.state.pausedByGuard");
    }
    if (s.state() == JobState.PAUSED || s.state().ended()) {
      return s.name() + " · " + texts.get("training.state." + s.state().name());
    }
    return s.phase() == TrainingPhase.TRAINING
        ? texts.get(
            "training.phase.TRAINING",
            texts.number(s.step(), 0),
            texts.number(s.totalSteps(), 0),
            texts.number(s.epoch(), 1))
        : texts.get("training.phase." + s.phase().name());
  }

  private static String eta(long seconds) {
    return seconds < 0
        ? "–"
        : seconds < 120
            ? seconds + " s"
            : seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
  }

  private void refreshCurve() {
    chart.redraw();
    IntToDoubleFunction[] series = {
      training.curve()::rate, training.curve()::gradient, training.curve()::speed
    };
    int n = training.curve().size();
    int from = Math.max(0, n - SPARK_POINTS);
    for (int i = 0; i < series.length; i++) {
      double[] values = new double[n - from];
      for (int j = from; j < n; j++) {
        values[j - from] = series[i].applyAsDouble(j);
      }
      sparks[i].show(values);
      if (values.length > 0) {
        double last = values[values.length - 1];
        sparkValues[i].setText(
            i == 0 ? String.format("%.1e", last) : texts.number(last, i == 1 ? 2 : 0));
      }
    }
  }
}
