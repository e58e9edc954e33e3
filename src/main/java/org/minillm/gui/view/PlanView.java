package org.minillm.gui.view;

import java.util.function.Consumer;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MemoryPlan.Change;
import org.minillm.app.MemoryPlan.Suggestion;
import org.minillm.gui.viewmodel.Texts;

/** A memory plan: line by line in two columns, the sum, and what would make it fit. */
final class PlanView extends VBox {
  private final Texts texts;
  private final Consumer<Suggestion> take;

  /**
   * @param take does what a suggestion says
   */
  PlanView(Texts texts, Consumer<Suggestion> take) {
    super(6);
    this.texts = texts;
    this.take = take;
    getStyleClass().add("plan");
  }

  void show(MemoryPlan plan) {
    Label total = new Label(texts.get("plan.total", mb(plan.total()), mb(plan.limit())));
    total.getStyleClass().add("title");
    total.setMinWidth(Region.USE_PREF_SIZE);
    Label verdict =
        new Label(texts.get(plan.fits() ? "plan.fits" : "plan.refused", mb(plan.accepted())));
    verdict.getStyleClass().addAll(plan.fits() ? "good" : "error");
    verdict.setWrapText(true); // with large text it has no room for a line beside the sum
    verdict.setMinWidth(0);
    verdict.setMinHeight(Region.USE_PREF_SIZE);
    HBox sum = new HBox(8, total, Controls.spacer(), verdict);
    sum.setAlignment(Pos.BASELINE_LEFT);
    getChildren().setAll(sum, lines(plan));
    if (!plan.suggestions().isEmpty()) {
      FlowPane fitting = new FlowPane(8, 6);
      for (Suggestion suggestion : plan.suggestions()) {
        fitting.getChildren().add(node(suggestion));
      }
      getChildren().addAll(Controls.label(texts, "plan.wouldFit", "muted"), fitting);
    }
  }

  private GridPane lines(MemoryPlan plan) {
    GridPane grid = new GridPane();
    grid.setHgap(16);
    grid.setVgap(2);
    int half = (plan.lines().size() + 1) / 2;
    for (int i = 0; i < plan.lines().size(); i++) {
      MemoryPlan.Line line = plan.lines().get(i);
      Label name = new Label(texts.get("resources.item." + line.item().name()));
      Label bytes = new Label(texts.megabytes(line.bytes(), 1) + " MB");
      name.getStyleClass().add("muted");
      bytes.getStyleClass().add("muted");
      HBox row = new HBox(name, Controls.spacer(), bytes);
      row.setPrefWidth(220);
      HBox.setHgrow(row, Priority.ALWAYS);
      GridPane.setHgrow(row, Priority.ALWAYS);
      grid.add(row, i / half, i % half);
    }
    grid.setPadding(new Insets(2, 0, 2, 0));
    return grid;
  }

  /** A button where the window can do it, else words. */
  private Node node(Suggestion s) {
    String text = texts.get("plan.change." + s.change().name(), s.value(), mb(s.totalBytes()));
    boolean elsewhere =
        s.change() == Change.COMMAND_LINE || s.change() == Change.PRESET_ON_COMMAND_LINE;
    if (elsewhere) {
      Label label = new Label(text);
      label.getStyleClass().add("muted");
      label.setWrapText(true);
      return label;
    }
    Button button = new Button(text);
    button.setAccessibleText(text);
    button.setMinWidth(Region.USE_PREF_SIZE);
    button.setOnAction(e -> take.accept(s));
    return button;
  }

  private String mb(long bytes) {
    return texts.megabytes(bytes, 0);
  }
}
