package org.minillm.gui.view;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.canvas.Canvas;
import javafx.scene.canvas.GraphicsContext;
import javafx.scene.control.Label;
import javafx.scene.control.Spinner;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.scene.paint.Color;
import org.minillm.app.GuardLevel;
import org.minillm.app.MemoryPlan;
import org.minillm.base.MemoryBudget;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.Texts;

/** Memory against the budget, processors, the guard. */
final class ResourcesPane extends BorderPane {
  private final ResourcesViewModel resources;
  private final Texts texts;
  private final Label guard = new Label();
  private final Label memory = new Label();
  private final Label machine = new Label();
  private final Label act = new Label();
  private final Canvas bar = new Canvas();
  private final FlowPane legend = new FlowPane(12, 4);
  private final HBox cores = new HBox(12);
  private final List<SparkChart> sparks = new ArrayList<>();
  private final List<Label> loads = new ArrayList<>();
  private LossChart.Palette palette;

  ResourcesPane(
      ResourcesViewModel resources, Texts texts, LossChart.Palette palette, int budgetMb) {
    this.resources = resources;
    this.texts = texts;
    this.palette = palette;
    getStyleClass().add("panel");
    setTop(head(budgetMb));
    Label caption = new Label();
    caption.textProperty().bind(texts.bind("resources.memory"));
    memory.getStyleClass().add("title");
    Region holder = new Region();
    holder.setMinHeight(20);
    VBox body = new VBox(8);
    bar.setHeight(20);
    bar.widthProperty().bind(body.widthProperty().subtract(34));
    act.getStyleClass().add("muted");
    act.setWrapText(true);
    machine.getStyleClass().add("muted");
    body.getChildren()
        .addAll(new HBox(caption, ChatPane.spacer(), memory), bar, legend, cores, machine, act);
    body.getStyleClass().add("panel-body");
    setCenter(body);
    resources.stateProperty().addListener((o, was, now) -> refresh());
    texts.localeProperty().addListener((o, was, now) -> refresh());
    bar.widthProperty().addListener((o, was, now) -> refresh());
  }

  void setPalette(LossChart.Palette value) {
    palette = value;
    sparks.forEach(s -> s.setColor(value.accent()));
    refresh();
  }

  private Node head(int budgetMb) {
    Label title = new Label();
    title.textProperty().bind(texts.bind("resources.title"));
    title.getStyleClass().add("title");
    guard.getStyleClass().add("muted");
    Label caption = new Label();
    caption.textProperty().bind(texts.bind("resources.budget"));
    caption.getStyleClass().add("muted");
    Spinner<Integer> budget = new Spinner<>(64, 65_536, budgetMb, 16);
    budget.setEditable(true);
    budget.setPrefWidth(92);
    budget.setId("budget");
    budget.accessibleTextProperty().bind(texts.bind("resources.budget"));
    budget.valueProperty().addListener((o, was, now) -> resources.setBudget(now));
    HBox head = new HBox(8, title, guard, ChatPane.spacer(), caption, budget);
    head.setAlignment(Pos.CENTER_LEFT);
    head.getStyleClass().add("panel-head");
    return head;
  }

  private void refresh() {
    ResourcesViewModel.State s = resources.stateProperty().get().orElse(null);
    if (s == null) {
      return;
    }
    guard.setText(texts.get("resources.guard", texts.get("resources.guard." + s.level().name())));
    memory.setText(mb(s.resources().rss()) + " / " + mb(s.resources().budget()) + " MB");
    machine.setText(
        texts.get("resources.machine")
            + ": "
            + texts.number((s.resources().memTotal() - s.resources().memAvailable()) / 1e9, 1)
            + " / "
            + texts.number(s.resources().memTotal() / 1e9, 1)
            + " GB");
    act.setText(
        s.act()
            .map(
                e ->
                    String.format(
                        "%tR  %s  %s → %s MB",
                        e.timeMillis(), e.detail(), mb(e.rssBefore()), mb(e.rssAfter())))
            .orElse(texts.get("resources.noEvent")));
    drawBar(s);
    showCores(s);
  }

  private void drawBar(ResourcesViewModel.State s) {
    GraphicsContext g = bar.getGraphicsContext2D();
    double w = bar.getWidth();
    double h = bar.getHeight();
    double budget = Math.max(1, s.resources().budget());
    g.clearRect(0, 0, w, h);
    g.setFill(palette.line());
    g.fillRoundRect(0, 0, w, h, 8, 8);
    double at = 0;
    legend.getChildren().clear();
    Map<MemoryPlan.Item, Color> colors = colors();
    for (MemoryPlan.Line line : s.usage().lines()) {
      double width = Math.min(w - at, w * line.bytes() / budget);
      Color color = colors.getOrDefault(line.item(), palette.muted());
      g.setFill(color);
      g.fillRect(at, 0, Math.max(0, width), h);
      at += width;
      if (line.bytes() >= MemoryBudget.MB) {
        Region swatch = new Region();
        swatch.getStyleClass().add("swatch");
        swatch.setStyle("-fx-background-color: " + web(color));
        Label label =
            new Label(texts.get("resources.item." + line.item().name()) + " " + mb(line.bytes()));
        label.getStyleClass().add("muted");
        HBox entry = new HBox(5, swatch, label);
        entry.setAlignment(Pos.CENTER_LEFT);
        legend.getChildren().add(entry);
      }
    }
    g.setLineWidth(2);
    for (GuardLevel level : GuardLevel.values()) {
      if (level.threshold() > 0) {
        g.setStroke(level == GuardLevel.RELEASE ? palette.red() : palette.amber());
        g.strokeLine(w * level.threshold(), 0, w * level.threshold(), h);
      }
    }
  }

  private Map<MemoryPlan.Item, Color> colors() {
    Map<MemoryPlan.Item, Color> colors = new EnumMap<>(MemoryPlan.Item.class);
    colors.put(MemoryPlan.Item.WEIGHTS, palette.accent());
    colors.put(MemoryPlan.Item.CHAT_MODEL, palette.accent().darker());
    colors.put(MemoryPlan.Item.GRADIENTS, palette.violet().brighter());
    colors.put(MemoryPlan.Item.OPTIMIZER, palette.violet());
    colors.put(MemoryPlan.Item.ACTIVATIONS, palette.amber());
    colors.put(MemoryPlan.Item.SESSION, palette.red());
    return colors;
  }

  private static String web(Color c) {
    return String.format(
        "#%02x%02x%02x",
        Math.round(c.getRed() * 255),
        Math.round(c.getGreen() * 255),
        Math.round(c.getBlue() * 255));
  }

  private void showCores(ResourcesViewModel.State s) {
    int count = Math.min(4, s.resources().cpu().size());
    while (sparks.size() < count) {
      SparkChart spark = new SparkChart(palette.accent());
      spark.setRange(0, 1);
      Label label = new Label();
      label.getStyleClass().add("muted");
      VBox box = new VBox(2, label, spark);
      HBox.setHgrow(box, Priority.ALWAYS);
      box.setPrefWidth(120);
      sparks.add(spark);
      loads.add(label);
      cores.getChildren().add(box);
    }
    for (int i = 0; i < count; i++) {
      sparks.get(i).show(resources.core(i));
      loads
          .get(i)
          .setText("CPU " + i + "  " + texts.number(100 * s.resources().cpu().get(i), 0) + " %");
    }
  }

  private String mb(long bytes) {
    return texts.number(bytes / (double) MemoryBudget.MB, 0);
  }
}
