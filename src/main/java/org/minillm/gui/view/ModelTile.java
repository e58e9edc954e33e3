package org.minillm.gui.view;

import java.io.File;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.geometry.VPos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Label;
import javafx.scene.control.TextField;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import javafx.stage.Window;
import javafx.util.StringConverter;
import org.minillm.app.ModelEntry;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel.ExportChoice;
import org.minillm.gui.viewmodel.Texts;

/** What opens under a model of the list: its card, and what can be done with it. */
final class ModelTile extends VBox {
  private final ModelsViewModel models;
  private final Texts texts;
  private final ModelEntry model;
  private final VBox asked = new VBox(8);

  /**
   * @param fineTune begins the form of a fine-tuning of it
   * @param openFolder shows a folder in the desktop's file manager
   */
  ModelTile(
      ModelsViewModel models,
      Texts texts,
      ModelEntry model,
      Consumer<ModelEntry> fineTune,
      Consumer<Path> openFolder) {
    super(10);
    setPadding(new Insets(6, 0, 0, 0));
    this.models = models;
    this.texts = texts;
    this.model = model;
    Button trash =
        Controls.button(texts, "models.trash", Icon.TRASH, () -> models.throwAway(model));
    trash.setId("models-trash");
    FlowPane actions =
        new FlowPane(
            8,
            8,
            action("models.rename", () -> ask(nameRow("models.renameDo", model.name(), true))),
            action(
                "models.duplicate",
                () ->
                    ask(
                        nameRow(
                            "models.duplicateDo",
                            texts.get("models.copyName", model.name()),
                            false))),
            action("models.quantise", () -> models.quantise(model)),
            action("models.fineTune", () -> fineTune.accept(model)),
            action("models.export", () -> ask(exportRow())),
            action("models.folder", () -> openFolder.accept(folder(model.path()))),
            trash);
    actions.disableProperty().bind(models.busyProperty());
    asked.managedProperty().bind(asked.visibleProperty());
    asked.setVisible(false);
    getChildren().addAll(card(), actions, asked);
  }

  /** What a file manager shows of a model: its directory, or the one its file is in. */
  static Path folder(Path model) {
    Path parent = model.toAbsolutePath().getParent();
    return model.toFile().isDirectory() || parent == null ? model : parent;
  }

  private Button action(String key, Runnable what) {
    Button button = Controls.button(texts, key, what);
    button.setId(key.replace('.', '-'));
    return button;
  }

  private Node card() {
    GridPane grid = new GridPane();
    grid.setHgap(14);
    grid.setVgap(4);
    row(grid, "models.card.data", model.description());
    row(grid, "models.card.base", model.base());
    row(
        grid,
        "models.card.training",
        model.steps() == 0
            ? ""
            : texts.get("models.steps", texts.number(model.steps(), 0))
                + (model.trainingSeconds() == 0
                    ? ""
                    : " · " + texts.duration(model.trainingSeconds())));
    row(grid, "models.card.parameters", texts.number(model.parameters(), 0));
    row(grid, "models.card.format", model.format() + " · " + model.dtype());
    row(
        grid,
        "models.card.changed",
        DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
            .withLocale(texts.localeProperty().get())
            .format(Instant.ofEpochMilli(model.changedMillis()).atZone(ZoneId.systemDefault())));
    row(grid, "models.card.path", model.path().toAbsolutePath().normalize().toString());
    return grid;
  }

  private void row(GridPane grid, String key, String value) {
    if (value.isEmpty()) {
      return;
    }
    Label name = new Label(texts.get(key));
    GridPane.setValignment(name, VPos.TOP);
    name.getStyleClass().add("muted");
    name.setMinWidth(Region.USE_PREF_SIZE);
    Label text = new Label(value);
    text.getStyleClass().add("small");
    text.setWrapText(true);
    text.setMinHeight(Region.USE_PREF_SIZE);
    grid.addRow(grid.getRowCount(), name, text);
  }

  /** Shows a row that asks for what an action needs. */
  private void ask(HBox row) {
    asked.getChildren().setAll(row);
    asked.setVisible(true);
    row.getChildren().get(0).requestFocus();
  }

  private void unask() {
    asked.getChildren().clear();
    asked.setVisible(false);
  }

  private HBox nameRow(String key, String proposed, boolean rename) {
    TextField name = new TextField(proposed);
    name.setId("models-name");
    name.setAccessibleText(texts.get("models.name"));
    name.setPrefColumnCount(18);
    Runnable take =
        () -> {
          unask();
          if (rename) {
            models.rename(model, name.getText());
          } else {
            models.duplicate(model, name.getText());
          }
        };
    name.setOnAction(e -> take.run());
    Button go = Controls.button(texts, key, take);
    go.setId("models-name-do");
    go.getStyleClass().add("primary");
    return row(name, go);
  }

  private HBox exportRow() {
    ComboBox<ExportChoice> how = new ComboBox<>();
    how.setId("models-export-how");
    how.setAccessibleText(texts.get("models.exportHow"));
    how.getItems().setAll(ModelsViewModel.EXPORTS);
    how.setConverter(
        new StringConverter<>() {
          @Override
          public String toString(ExportChoice choice) {
            return choice == null
                ? ""
                : texts.get("models.exports." + choice.format(), choice.type());
          }

          @Override
          public ExportChoice fromString(String text) {
            return ModelsViewModel.EXPORTS.get(0); // the box is not editable
          }
        });
    how.setValue(ModelsViewModel.EXPORTS.get(0));
    Button where = Controls.button(texts, "models.exportWhere", () -> export(how.getValue()));
    where.getStyleClass().add("primary");
    return row(how, where);
  }

  private void export(ExportChoice how) {
    String stem = model.path().toFile().getName().replaceFirst("\\.(gguf|bin)$", "");
    String title = texts.get("models.exportWhere");
    Window owner = getScene().getWindow();
    Optional<File> chosen =
        how.file()
            ? FileDialogs.save(owner, title, stem + "-" + how.type() + ".gguf")
            : FileDialogs.folder(owner, title)
                .map(parent -> new File(parent, stem + "-" + how.format()));
    chosen.ifPresent(
        to -> {
          unask();
          models.export(model, how, to.toPath());
        });
  }

  private HBox row(Node... nodes) {
    HBox row = new HBox(8, nodes);
    row.getChildren().add(Controls.button(texts, "models.cancel", this::unask));
    row.setAlignment(Pos.CENTER_LEFT);
    HBox.setHgrow(nodes[0], Priority.SOMETIMES);
    row.addEventHandler(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.ESCAPE) {
            unask();
            e.consume();
          }
        });
    return row;
  }
}
