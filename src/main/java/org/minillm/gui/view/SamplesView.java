package org.minillm.gui.view;

import java.util.List;
import java.util.stream.Collectors;
import javafx.geometry.Pos;
import javafx.geometry.VPos;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.Slider;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.scene.text.Text;
import javafx.scene.text.TextFlow;
import org.minillm.gui.viewmodel.RunsViewModel;
import org.minillm.gui.viewmodel.Texts;

/**
 * The time machine: what the model made of the same prompts after each evaluation. The chosen step
 * stands large, the others in rows under it.
 */
final class SamplesView extends VBox {
  private static final double WIDEST = 760;

  /** Rows at most; of more steps every so many have one. */
  private static final int MOST_ROWS = 24;

  private final RunsViewModel runs;
  private final Texts texts;
  private final Slider slider = new Slider();
  private final Label where = new Label();
  private final VBox written = new VBox(8);
  private boolean following = true;
  private boolean filling;

  SamplesView(RunsViewModel runs, Texts texts) {
    super(8);
    this.runs = runs;
    this.texts = texts;
    slider.setId("samples-slider");
    slider.setBlockIncrement(1);
    slider.accessibleTextProperty().bind(texts.bind("training.samplesAt"));
    slider
        .valueProperty()
        .addListener(
            (o, was, now) -> {
              if (!filling) {
                following = Math.round(now.doubleValue()) >= slider.getMax();
                show();
              }
            });
    HBox.setHgrow(slider, Priority.ALWAYS);
    where.getStyleClass().add("small");
    where.setMinWidth(Region.USE_PREF_SIZE);
    HBox row = new HBox(12, Controls.label(texts, "training.samplesAt", "muted"), slider, where);
    row.setAlignment(Pos.CENTER_LEFT);
    ScrollPane scroll = new ScrollPane(written);
    scroll.setFitToWidth(true);
    scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    VBox.setVgrow(scroll, Priority.ALWAYS);
    getChildren().addAll(row, scroll);
    runs.samplesProperty().addListener((o, was, now) -> refill());
    runs.promptsProperty().addListener((o, was, now) -> show());
    texts.localeProperty().addListener((o, was, now) -> show());
    visibleProperty().addListener((o, was, now) -> show());
    refill();
  }

  /** Other samples: the slider stays at its step, or goes with the newest. */
  private void refill() {
    List<RunsViewModel.SampleStep> all = runs.samplesProperty().get();
    filling = true;
    double last = Math.max(0, all.size() - 1);
    double at = following ? last : Math.min(slider.getValue(), last);
    slider.setMax(last);
    slider.setValue(at);
    filling = false;
    slider.setDisable(all.size() < 2);
    show();
  }

  private void show() {
    if (!isVisible()) {
      return; // many nodes, at each evaluation
    }
    List<RunsViewModel.SampleStep> all = runs.samplesProperty().get();
    written.getChildren().clear();
    if (all.isEmpty()) {
      where.setText("");
      Label none = Controls.label(texts, "training.noSamples", "muted");
      none.setWrapText(true);
      none.setMinWidth(0);
      written.getChildren().add(none);
      return;
    }
    int chosen = (int) Math.min(all.size() - 1, Math.round(slider.getValue()));
    where.setText(name(all.get(chosen)));
    List<String> made = all.get(chosen).texts();
    for (int i = 0; i < made.size(); i++) {
      written.getChildren().add(large(made.get(i).strip(), prompt(i)));
    }
    written.getChildren().add(others(all, chosen));
  }

  private String name(RunsViewModel.SampleStep step) {
    return texts.get("training.samplesStep", texts.number(step.step(), 0));
  }

  private String prompt(int i) {
    List<String> prompts = runs.promptsProperty().get();
    return i < prompts.size() ? prompts.get(i).strip() : "";
  }

  /** A text of the chosen step; what it was given to begin with is muted. */
  private static Node large(String text, String prompt) {
    int given = text.startsWith(prompt) ? prompt.length() : 0;
    Text before = new Text(text.substring(0, given));
    before.getStyleClass().add("muted-run");
    Text own = new Text(text.substring(given));
    own.getStyleClass().add("message-run");
    TextFlow flow = new TextFlow(before, own);
    flow.getStyleClass().add("card");
    flow.setMaxWidth(WIDEST);
    flow.setMinHeight(Region.USE_PREF_SIZE);
    return flow;
  }

  /** The other steps, the newest first. */
  private Node others(List<RunsViewModel.SampleStep> all, int chosen) {
    GridPane grid = new GridPane();
    grid.setId("samples-rows");
    grid.setHgap(12);
    grid.setVgap(6);
    int every = 1 + (all.size() - 1) / MOST_ROWS;
    for (int i = all.size() - 1; i >= 0; i -= every) {
      if (i != chosen) {
        addRow(grid, all.get(i));
      }
    }
    return grid;
  }

  private void addRow(GridPane grid, RunsViewModel.SampleStep step) {
    Label at = new Label(name(step));
    at.getStyleClass().add("muted");
    at.setMinWidth(Region.USE_PREF_SIZE);
    Label text =
        new Label(step.texts().stream().map(SamplesView::line).collect(Collectors.joining("\n")));
    text.getStyleClass().add("small");
    text.setWrapText(true);
    text.setMinHeight(Region.USE_PREF_SIZE);
    text.setMaxWidth(WIDEST);
    GridPane.setHgrow(text, Priority.ALWAYS);
    GridPane.setValignment(at, VPos.TOP);
    grid.addRow(grid.getRowCount(), at, text);
  }

  private static String line(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
