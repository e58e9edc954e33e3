package org.minillm.gui.view;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.TextField;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.scene.paint.Color;
import org.jspecify.annotations.Nullable;
import org.minillm.app.GuardAction;
import org.minillm.app.GuardEvent;
import org.minillm.app.MemoryPlan;
import org.minillm.app.ResourceSnapshot;
import org.minillm.base.MemoryBudget;
import org.minillm.gui.viewmodel.EngineWords;
import org.minillm.gui.viewmodel.Problem;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.Texts;

/** Memory against the budget, processors, the guard. */
final class ResourcesPane extends Panel {
  /** More cores than that share one line of their mean, over a bar each. */
  private static final int MOST_SPARKS = 4;

  /** The place of the body is kept free from the first frame on. */
  private static final double USUAL_HEIGHT = 230;

  private static final double GIGABYTE = 1024.0 * MemoryBudget.MB;

  private final ResourcesViewModel resources;
  private final Texts texts;
  private final Label guard = new Label();
  private final Label memory = new Label();
  private final Label peak = new Label();
  private final Label machine = new Label();
  private final Label act = new Label();
  private final Label wrong = new Label();
  private final TextField budget = new TextField();
  private final MemoryBar bar;
  private final FlowPane legend = new FlowPane(12, 4);
  private final HBox cores = new HBox(12);
  private final Meter machineMeter = new Meter(60);
  private final Label sensors = new Label();
  private final VBox machineBox;
  private final VBox body = new VBox(8);
  private @Nullable ResourceDetails details;
  private List<MemoryPlan.Item> legendItems = List.of();
  private final List<SparkChart> sparks = new ArrayList<>();
  private final List<Label> loads = new ArrayList<>();
  private final CoreBars bars;
  private Palette palette;

  ResourcesPane(ResourcesViewModel resources, Texts texts, Palette palette) {
    super(texts);
    this.resources = resources;
    this.texts = texts;
    this.palette = palette;
    setHead(Controls.label(texts, "resources.title", "title"), guard);
    setMinHeight(USUAL_HEIGHT);
    bar = new MemoryBar(palette);
    bars = new CoreBars(palette);
    bar.accessibleTextProperty().bind(memory.textProperty());
    machineBox =
        new VBox(
            8,
            new HBox(
                8, Controls.label(texts, "resources.machine", "muted"), Controls.spacer(), machine),
            machineMeter,
            sensors);
    sensors.getStyleClass().add("muted");
    later(this::makeBody);
    resources.stateProperty().addListener((o, was, now) -> refresh());
    resources.failureProperty().addListener((o, was, now) -> showBudget());
    texts.localeProperty().addListener((o, was, now) -> refresh());
  }

  private void makeBody() {
    buildBudget();
    Label unit = new Label("MB");
    unit.getStyleClass().add("muted");
    unit.setMinWidth(Region.USE_PREF_SIZE);
    Label word = Controls.label(texts, "resources.budget", "muted");
    addToHead(word, budget, unit);
    leaveOut(word);
    memory.getStyleClass().add("title");
    memory.setMinWidth(Region.USE_PREF_SIZE);
    peak.getStyleClass().add("muted");
    machine.getStyleClass().add("small");
    machine.setMinWidth(Region.USE_PREF_SIZE);
    HBox.setHgrow(machineBox, Priority.ALWAYS);
    machineBox.setPrefWidth(150);
    cores.getChildren().add(machineBox);
    act.getStyleClass().add("muted");
    wrong.getStyleClass().add("error");
    Controls.shown(wrong, false);
    for (Label line : List.of(act, wrong)) {
      line.setWrapText(true);
      line.setMinHeight(Region.USE_PREF_SIZE);
    }
    HBox caption =
        new HBox(8, Controls.label(texts, "resources.memory"), peak, Controls.spacer(), memory);
    caption.setAlignment(Pos.BASELINE_LEFT);
    Controls.leaveOut(caption, peak);
    body.getChildren()
        .addAll(
            caption,
            bar,
            legend,
            cores,
            act,
            wrong,
            Controls.error(texts, resources.failureProperty()));
    body.getStyleClass().add("panel-body");
    setCenter(body);
  }

  private void buildBudget() {
    budget.setId("budget");
    budget.setPrefColumnCount(4);
    budget.setMinWidth(Region.USE_PREF_SIZE);
    budget.accessibleTextProperty().bind(texts.bind("resources.budget"));
    budget.setOnAction(e -> takeBudget());
    budget
        .focusedProperty()
        .addListener(
            (o, was, now) -> {
              if (!now) {
                takeBudget();
              }
            });
    showBudget();
  }

  private void showBudget() {
    budget.setText(Integer.toString(resources.budget()));
  }

  private void takeBudget() {
    Optional<Problem> problem = resources.setBudget(budget.getText());
    wrong.setText(problem.map(p -> p.text(texts)).orElse(""));
    Controls.shown(wrong, problem.isPresent());
  }

  void setPalette(Palette value) {
    palette = value;
    legendItems = List.of(); // its swatches have the other theme's colours
    bar.setPalette(value);
    bars.setPalette(value);
    sparks.forEach(s -> s.setColor(value.accent()));
    refresh();
  }

  private void refresh() {
    ResourcesViewModel.State s = resources.stateProperty().get().orElse(null);
    if (s == null) {
      return;
    }
    ResourceSnapshot r = s.resources();
    guard.setText(texts.get("resources.guard", texts.get("resources.guard." + s.level().name())));
    memory.setText(texts.megabytes(r.rss(), 0) + " / " + texts.megabytes(r.budget(), 0) + " MB");
    peak.setText(texts.get("resources.peak", texts.megabytes(r.peakRss(), 0)));
    long used = r.memTotal() - r.memAvailable();
    machine.setText(
        texts.number(used / GIGABYTE, 1)
            + " / "
            + texts.number(r.memTotal() / GIGABYTE, 1)
            + " GB");
    machineMeter.show(r.memTotal() == 0 ? 0 : (double) used / r.memTotal(), true);
    sensors.setText(sensors(r));
    Controls.shown(sensors, !sensors.getText().isEmpty());
    act.setText(s.act().map(this::words).orElse(texts.get("resources.noEvent")));
    if (details != null && details.isVisible()) {
      details.refresh();
    }
    bar.show(s.usage());
    showLegend(s.usage());
    showCores(r.cpu());
    if (!budget.isFocused() && !wrong.isVisible()) {
      String shown = Integer.toString(resources.budget());
      if (!shown.equals(budget.getText())) {
        budget.setText(shown);
      }
    }
  }

  @Override
  void showMaximised(boolean value) {
    if (value && details == null) {
      ResourceDetails made = new ResourceDetails(resources, texts, this::words);
      VBox.setVgrow(made, Priority.ALWAYS);
      body.getChildren().add(made);
      details = made;
    }
    if (details != null) {
      Controls.shown(details, value);
      Controls.shown(act, !value);
      details.refresh();
    }
  }

  private String sensors(ResourceSnapshot r) {
    String heat =
        r.temperature().isPresent()
            ? texts.get("resources.heat", texts.number(r.temperature().getAsDouble(), 0))
            : "";
    String battery =
        r.battery()
            .map(
                b ->
                    texts.get(
                        b.charging() ? "resources.charging" : "resources.battery",
                        texts.number(100 * b.charge(), 0)))
            .orElse("");
    return heat.isEmpty() || battery.isEmpty() ? heat + battery : heat + " · " + battery;
  }

  private String words(GuardEvent e) {
    String time =
        DateTimeFormatter.ofPattern("HH:mm")
            .withZone(ZoneId.systemDefault())
            .format(Instant.ofEpochMilli(e.timeMillis()));
    String action = texts.get("resources.act." + e.action().name());
    String percent = texts.number(100 * e.pressure(), 0);
    return e.action() == GuardAction.WATCH || e.action() == GuardAction.CALM
        ? texts.get("resources.event", time, action, percent)
        : texts.get(
            "resources.eventFreed",
            time,
            action,
            percent,
            EngineWords.of(e.detail(), texts),
            texts.megabytes(e.rssBefore(), 0),
            texts.megabytes(e.rssAfter(), 0));
  }

  /** Only its words change as a rule: made anew each second, it was half of what idling cost. */
  private void showLegend(MemoryPlan usage) {
    List<MemoryPlan.Line> lines =
        usage.lines().stream().filter(line -> line.bytes() >= MemoryBudget.MB / 2).toList();
    List<MemoryPlan.Item> items = lines.stream().map(MemoryPlan.Line::item).toList();
    if (!items.equals(legendItems)) {
      legendItems = items;
      legend.getChildren().setAll(items.stream().map(this::legendEntry).toList());
    }
    for (int i = 0; i < lines.size(); i++) {
      MemoryPlan.Line line = lines.get(i);
      Label words = (Label) ((HBox) legend.getChildren().get(i)).getChildren().get(1);
      words.setText(
          texts.get("resources.item." + line.item().name())
              + " "
              + texts.megabytes(line.bytes(), 0));
    }
  }

  private Node legendEntry(MemoryPlan.Item item) {
    Region swatch = new Region();
    swatch.getStyleClass().add("swatch");
    swatch.setStyle("-fx-background-color: " + web(bar.color(item)));
    Label words = new Label();
    words.getStyleClass().add("muted");
    words.setMinWidth(Region.USE_PREF_SIZE);
    HBox entry = new HBox(6, swatch, words);
    entry.setAlignment(Pos.CENTER_LEFT);
    return entry;
  }

  private static String web(Color c) {
    return String.format(
        "#%02x%02x%02x",
        Math.round(c.getRed() * 255),
        Math.round(c.getGreen() * 255),
        Math.round(c.getBlue() * 255));
  }

  private void showCores(List<Double> cpu) {
    boolean each = cpu.size() <= MOST_SPARKS;
    int count = each ? cpu.size() : 1;
    while (sparks.size() < count) {
      SparkChart spark = new SparkChart(palette.accent());
      spark.setRange(0, 1);
      Label load = new Label();
      load.getStyleClass().add("small");
      load.setMinWidth(Region.USE_PREF_SIZE);
      Label name = new Label(each ? "CPU " + sparks.size() : "CPU × " + cpu.size());
      name.getStyleClass().add("muted");
      name.setMinWidth(Region.USE_PREF_SIZE);
      VBox box = new VBox(2, new HBox(name, Controls.spacer(), load), spark);
      if (!each) {
        box.getChildren().add(bars);
      }
      HBox.setHgrow(box, Priority.ALWAYS);
      box.setPrefWidth(90);
      cores.getChildren().add(sparks.size(), box);
      sparks.add(spark);
      loads.add(load);
    }
    for (int i = 0; i < count; i++) {
      double[] history = each ? resources.core(i) : mean(cpu.size());
      sparks.get(i).show(history);
      double now = history.length == 0 ? 0 : history[history.length - 1];
      loads.get(i).setText(texts.number(100 * now, 0) + " %");
    }
    if (!each) {
      bars.show(cpu.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  private double[] mean(int count) {
    double[] sum = resources.core(0);
    for (int i = 1; i < count; i++) {
      double[] core = resources.core(i);
      for (int j = 0; j < Math.min(sum.length, core.length); j++) {
        sum[j] += core[j];
      }
    }
    for (int j = 0; j < sum.length; j++) {
      sum[j] /= count;
    }
    return sum;
  }
}
