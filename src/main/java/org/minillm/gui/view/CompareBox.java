package org.minillm.gui.view;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javafx.scene.control.CheckBox;
import javafx.scene.control.Label;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import org.minillm.gui.viewmodel.RunsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** Which earlier runs lie behind the curve. */
final class CompareBox extends VBox {
  private final TrainingViewModel training;
  private final RunsViewModel runs;
  private final Texts texts;
  private final Label error;
  private final Map<RunsViewModel.Run, CheckBox> boxes = new LinkedHashMap<>();
  private @Nullable List<RunsViewModel.Run> listed;

  CompareBox(TrainingViewModel training, Texts texts) {
    super(6);
    this.training = training;
    this.runs = training.runs();
    this.texts = texts;
    setId("compare-box");
    error = Controls.error(texts, runs.failureProperty());
    runs.runsProperty().addListener((o, was, now) -> list(others()));
    runs.refresh();
    list(others());
  }

  private List<RunsViewModel.Run> others() {
    return runs.runsProperty().get().stream().filter(run -> !training.isShown(run.dir())).toList();
  }

  /** Runs that are listed already keep their boxes: the keyboard may be there. */
  private void list(List<RunsViewModel.Run> others) {
    if (others.equals(listed)) {
      return;
    }
    listed = others;
    boxes.keySet().retainAll(others);
    getChildren().setAll(Controls.label(texts, "chart.compare"));
    for (RunsViewModel.Run run : others) {
      getChildren().add(boxes.computeIfAbsent(run, this::box));
    }
    if (others.isEmpty()) {
      Label none = Controls.label(texts, "chart.noRuns", "muted");
      none.setWrapText(true);
      none.setMinWidth(0);
      getChildren().add(none);
    }
    getChildren().add(error);
    offer();
  }

  private CheckBox box(RunsViewModel.Run run) {
    CheckBox box = new CheckBox(run.name());
    box.setMnemonicParsing(false); // names may have an underscore
    box.getStyleClass().add("small");
    box.setSelected(runs.isCompared(run));
    box.selectedProperty()
        .addListener(
            (o, was, now) -> {
              runs.setCompared(run, now);
              offer();
            });
    return box;
  }

  /** When as many as can lie behind the curve, no more can be chosen. */
  private void offer() {
    boxes.forEach((run, box) -> box.setDisable(!runs.isCompared(run) && !runs.mayCompareMore()));
  }
}
