package org.minillm.gui.view;

import java.util.List;
import java.util.OptionalLong;
import javafx.scene.Node;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.app.GuardEvent;
import org.minillm.app.GuardLevel;
import org.minillm.app.JobLedger;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.Texts;

/** What the resources pane shows when it has the room: thresholds, trainings, the guard's log. */
final class ResourceDetails extends ScrollPane {
  /** Words of an event of the guard. */
  interface EventWords {
    String of(GuardEvent event);
  }

  private final ResourcesViewModel resources;
  private final Texts texts;
  private final EventWords words;
  private final VBox body = new VBox(16);
  private List<Object> shown = List.of();

  ResourceDetails(ResourcesViewModel resources, Texts texts, EventWords words) {
    this.resources = resources;
    this.texts = texts;
    this.words = words;
    setFitToWidth(true);
    setHbarPolicy(ScrollBarPolicy.NEVER);
    setContent(body);
    accessibleTextProperty().bind(texts.bind("resources.details"));
  }

  /** Draws afresh if something is new. */
  void refresh() {
    List<Object> now =
        List.of(
            resources.budget(),
            resources.jobs(),
            resources.guardLog(),
            texts.localeProperty().get());
    if (!now.equals(shown)) {
      shown = now;
      body.getChildren().setAll(thresholds(), jobs(), log());
    }
  }

  private Node thresholds() {
    GridPane grid = grid(3);
    long budget = (long) resources.budget() << 20;
    for (GuardLevel level : GuardLevel.values()) {
      if (level.threshold() > 0) {
        grid.addRow(
            grid.getRowCount(),
            text(texts.get("resources.from", texts.number(100 * level.threshold(), 0)), "small"),
            text(texts.megabytes(level.threshold() * budget, 0) + " MB", "small"),
            text(texts.get("resources.does." + level.name()), "muted"));
      }
    }
    return section("resources.thresholds", grid);
  }

  private Node jobs() {
    List<JobLedger.Entry> jobs = resources.jobs();
    if (jobs.isEmpty()) {
      return section("resources.jobs", text(texts.get("resources.noJobs"), "muted"));
    }
    GridPane grid = grid(4);
    grid.addRow(
        0,
        text(texts.get("resources.job"), "muted"),
        text(texts.get("resources.jobState"), "muted"),
        text(texts.get("resources.jobMemory"), "muted"),
        text(texts.get("resources.jobTime"), "muted"));
    for (JobLedger.Entry job : jobs) {
      grid.addRow(
          grid.getRowCount(),
          text(job.name(), "small"),
          text(texts.get("resources.state." + job.state().name()), "small"),
          text(
              texts.get(
                  "resources.predictedAndTook",
                  megabytes(job.predictedBytes()),
                  texts.megabytes(job.peakBytes(), 0) + " MB"),
              "small"),
          text(
              texts.get(
                  "resources.predictedAndTook",
                  texts.duration(job.predictedSeconds()),
                  texts.duration(Math.round(job.seconds()))),
              "small"));
    }
    return section("resources.jobs", grid);
  }

  private String megabytes(OptionalLong bytes) {
    return bytes.isPresent() ? texts.megabytes(bytes.getAsLong(), 0) + " MB" : "–";
  }

  private Node log() {
    VBox lines = new VBox(4);
    List<GuardEvent> events = resources.guardLog();
    for (int i = events.size() - 1; i >= 0; i--) {
      lines.getChildren().add(text(words.of(events.get(i)), "small"));
    }
    if (events.isEmpty()) {
      lines.getChildren().add(text(texts.get("resources.noEvent"), "muted"));
    }
    return section("resources.log", lines);
  }

  private Node section(String key, Node content) {
    Label title = text(texts.get(key), "title");
    return new VBox(6, title, content);
  }

  private static GridPane grid(int columns) {
    GridPane grid = new GridPane();
    grid.setHgap(16);
    grid.setVgap(4);
    for (int i = 0; i < columns; i++) {
      ColumnConstraints column = new ColumnConstraints();
      column.setHgrow(i == columns - 1 ? Priority.ALWAYS : Priority.SOMETIMES);
      grid.getColumnConstraints().add(column);
    }
    return grid;
  }

  private static Label text(String words, String style) {
    Label label = new Label(words);
    label.getStyleClass().add(style);
    label.setWrapText(true);
    label.setMinHeight(Region.USE_PREF_SIZE);
    return label;
  }
}
