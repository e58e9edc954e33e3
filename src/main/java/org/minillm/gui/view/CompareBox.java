package org.minillm.gui.view;

import java.util.List;
import javafx.scene.control.CheckBox;
import javafx.scene.control.Label;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.RunsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** Which earlier runs lie behind the curve. */
final class CompareBox extends VBox {
  private static final int SHOWN = 8;

  private final TrainingViewModel training;
  private final RunsViewModel runs;
  private final Texts texts;
  private final Label error;

  CompareBox(TrainingViewModel training, Texts texts) {
    super(6);
    this.training = training;
    this.runs = training.runs();
    this.texts = texts;
    setId("compare-box");
    error = Controls.error(texts, runs.failureProperty());
    runs.runsProperty().addListener((o, was, now) -> fill());
    runs.refresh();
    fill();
  }

  private void fill() {
    getChildren().setAll(Controls.label(texts, "chart.compare"));
    List<RunsViewModel.Run> others =
        runs.runsProperty().get().stream()
            .filter(run -> !training.isShown(run.dir()))
            .limit(SHOWN)
            .toList();
    for (RunsViewModel.Run run : others) {
      CheckBox box = new CheckBox(run.name());
      box.getStyleClass().add("small");
      box.setSelected(runs.isCompared(run));
      box.setDisable(!box.isSelected() && !runs.mayCompareMore());
      box.selectedProperty()
          .addListener(
              (o, was, now) -> {
                runs.setCompared(run, now);
                fill();
              });
      getChildren().add(box);
    }
    if (others.isEmpty()) {
      Label none = Controls.label(texts, "chart.noRuns", "muted");
      none.setWrapText(true);
      none.setMinWidth(0);
      getChildren().add(none);
    }
    getChildren().add(error);
  }
}
