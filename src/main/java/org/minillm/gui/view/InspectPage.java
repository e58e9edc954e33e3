package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.TextArea;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import javafx.util.StringConverter;
import org.minillm.app.ModelEntry;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.InspectViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.Texts;

/**
 * A text of the user's seen through one model or two: as tokens, and as a map of how much each
 * token surprises.
 */
final class InspectPage extends Panel {
  private static final double TEXT = 104;

  private final InspectViewModel inspect;
  private final ModelsViewModel models;
  private final ChatViewModel chat;
  private final Texts texts;
  private final TextArea input = new TextArea();
  private final ComboBox<Optional<ModelEntry>> first = new ComboBox<>();
  private final ComboBox<Optional<ModelEntry>> second = new ComboBox<>();
  private final Button tokensTab;
  private final Button lossTab;
  private final Button measure;
  private final HBox results = new HBox(16);
  private final Label empty = new Label();
  private boolean loss;
  private boolean filling;

  InspectPage(InspectViewModel inspect, ModelsViewModel models, ChatViewModel chat, Texts texts) {
    super(texts);
    this.inspect = inspect;
    this.models = models;
    this.chat = chat;
    this.texts = texts;
    tokensTab = Controls.button(texts, "inspect.tokens", () -> show(false));
    tokensTab.setId("inspect-tokens");
    lossTab = Controls.button(texts, "inspect.lossMap", () -> show(true));
    lossTab.setId("inspect-loss");
    measure = new Button();
    measure.setId("inspect-measure");
    measure.setMinWidth(USE_PREF_SIZE);
    measure.setOnAction(e -> measureOrCancel());
    HBox tabs = new HBox(tokensTab, lossTab);
    tabs.getStyleClass().add("segments");
    tabs.setAlignment(Pos.CENTER);
    setHead(Controls.label(texts, "inspect.title", "title"), new Label(), tabs);
    setCenter(body());
    Controls.letTabLeave(input);
    input.textProperty().bindBidirectional(inspect.textProperty());
    input.textProperty().addListener((o, was, now) -> changed());
    inspect.tokensProperty().addListener((o, was, now) -> draw());
    inspect.scoresProperty().addListener((o, was, now) -> draw());
    inspect.progressProperty().addListener((o, was, now) -> refreshButton());
    models.rowsProperty().addListener((o, was, now) -> fill());
    texts.localeProperty().addListener((o, was, now) -> speak());
    speak();
    show(false);
  }

  private Node body() {
    input.setId("inspect-text");
    input.setWrapText(true);
    input.setPrefHeight(TEXT);
    input.setMinHeight(TEXT);
    choices(first, "inspect-first");
    choices(second, "inspect-second");
    empty.setWrapText(true);
    empty.getStyleClass().add("muted");
    HBox row =
        new HBox(
            8,
            first,
            Controls.label(texts, "inspect.compare", "muted"),
            second,
            Controls.spacer(),
            measure);
    row.setAlignment(Pos.CENTER_LEFT);
    VBox.setVgrow(results, Priority.ALWAYS);
    VBox body =
        new VBox(10, input, row, Controls.error(texts, inspect.failureProperty()), empty, results);
    body.getStyleClass().add("panel-body");
    return body;
  }

  private void choices(ComboBox<Optional<ModelEntry>> box, String id) {
    box.setId(id);
    box.setConverter(names());
    box.setOnAction(
        e -> {
          if (!filling) {
            chosen();
          }
        });
  }

  /** A box says its choice anew only when that changes. */
  private void sayAgain(ComboBox<Optional<ModelEntry>> box) {
    Optional<ModelEntry> value = box.getValue();
    filling = true;
    box.setConverter(names()); // else what was said before stays
    box.setValue(null);
    box.setValue(value);
    filling = false;
  }

  private StringConverter<Optional<ModelEntry>> names() {
    return new StringConverter<>() {
      @Override
      public String toString(Optional<ModelEntry> value) {
        return value == null || value.isEmpty() ? texts.get("inspect.none") : value.get().name();
      }

      @Override
      public Optional<ModelEntry> fromString(String text) {
        throw new UnsupportedOperationException("the box is not typed into");
      }
    };
  }

  /** Reads the models again; when the page comes into view. */
  void refresh() {
    models.refresh();
    fill();
  }

  private void fill() {
    filling = true;
    List<Optional<ModelEntry>> all = new ArrayList<>();
    models.rowsProperty().get().forEach(row -> all.add(Optional.of(row.entry())));
    Optional<Path> one = path(first).or(() -> chat.snapshotProperty().get().path());
    Optional<Path> other = path(second);
    first.getItems().setAll(all);
    first.setValue(find(all, one).or(() -> all.stream().findFirst()).orElse(Optional.empty()));
    all.add(0, Optional.empty());
    second.getItems().setAll(all);
    second.setValue(find(all, other).orElse(Optional.empty()));
    filling = false;
    chosen();
  }

  private static Optional<Optional<ModelEntry>> find(
      List<Optional<ModelEntry>> all, Optional<Path> path) {
    return path.flatMap(
        p -> all.stream().filter(e -> e.map(m -> m.path().equals(p)).orElse(false)).findFirst());
  }

  private static Optional<Path> path(ComboBox<Optional<ModelEntry>> box) {
    Optional<ModelEntry> value = box.getValue();
    return value == null ? Optional.empty() : value.map(ModelEntry::path);
  }

  private void chosen() {
    inspect.choose(path(first), path(second));
    changed();
  }

  private void changed() {
    if (loss) {
      refreshButton();
    } else {
      inspect.tokenize();
    }
  }

  private void show(boolean lossMap) {
    loss = lossMap;
    chosen(tokensTab, !lossMap);
    chosen(lossTab, lossMap);
    Controls.shown(measure, lossMap);
    changed();
    draw();
  }

  private static void chosen(Button button, boolean value) {
    button.getStyleClass().remove("chosen");
    if (value) {
      button.getStyleClass().add("chosen");
    }
  }

  private void measureOrCancel() {
    if (inspect.measuring()) {
      inspect.cancel();
    } else {
      inspect.measure();
    }
  }

  private void speak() {
    sayAgain(first);
    sayAgain(second);
    input.setPromptText(texts.get("inspect.prompt"));
    input.setAccessibleText(texts.get("inspect.prompt"));
    first.setAccessibleText(texts.get("inspect.firstModel"));
    second.setAccessibleText(texts.get("inspect.compare"));
    refreshButton();
    draw();
  }

  private void refreshButton() {
    measure.getStyleClass().remove("primary");
    if (inspect.measuring()) {
      String share = texts.number(100 * inspect.progressProperty().get(), 0);
      measure.setText(texts.get("inspect.measuring", share));
    } else {
      measure.setText(texts.get("inspect.measure"));
      measure.getStyleClass().add("primary");
    }
    measure.setDisable(input.getText().isEmpty() || path(first).isEmpty());
  }

  private void draw() {
    results.getChildren().clear();
    if (loss) {
      columns(inspect.scoresProperty().get(), () -> new LossColumn(texts), LossColumn::show);
    } else {
      columns(inspect.tokensProperty().get(), () -> new TokenColumn(texts), TokenColumn::show);
    }
    Controls.shown(empty, results.getChildren().isEmpty());
    empty.setText(texts.get(loss ? "inspect.emptyLoss" : "inspect.emptyTokens"));
  }

  private <T, C extends VBox> void columns(List<T> found, Supplier<C> make, BiConsumer<C, T> show) {
    for (T each : found) {
      C column = make.get();
      HBox.setHgrow(column, Priority.ALWAYS);
      results.getChildren().add(column);
      show.accept(column, each);
    }
  }
}
