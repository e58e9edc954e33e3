package org.minillm.gui.view;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.CheckBox;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Control;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.control.TextField;
import javafx.scene.control.Tooltip;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.SettingsViewModel;
import org.minillm.gui.viewmodel.SettingsViewModel.Kind;
import org.minillm.gui.viewmodel.SettingsViewModel.Setting;
import org.minillm.gui.viewmodel.Texts;

/** The main keys of {@code config.json}, by section, two columns of fields. */
final class SettingsPage extends Panel {
  private static final int COLUMNS = 2;

  private final SettingsViewModel settings;
  private final Texts texts;
  private final Map<String, Control> fields = new LinkedHashMap<>();
  private final Map<String, Label> problems = new LinkedHashMap<>();
  private final Label file = new Label();
  private final Label outcome = new Label();
  private final Button save;
  private final Button undo;
  private boolean filling;

  /**
   * @param fileName of the configuration, for the head
   * @param first what stands above its sections
   */
  SettingsPage(SettingsViewModel settings, Texts texts, String fileName, Node first) {
    super(texts);
    this.settings = settings;
    this.texts = texts;
    save = Controls.button(texts, "settings.save", () -> settings.save(typed()));
    save.setId("settings-save");
    save.getStyleClass().add("primary");
    undo = Controls.button(texts, "settings.undo", this::undo);
    undo.setId("settings-undo");
    save.setDisable(true);
    undo.setDisable(true); // until all fields are there
    file.setText(fileName);
    file.setTooltip(new Tooltip(fileName));
    setHead(Controls.label(texts, "settings.title", "title"), file, undo, save);
    ScrollPane scroll = new ScrollPane(body(first));
    scroll.setFitToWidth(true);
    scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    setCenter(scroll);
    outcome.setWrapText(true);
    outcome.setMinHeight(Region.USE_PREF_SIZE);
    VBox foot = new VBox(outcome);
    foot.getStyleClass().add("panel-foot");
    foot.visibleProperty().bind(outcome.textProperty().isNotEmpty());
    foot.managedProperty().bind(foot.visibleProperty());
    setBottom(foot);
    settings.valuesProperty().addListener((o, was, now) -> fill());
    settings.outcomeProperty().addListener((o, was, now) -> showOutcome());
    texts.localeProperty().addListener((o, was, now) -> retell());
  }

  /** In another language; what is typed and not saved stays. */
  private void retell() {
    boolean told = !outcome.getText().isEmpty();
    if (changed()) {
      filling = true;
      for (Setting setting : SettingsViewModel.SETTINGS) {
        if (setting.kind() == Kind.REAL && fields.get(setting.key()) instanceof TextField text) {
          text.setText(localized(text.getText()));
        }
      }
      filling = false;
      showOutcome();
    } else {
      fill();
    }
    if (!told) {
      outcome.setText("");
    }
  }

  /** A real number with the language's sign before its decimals. */
  private String localized(String number) {
    boolean comma = texts.localeProperty().get().equals(Texts.SPANISH);
    return comma ? number.replace('.', ',') : number.replace(',', '.');
  }

  /** Reads the file again when the page comes into view; what is typed and not saved stays. */
  void refresh() {
    if (!changed()) {
      settings.load();
    }
  }

  /** Whether a field says something else than the file. */
  private boolean changed() {
    boolean whole = fields.size() == SettingsViewModel.SETTINGS.size(); // else they are being made
    return whole && settings.differs(typed());
  }

  /** What was typed since the last save goes first, then the saves, the last first. */
  private void undo() {
    if (changed() || !settings.undo()) {
      settings.load();
    }
  }

  private Node body(Node first) {
    VBox body = new VBox(14, first);
    body.getStyleClass().add("panel-body");
    Map<String, List<Setting>> sections =
        SettingsViewModel.SETTINGS.stream()
            .collect(
                Collectors.groupingBy(Setting::section, LinkedHashMap::new, Collectors.toList()));
    sections.forEach((section, inside) -> later(() -> addSection(body, section, inside)));
    later(() -> undo.setDisable(false));
    return body;
  }

  private void addSection(VBox body, String section, List<Setting> inside) {
    GridPane grid = new GridPane();
    grid.setHgap(28);
    grid.setVgap(8);
    for (int i = 0; i < COLUMNS; i++) {
      ColumnConstraints half = new ColumnConstraints();
      half.setPercentWidth(100.0 / COLUMNS);
      grid.getColumnConstraints().add(half);
    }
    for (int i = 0; i < inside.size(); i++) {
      grid.add(row(inside.get(i)), i % COLUMNS, i / COLUMNS);
    }
    body.getChildren()
        .add(new VBox(8, Controls.label(texts, "settings.section." + section, "title"), grid));
    fill();
  }

  private Node row(Setting setting) {
    Control field = field(setting);
    field.setId("setting-" + setting.name());
    fields.put(setting.key(), field);
    String nameKey = "settings.key." + setting.name();
    field.accessibleTextProperty().bind(texts.bind(nameKey));
    Label name = Controls.label(texts, nameKey);
    name.setLabelFor(field);
    name.setWrapText(true); // else the longest name decides how wide the page is
    name.setMinWidth(0);
    Label key = new Label(setting.name());
    key.getStyleClass().add("key");
    VBox words = new VBox(name, key);
    HBox.setHgrow(words, Priority.ALWAYS);
    HBox line = new HBox(8, words, field);
    line.setAlignment(Pos.CENTER_LEFT);
    Label problem = new Label();
    problem.getStyleClass().add("error");
    problem.setWrapText(true);
    problem.setMinHeight(Region.USE_PREF_SIZE);
    Controls.shown(problem, false);
    problems.put(setting.key(), problem);
    return new VBox(2, line, problem);
  }

  private Control field(Setting setting) {
    if (setting.kind() == Kind.FLAG) {
      CheckBox box = new CheckBox();
      box.selectedProperty().addListener((o, was, now) -> touched());
      return box;
    }
    if (setting.kind() == Kind.CHOICE) {
      ComboBox<String> box = new ComboBox<>();
      box.getItems().setAll(setting.choices());
      box.getStyleClass().add("setting");
      box.valueProperty().addListener((o, was, now) -> touched());
      return box;
    }
    TextField text = new TextField();
    text.getStyleClass().add("setting");
    text.textProperty().addListener((o, was, now) -> touched());
    return text;
  }

  private void touched() {
    if (!filling) {
      outcome.setText("");
      offerSave();
    }
  }

  /** There is something to save only where a field says something else than the file. */
  private void offerSave() {
    boolean nothing = !changed();
    if (nothing && save.isFocused()) {
      undo.requestFocus(); // what is disabled loses the keyboard, to another pane
    }
    save.setDisable(nothing);
  }

  private void fill() {
    filling = true;
    for (Setting setting : SettingsViewModel.SETTINGS) {
      String value = settings.valuesProperty().get().get(setting.key());
      Control field = fields.get(setting.key());
      if (value == null || field == null) {
        continue;
      }
      if (field instanceof CheckBox box) {
        box.setSelected(Boolean.parseBoolean(value));
      } else if (field instanceof ComboBox<?> box) {
        choose(box, setting.choices().indexOf(value));
      } else if (field instanceof TextField text) {
        text.setText(setting.kind() == Kind.REAL ? localized(value) : value);
      }
    }
    filling = false;
    offerSave();
    showOutcome();
  }

  private static void choose(ComboBox<?> box, int index) {
    box.getSelectionModel().select(index);
  }

  private Map<String, String> typed() {
    Map<String, String> typed = new LinkedHashMap<>();
    fields.forEach(
        (key, field) -> {
          if (field instanceof CheckBox box) {
            typed.put(key, Boolean.toString(box.isSelected()));
          } else if (field instanceof ComboBox<?> box) {
            typed.put(key, String.valueOf(box.getValue()));
          } else if (field instanceof TextField text) {
            typed.put(key, text.getText());
          }
        });
    return typed;
  }

  private void showOutcome() {
    SettingsViewModel.Outcome how = settings.outcomeProperty().get();
    problems.values().forEach(p -> Controls.shown(p, false));
    fields.values().forEach(f -> f.getStyleClass().remove("wrong"));
    outcome.getStyleClass().setAll("label", how.problem().isPresent() ? "error" : "good");
    if (how.problem().isPresent()) {
      Throwable problem = how.problem().get();
      Label at = problems.get(how.field());
      String words =
          at != null && problem instanceof BadConfig wrong
              ? ErrorTexts.beside(wrong, texts)
              : ErrorTexts.of(problem, texts);
      Control field = fields.get(how.field());
      outcome.setText(at == null ? words : texts.get("settings.refused"));
      if (at != null && field != null) {
        at.setText(words);
        Controls.shown(at, true);
        field.getStyleClass().add("wrong");
        field.requestFocus();
      }
    } else if (!how.saved().isEmpty()) {
      boolean later =
          SettingsViewModel.SETTINGS.stream()
              .anyMatch(s -> s.atNextStart() && how.saved().contains(s.key()));
      String keys =
          how.saved().stream()
              .map(k -> texts.get("settings.key." + k.substring(k.indexOf('.') + 1)))
              .collect(Collectors.joining(", "));
      outcome.setText(
          texts.get("settings.saved", keys) + (later ? " " + texts.get("settings.nextStart") : ""));
    } else {
      outcome.setText("");
    }
  }
}
