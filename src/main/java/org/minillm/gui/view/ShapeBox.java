package org.minillm.gui.view;

import java.util.Optional;
import java.util.function.Consumer;
import javafx.scene.control.ComboBox;
import javafx.scene.control.ListCell;
import javafx.util.StringConverter;
import org.minillm.app.AppConfig;
import org.minillm.app.Preset;
import org.minillm.gui.viewmodel.Texts;

/**
 * The shape of the next model: a preset, that of the configuration (the empty one), or what the
 * planner proposed, which stands in none of the lines.
 */
final class ShapeBox extends ComboBox<Optional<Preset>> {
  private static final Optional<Preset> FIRST = Optional.of(Preset.CHROMEBOOK);

  private final Texts texts;
  private Optional<AppConfig> proposed = Optional.empty();
  private boolean filling;

  /**
   * @param chosen hears which one the user has chosen
   */
  ShapeBox(Texts texts, Consumer<Optional<Preset>> chosen) {
    this.texts = texts;
    getItems().add(Optional.empty());
    for (Preset each : Preset.values()) {
      getItems().add(Optional.of(each));
    }
    setConverter(new Names());
    setButtonCell(new Shown());
    setValue(FIRST);
    setMaxWidth(Double.MAX_VALUE);
    valueProperty()
        .addListener(
            (o, was, now) -> {
              if (!filling) {
                proposed = Optional.empty();
                chosen.accept(now);
              }
            });
  }

  /** The preset; empty for the configuration's shape and for a proposal. */
  Optional<Preset> preset() {
    return getSelectionModel().isEmpty() ? Optional.empty() : getValue();
  }

  /** The planner's shape and training, where they were taken. */
  Optional<AppConfig> proposed() {
    return proposed;
  }

  /** Takes a proposal, or puts it aside. */
  void propose(Optional<AppConfig> config) {
    proposed = config;
    refresh();
  }

  /** Writes the names in the language of now. */
  void refresh() {
    filling = true;
    int at = getSelectionModel().getSelectedIndex();
    setConverter(new Names());
    getSelectionModel().clearSelection(); // else the same value is not written anew
    if (proposed.isEmpty()) {
      getSelectionModel().select(at < 0 ? getItems().indexOf(FIRST) : at);
    }
    filling = false;
  }

  private String shape(AppConfig config) {
    return name(texts.get("planner.taken"), config);
  }

  private String name(String first, AppConfig config) {
    return texts.get(
        "training.presetName",
        first,
        texts.millions(config.modelConfig().parameterCount()),
        config.hyperparameters().maxSeqLen());
  }

  /** The cell of the closed box. */
  private final class Shown extends ListCell<Optional<Preset>> {
    @Override
    protected void updateItem(Optional<Preset> item, boolean empty) {
      super.updateItem(item, empty);
      setText(proposed.map(ShapeBox.this::shape).orElseGet(() -> getConverter().toString(item)));
    }
  }

  private final class Names extends StringConverter<Optional<Preset>> {
    @Override
    public String toString(Optional<Preset> value) {
      return value == null
          ? ""
          : value
              .map(p -> name(p.id(), AppConfig.of(p)))
              .orElse(texts.get("training.presetConfig"));
    }

    @Override
    public Optional<Preset> fromString(String text) {
      return Optional.empty(); // the box is not editable
    }
  }
}
