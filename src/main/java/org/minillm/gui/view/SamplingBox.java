package org.minillm.gui.view;

import java.util.EnumMap;
import java.util.Map;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.RadioButton;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.TextField;
import javafx.scene.control.ToggleGroup;
import javafx.scene.layout.FlowPane;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.generate.OverflowPolicy;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.SamplingField;
import org.minillm.gui.viewmodel.SamplingPreset;
import org.minillm.gui.viewmodel.Texts;

/** How the next token is chosen: presets, every option with a line that explains it. */
final class SamplingBox extends ScrollPane {
  private final ChatViewModel chat;
  private final Texts texts;
  private final Map<SamplingField, TextField> fields = new EnumMap<>(SamplingField.class);
  private final Map<SamplingPreset, Button> presets = new EnumMap<>(SamplingPreset.class);
  private final Label way = new Label();
  private final Label problem = new Label();

  SamplingBox(ChatViewModel chat, Texts texts) {
    this.chat = chat;
    this.texts = texts;
    setFitToWidth(true);
    setHbarPolicy(ScrollBarPolicy.NEVER);
    setPrefWidth(460);
    way.setId("sampling-way");
    way.getStyleClass().add("muted");
    way.setWrapText(true);
    way.setMinHeight(Region.USE_PREF_SIZE);
    VBox body = new VBox(10, Controls.label(texts, "sampling.title", "title"), presetRow(), way);
    GridPane grid = new GridPane();
    grid.setHgap(12);
    grid.setVgap(8);
    for (SamplingField field : SamplingField.values()) {
      addRow(grid, field);
    }
    problem.getStyleClass().add("error");
    problem.setWrapText(true);
    Controls.shown(problem, false);
    body.getChildren().addAll(grid, problem, overflow());
    body.getStyleClass().add("panel-body");
    setContent(body);
    fill();
  }

  private FlowPane presetRow() {
    FlowPane row = new FlowPane(8, 8);
    for (SamplingPreset preset : SamplingPreset.values()) {
      Button button =
          Controls.button(
              texts,
              "sampling.preset." + preset.name(),
              () -> {
                chat.setOptions(preset.on(chat.optionsProperty().get()));
                fill();
              });
      button.setId("sampling-preset-" + preset.name());
      Controls.tip(button, texts, "sampling.preset.why." + preset.name());
      presets.put(preset, button);
      row.getChildren().add(button);
    }
    return row;
  }

  private void addRow(GridPane grid, SamplingField field) {
    TextField typed = new TextField();
    typed.setPrefWidth(84);
    typed.setMinWidth(84);
    typed.setId("sampling-" + field.name());
    typed.accessibleTextProperty().bind(texts.bind("sampling." + field.name()));
    typed.textProperty().addListener((o, was, now) -> take(field, typed, now));
    fields.put(field, typed);
    Label name = Controls.label(texts, "sampling." + field.name());
    name.setLabelFor(typed);
    Label why = new Label();
    why.textProperty().bind(texts.bind("sampling.why." + field.name()));
    why.getStyleClass().add("muted");
    why.setWrapText(true);
    why.setMinHeight(Region.USE_PREF_SIZE);
    VBox words = new VBox(2, name, why);
    words.setPrefWidth(330);
    words.setAlignment(Pos.CENTER_LEFT);
    grid.addRow(field.ordinal(), words, typed);
  }

  private VBox overflow() {
    ToggleGroup group = new ToggleGroup();
    VBox box = new VBox(4, Controls.label(texts, "sampling.overflow"));
    for (OverflowPolicy policy : OverflowPolicy.values()) {
      RadioButton choice = new RadioButton();
      choice.textProperty().bind(texts.bind("overflow.long." + policy.name()));
      choice.setToggleGroup(group);
      choice.setSelected(chat.optionsProperty().get().overflow() == policy);
      choice.setOnAction(
          e -> chat.setOptions(chat.optionsProperty().get().withOverflow(policy, 0)));
      box.getChildren().add(choice);
    }
    return box;
  }

  private void take(SamplingField field, TextField shown, String typed) {
    try {
      chat.setOptions(field.with(chat.optionsProperty().get(), typed));
      shown.getStyleClass().remove("wrong");
      Controls.shown(problem, false);
    } catch (BadConfig e) {
      if (!shown.getStyleClass().contains("wrong")) {
        shown.getStyleClass().add("wrong");
      }
      problem.setText(texts.get("sampling." + field.name()) + ": " + ErrorTexts.beside(e, texts));
      Controls.shown(problem, true);
    }
    mark();
  }

  private void fill() {
    fields.forEach(
        (field, shown) -> shown.setText(field.text(chat.optionsProperty().get(), texts)));
    mark();
  }

  /** Marks the preset that holds and says what it does. */
  private void mark() {
    String found = "OWN";
    for (Map.Entry<SamplingPreset, Button> each : presets.entrySet()) {
      boolean chosen = each.getKey().matches(chat.optionsProperty().get());
      Controls.style(each.getValue(), "chosen", chosen);
      found = chosen ? each.getKey().name() : found;
    }
    way.textProperty().bind(texts.bind("sampling.preset.why." + found));
  }
}
