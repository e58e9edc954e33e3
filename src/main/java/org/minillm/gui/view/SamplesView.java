package org.minillm.gui.view;

import java.util.List;
import javafx.geometry.Pos;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.Slider;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.RunsViewModel;
import org.minillm.gui.viewmodel.Texts;

/** The time machine: what the model made of the same prompts after each evaluation. */
final class SamplesView extends VBox {
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
    texts.localeProperty().addListener((o, was, now) -> show());
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
    RunsViewModel.SampleStep now =
        all.get((int) Math.min(all.size() - 1, Math.round(slider.getValue())));
    where.setText(texts.get("training.samplesStep", texts.number(now.step(), 0)));
    for (String text : now.texts()) {
      Label label = new Label(text.strip());
      label.setWrapText(true);
      label.setMinHeight(Region.USE_PREF_SIZE);
      label.setMaxWidth(Double.MAX_VALUE);
      label.getStyleClass().addAll("card", "small");
      written.getChildren().add(label);
    }
  }
}
