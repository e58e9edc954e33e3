package org.minillm.gui.view;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javafx.application.Platform;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.TextField;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.stage.FileChooser;
import org.minillm.app.MemoryPlan;
import org.minillm.app.ModelEntry;
import org.minillm.app.Preset;
import org.minillm.app.ResumableRun;
import org.minillm.app.RunProposal;
import org.minillm.gui.viewmodel.Problem;
import org.minillm.gui.viewmodel.RunsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingForm;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.minillm.train.FineTuning;

/** What to train: files, name, shape, steps, the memory it will take. */
final class TrainingFormView extends ScrollPane {
  private static final int RUNS_SHOWN = 3;
  private static final int NAMES_SHOWN = 3;
  private static final int EARLIER_SHOWN = 6;
  private static final List<String> TEXT_FILES =
      List.of("*.txt", "*.md", "*.jsonl", "*.csv", "*.tsv", "*.html", "*.htm", "*.epub", "*.pdf");

  private final TrainingViewModel training;
  private final Texts texts;
  private final Runnable ejectChatModel;
  private final List<Path> files = new ArrayList<>();
  private final Label chosen = new Label();
  private final TextField name = new TextField();
  private final ShapeBox shape;
  private final TextField steps = new TextField();
  private final TextField batch = new TextField();
  private final Map<String, Label> problems = new HashMap<>();
  private final PlanView plan;
  private final PlannerView planner;
  private final Button start;
  private final Button anyway;
  private final VBox interrupted = new VBox(6);
  private final VBox earlier = new VBox(6);
  private final FlowPane earlierRuns = new FlowPane(8, 6);
  private OptionalInt context = OptionalInt.empty();
  private Optional<Boolean> memorySaver = Optional.empty();
  private final BaseBox base;
  private final List<Node> shapeRow = new ArrayList<>();
  private Supplier<Optional<ModelEntry>> chatModel = Optional::empty;
  private boolean filling;
  private boolean allInterrupted;
  private boolean allEarlier;

  /**
   * @param ejectChatModel takes a plan's suggestion to let the chat's model go
   */
  TrainingFormView(TrainingViewModel training, Texts texts, Runnable ejectChatModel) {
    this.training = training;
    this.texts = texts;
    this.ejectChatModel = ejectChatModel;
    plan = new PlanView(texts, this::take);
    planner =
        new PlannerView(
            training, texts, () -> List.copyOf(files), this::takeProposal, this::revealPlanner);
    base = new BaseBox(texts, this::baseChosen, this::changed);
    shape = new ShapeBox(texts, this::presetChosen);
    start = Controls.button(texts, "training.start", () -> training.start(form(), false));
    start.setId("training-start");
    start.getStyleClass().add("primary");
    anyway = Controls.button(texts, "training.anyway", () -> training.start(form(), true));
    anyway.setId("training-anyway");
    setFitToWidth(true);
    setHbarPolicy(ScrollBarPolicy.NEVER);
    setContent(body());
    training.planProperty().addListener((o, was, now) -> showPlan());
    training.resumableProperty().addListener((o, was, now) -> showInterrupted());
    training.runs().runsProperty().addListener((o, was, now) -> showEarlier());
    training
        .data()
        .stateProperty()
        .addListener(
            (o, was, now) -> {
              if (was.summary().isEmpty() && now.summary().isPresent()) {
                base.base().ifPresent(this::takeOnePass);
              }
            });
    texts.localeProperty().addListener((o, was, now) -> refresh());
  }

  private Node body() {
    Label none = Controls.label(texts, "training.none");
    none.setWrapText(true);
    none.setMinWidth(0);
    Button pick = Controls.button(texts, "training.pick", this::pick);
    pick.setId("training-pick");
    Button folder = Controls.button(texts, "training.pickFolder", this::pickFolder);
    chosen.getStyleClass().add("muted");
    chosen.setWrapText(true);
    HBox picked = new HBox(10, pick, folder, chosen);
    picked.setAlignment(Pos.CENTER_LEFT);
    shape.accessibleTextProperty().bind(texts.bind("training.preset"));
    steps.setText(Long.toString(training.configuredSteps()));
    batch.setText(Integer.toString(Preset.CHROMEBOOK.batchSize()));
    for (TextField field : List.of(name, steps, batch)) {
      field.textProperty().addListener((o, was, now) -> changed());
    }
    steps.setPrefColumnCount(7);
    batch.setPrefColumnCount(4);
    GridPane grid = new GridPane();
    grid.setHgap(12);
    grid.setVgap(4);
    HBox numbers =
        new HBox(
            10, steps, named("training.batch", batch), batch, Controls.spacer(), start, anyway);
    numbers.setAlignment(Pos.CENTER_LEFT);
    addRow(grid, 0, "training.name", name, name, TrainingForm.NAME);
    addRow(grid, 1, "training.preset", shape, shape, "preset");
    shapeRow.addAll(grid.getChildren().filtered(n -> GridPane.getRowIndex(n) == 2));
    addRow(grid, 2, "training.steps", steps, numbers, TrainingForm.STEPS);
    problems.put(TrainingForm.BATCH, problemLine());
    grid.add(problems.get(TrainingForm.BATCH), 1, 6);
    name.setId("training-name");
    steps.setId("training-steps");
    batch.setId("training-batch");
    batch.accessibleTextProperty().bind(texts.bind("training.batch"));
    problems.put(TrainingForm.FILES, problemLine());
    VBox body =
        new VBox(
            10,
            none,
            new VBox(4, picked, problems.get(TrainingForm.FILES)),
            new DataView(training.data(), texts, copy -> choose(List.of(copy))),
            base,
            grid,
            planner,
            Controls.error(texts, training.failureProperty()),
            plan,
            interrupted,
            earlier);
    body.getStyleClass().add("panel-body");
    return body;
  }

  /** Takes the model to go on from; its shape and tokenizer hold. */
  void fineTune(ModelEntry model) {
    base.set(Optional.of(model));
    baseChosen();
  }

  /**
   * Lets the form offer the chat's model to go on from.
   *
   * @param open that model, where the library has it
   */
  void offerBase(Supplier<Optional<ModelEntry>> open) {
    chatModel = open;
  }

  private void takeOnePass(ModelEntry model) {
    steps.setText(Long.toString(training.onePass(model, batch.getText())));
  }

  private void baseChosen() {
    boolean none = base.base().isEmpty();
    shape.propose(Optional.empty()); // the base has a shape of its own
    Controls.shown(planner, none);
    shapeRow.forEach(
        n ->
            Controls.shown(
                n, none && !(n instanceof Label l && l.getStyleClass().contains("error"))));
    steps.setText(Long.toString(training.configuredSteps()));
    base.base().ifPresent(this::takeOnePass);
    refresh();
  }

  private Label named(String key, Node field) {
    Label label = Controls.label(texts, key);
    label.setLabelFor(field);
    return label;
  }

  private void addRow(GridPane grid, int row, String key, Node field, Node shown, String problem) {
    field.accessibleTextProperty().unbind();
    field.accessibleTextProperty().bind(texts.bind(key));
    grid.add(named(key, field), 0, 2 * row);
    grid.add(shown, 1, 2 * row);
    GridPane.setHgrow(shown, Priority.ALWAYS);
    Label line = problemLine();
    problems.put(problem, line);
    grid.add(line, 1, 2 * row + 1);
  }

  private static Label problemLine() {
    Label line = new Label();
    line.getStyleClass().add("error");
    line.setWrapText(true);
    line.setMinHeight(Region.USE_PREF_SIZE);
    Controls.shown(line, false);
    return line;
  }

  private void pick() {
    List<File> picked =
        FileDialogs.openSeveral(
            getScene().getWindow(),
            texts.get("training.pick"),
            new FileChooser.ExtensionFilter(texts.get("training.textFiles"), TEXT_FILES),
            new FileChooser.ExtensionFilter(texts.get("training.allFiles"), "*"));
    if (!picked.isEmpty()) {
      choose(picked.stream().map(File::toPath).toList());
    }
  }

  private void pickFolder() {
    FileDialogs.folder(getScene().getWindow(), texts.get("training.pickFolder"))
        .ifPresent(picked -> choose(List.of(picked.toPath())));
  }

  /** Takes the files of the next training. */
  void choose(List<Path> picked) {
    files.clear();
    files.addAll(picked);
    if (!picked.isEmpty()) {
      String file = String.valueOf(picked.get(0).getFileName());
      name.setText(file.lastIndexOf('.') > 0 ? file.substring(0, file.lastIndexOf('.')) : file);
    }
    shape.propose(Optional.empty());
    training.planner().forget();
    training.data().look(picked);
    refresh();
  }

  void chooseShape(Preset value, long count) {
    shape.setValue(Optional.of(value));
    steps.setText(Long.toString(count));
  }

  private void takeProposal(RunProposal taken) {
    context = OptionalInt.empty();
    memorySaver = Optional.empty();
    filling = true;
    shape.propose(Optional.of(taken.config()));
    steps.setText(Long.toString(taken.config().training().maxSteps()));
    batch.setText(Integer.toString(taken.config().training().batchSize()));
    filling = false;
    refresh();
  }

  /** Scrolls to the end of the planner's answer, where it is out of sight. */
  private void revealPlanner() {
    Platform.runLater(
        () -> {
          layout();
          double hidden =
              getContent().getLayoutBounds().getHeight() - getViewportBounds().getHeight();
          double end = planner.getBoundsInParent().getMaxY() - getViewportBounds().getHeight();
          if (hidden > 0 && getVvalue() * hidden < end) {
            setVvalue(end / hidden);
          }
        });
  }

  private void presetChosen(Optional<Preset> now) {
    context = OptionalInt.empty();
    memorySaver = Optional.empty();
    filling = true;
    batch.setText(
        Integer.toString(now.map(Preset::batchSize).orElseGet(training::configuredBatch)));
    filling = false;
    changed();
  }

  private void take(MemoryPlan.Suggestion suggestion) {
    switch (suggestion.change()) {
      case MEMORY_SAVER -> memorySaver = Optional.of(true);
      case CONTEXT -> context = OptionalInt.of(suggestion.config().hyperparameters().maxSeqLen());
      case PRESET -> shape.setValue(suggestion.config().model().preset());
      case EJECT_CHAT_MODEL -> {
        ejectChatModel.run();
        training.ejectServedModel();
      }
      case BUDGET -> training.setBudget(suggestion.config().resources().maxMemoryMb());
      case COMMAND_LINE, PRESET_ON_COMMAND_LINE -> {} // is no button
    }
    changed();
  }

  private TrainingForm form() {
    return new TrainingForm(
        name.getText(),
        files,
        shape.preset(),
        steps.getText(),
        batch.getText(),
        context,
        memorySaver,
        shape.proposed(),
        base.base().map(model -> FineTuning.whole(model.path().toString(), base.answersOnly())));
  }

  /** Checks the form in words and adds up its memory. */
  void changed() {
    if (filling) {
      return;
    }
    base.offer(files.isEmpty() ? Optional.empty() : chatModel.get());
    TrainingForm form = form();
    List<Problem> found = form.problems();
    for (Map.Entry<String, Label> line : problems.entrySet()) {
      Optional<Problem> first =
          found.stream().filter(p -> p.field().equals(line.getKey())).findFirst();
      // An untouched form is not scolded: without files it only waits.
      boolean waits = files.isEmpty() && name.getText().isEmpty();
      Controls.shown(line.getValue(), first.isPresent() && !waits);
      line.getValue().setText(first.map(p -> p.text(texts)).orElse(""));
    }
    training.plan(form); // the new plan may be equal to the old one, which is no change to hear of
    showPlan();
  }

  private void showPlan() {
    Optional<MemoryPlan> now = training.planProperty().get();
    Controls.shown(plan, now.isPresent());
    now.ifPresent(plan::show);
    boolean idle = !training.busy();
    boolean refused = now.isPresent() && !now.get().fits() && idle;
    start.setDisable(now.isEmpty() || !now.get().fits() || !idle);
    Controls.shown(start, !refused);
    Controls.shown(anyway, refused);
  }

  /** Draws afresh: after a change of the language, or when the pane comes back. */
  void refresh() {
    chosen.setText(files.isEmpty() ? texts.get("training.drop") : names());
    shape.refresh();
    planner.showReady();
    training.runs().refresh();
    base.refresh();
    showInterrupted();
    showEarlier();
    changed();
  }

  private String names() {
    String first =
        files.stream()
            .limit(NAMES_SHOWN)
            .map(file -> String.valueOf(file.getFileName()))
            .collect(Collectors.joining(", "));
    return files.size() > NAMES_SHOWN ? first + " …" : first;
  }

  private void showInterrupted() {
    interrupted.getChildren().clear();
    List<ResumableRun> runs = training.resumableProperty().get();
    if (training.busy() || runs.isEmpty()) {
      return;
    }
    interrupted.getChildren().add(Controls.label(texts, "training.interrupted", "muted"));
    int shown = allInterrupted ? runs.size() : Math.min(RUNS_SHOWN, runs.size());
    for (ResumableRun run : runs.subList(0, shown)) {
      Button button =
          new Button(texts.get("training.continue", run.name(), texts.number(run.step(), 0)));
      button.setMnemonicParsing(false); // names may have an underscore
      button.setGraphic(Icon.PLAY.node(11));
      button.setAccessibleText(button.getText());
      button.setOnAction(e -> training.resumeRun(run));
      interrupted.getChildren().add(button);
    }
    if (shown < runs.size()) {
      Runnable all =
          () -> {
            allInterrupted = true;
            showInterrupted();
            interrupted.getChildren().get(1 + shown).requestFocus();
          };
      interrupted.getChildren().add(more("training-more-interrupted", runs.size() - shown, all));
    }
  }

  private void showEarlier() {
    earlier.getChildren().clear();
    List<RunsViewModel.Run> runs = training.runs().runsProperty().get();
    if (runs.isEmpty()) {
      return;
    }
    earlierRuns.getChildren().clear();
    int shown = allEarlier ? runs.size() : Math.min(EARLIER_SHOWN, runs.size());
    for (RunsViewModel.Run run : runs.subList(0, shown)) {
      Button button = new Button(run.name());
      button.setMnemonicParsing(false);
      button.setAccessibleText(texts.get("training.earlier", run.name()));
      button.setOnAction(e -> training.view(run));
      earlierRuns.getChildren().add(button);
    }
    earlier
        .getChildren()
        .addAll(Controls.label(texts, "training.earlierRuns", "muted"), earlierRuns);
    if (shown < runs.size()) {
      Runnable all =
          () -> {
            allEarlier = true;
            showEarlier();
            earlierRuns.getChildren().get(shown).requestFocus();
          };
      earlierRuns.getChildren().add(more("training-more-earlier", runs.size() - shown, all));
    }
  }

  /** Shows the rest of a list of which only the first lines are there. */
  private Button more(String id, int hidden, Runnable show) {
    Button button = new Button(texts.get("training.more", hidden));
    button.setId(id);
    button.getStyleClass().add("quiet");
    button.setAccessibleText(button.getText());
    button.setOnAction(e -> show.run());
    return button;
  }
}
