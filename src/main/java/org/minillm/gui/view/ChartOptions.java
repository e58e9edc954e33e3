package org.minillm.gui.view;

import javafx.beans.property.BooleanProperty;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.CheckBox;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.Separator;
import javafx.scene.control.Slider;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import org.minillm.gui.viewmodel.ChartViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.minillm.gui.viewmodel.XAxis;

/** What the x axis is, how much is smoothed, scales, outliers, the unit of the loss. */
final class ChartOptions extends VBox {
  private static final double WIDTH = 300;

  private final ChartViewModel chart;
  private final Texts texts;

  private ChartOptions(ChartViewModel chart, Texts texts, Node compare) {
    super(10);
    this.chart = chart;
    this.texts = texts;
    getStyleClass().add("panel-body");
    setPrefWidth(WIDTH);
    HBox logs =
        new HBox(
            16,
            check("chart.logX", chart.logXProperty()),
            check("chart.logY", chart.logYProperty()));
    Label help = Controls.label(texts, "chart.help", "muted");
    help.setWrapText(true);
    help.setMinWidth(0);
    getChildren()
        .addAll(
            axes(),
            smoothing(),
            logs,
            check("chart.clip", chart.clipProperty()),
            check("chart.bits", chart.bitsProperty()),
            new Separator(),
            compare,
            new Separator(),
            help);
  }

  /** The options of a training's charts for a popover, with the runs to compare. */
  static ScrollPane scrolling(TrainingViewModel training, Texts texts) {
    ScrollPane pane =
        new ScrollPane(new ChartOptions(training.chart(), texts, new CompareBox(training, texts)));
    pane.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    return pane;
  }

  private Node axes() {
    HBox row = new HBox();
    row.getStyleClass().add("segments");
    row.setMaxWidth(USE_PREF_SIZE);
    for (XAxis each : XAxis.values()) {
      Button button = new Button();
      button.textProperty().bind(texts.bind("chart.axis." + each.name()));
      button.setId("chart-axis-" + each.name());
      button.accessibleTextProperty().bind(button.textProperty());
      button.setOnAction(e -> chart.axisProperty().set(each));
      Runnable mark = () -> Controls.style(button, "chosen", chart.axisProperty().get() == each);
      chart.axisProperty().addListener((o, was, now) -> mark.run());
      mark.run();
      row.getChildren().add(button);
    }
    return named("chart.axis", row);
  }

  private Node smoothing() {
    Slider slider = new Slider(0, 1, chart.smoothingProperty().get());
    slider.setId("chart-smoothing");
    slider.setBlockIncrement(0.05);
    slider.accessibleTextProperty().bind(texts.bind("chart.smoothing"));
    slider.valueProperty().bindBidirectional(chart.smoothingProperty());
    HBox.setHgrow(slider, Priority.ALWAYS);
    return named("chart.smoothing", slider);
  }

  private Node named(String key, Node control) {
    Label label = Controls.label(texts, key);
    label.setLabelFor(control);
    HBox row = new HBox(12, label, control);
    row.setAlignment(javafx.geometry.Pos.CENTER_LEFT);
    return row;
  }

  private CheckBox check(String key, BooleanProperty value) {
    CheckBox box = new CheckBox();
    box.textProperty().bind(texts.bind(key));
    box.getStyleClass().add("small");
    box.selectedProperty().bindBidirectional(value);
    return box;
  }
}
