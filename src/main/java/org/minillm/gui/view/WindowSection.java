package org.minillm.gui.view;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.CheckBox;
import javafx.scene.control.ComboBox;
import javafx.scene.control.Control;
import javafx.scene.control.Label;
import javafx.scene.control.TextField;
import javafx.scene.input.Clipboard;
import javafx.scene.input.ClipboardContent;
import javafx.scene.layout.ColumnConstraints;
import javafx.scene.layout.GridPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.util.StringConverter;
import org.jspecify.annotations.Nullable;
import org.minillm.gui.viewmodel.ServerSwitch;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.WindowPreferences;

/**
 * The settings of the window itself: they hold at once, and {@code config.json} has none of them.
 */
final class WindowSection extends VBox {
  private final Texts texts;
  private final GridPane grid = new GridPane();
  private final double scaleAtStart;
  private VBox lastCell = new VBox();
  private int count;
  private boolean converting;

  /**
   * @param dark whether the theme is the dark one
   * @param setDark changes it
   * @param server the local server; null where there is none to switch
   */
  WindowSection(
      Texts texts,
      WindowPreferences preferences,
      ReadOnlyBooleanProperty dark,
      Consumer<Boolean> setDark,
      @Nullable ServerSwitch server) {
    super(8);
    this.texts = texts;
    this.scaleAtStart = preferences.scaleProperty().get();
    grid.setHgap(28);
    grid.setVgap(8);
    for (int i = 0; i < 2; i++) {
      ColumnConstraints half = new ColumnConstraints();
      half.setPercentWidth(50);
      grid.getColumnConstraints().add(half);
    }
    language();
    theme(dark, setDark);
    ComboBox<Integer> size = choice("fontSize", WindowPreferences.FONT_SIZES, n -> n + " px");
    size.setValue(preferences.fontSizeProperty().get());
    size.valueProperty()
        .addListener(
            (o, was, now) -> {
              if (now != null) {
                preferences.fontSizeProperty().set(now);
              }
            });
    scale(preferences);
    CheckBox motion = new CheckBox();
    motion.selectedProperty().bindBidirectional(preferences.reducedMotionProperty());
    add("reducedMotion", motion);
    if (server != null) {
      server(server);
    }
    getChildren().addAll(Controls.label(texts, "window.title", "title"), grid);
  }

  private void language() {
    ComboBox<Locale> box =
        choice(
            "language",
            List.of(Texts.SPANISH, Texts.ENGLISH),
            l -> l.equals(Texts.SPANISH) ? "Español" : "English");
    box.setValue(texts.localeProperty().get());
    box.valueProperty()
        .addListener(
            (o, was, now) -> {
              if (!converting && now != null && !now.equals(texts.localeProperty().get())) {
                texts.setLocale(now);
              }
            });
    texts.localeProperty().addListener((o, was, now) -> box.setValue(now));
  }

  private void theme(ReadOnlyBooleanProperty dark, Consumer<Boolean> setDark) {
    ComboBox<Boolean> box =
        choice("theme", List.of(true, false), d -> texts.get(d ? "window.dark" : "window.light"));
    box.setValue(dark.get());
    box.valueProperty()
        .addListener(
            (o, was, now) -> {
              if (now != null && now != dark.get()) {
                setDark.accept(now);
              }
            });
    dark.addListener((o, was, now) -> box.setValue(now));
  }

  private void scale(WindowPreferences preferences) {
    ComboBox<Double> box =
        choice("scale", preferences.scales(), s -> texts.number(100 * s, 0) + " %");
    Label later = Controls.label(texts, "window.scaleLater", "muted");
    later.setWrapText(true);
    later.setMinWidth(0);
    box.setValue(preferences.scaleProperty().get());
    Controls.shown(later, false);
    box.valueProperty()
        .addListener(
            (o, was, now) -> {
              if (now != null) {
                preferences.scaleProperty().set(now);
                Controls.shown(later, now != scaleAtStart);
              }
            });
    lastCell.getChildren().add(later);
  }

  private void server(ServerSwitch server) {
    CheckBox on = new CheckBox();
    on.setOnAction(e -> server.turn(on.isSelected()));
    TextField address = new TextField();
    address.setId("window-server-address");
    address.setEditable(false);
    address.accessibleTextProperty().bind(texts.bind("window.serverAddress"));
    Button copy =
        Controls.iconButton(
            texts,
            "window.serverCopy",
            Icon.COPY,
            () -> {
              ClipboardContent content = new ClipboardContent();
              content.putString(address.getText());
              Clipboard.getSystemClipboard().setContent(content);
            });
    HBox.setHgrow(address, Priority.ALWAYS);
    HBox where = new HBox(8, address, copy);
    where.setVisible(false);
    where.setMaxHeight(Region.USE_PREF_SIZE);
    Label why = Controls.label(texts, "window.serverWhy", "muted");
    why.setWrapText(true);
    why.setMinWidth(0);
    server
        .addressProperty()
        .addListener(
            (o, was, now) -> {
              on.setSelected(now.isPresent());
              address.setText(now.orElse(""));
              where.setVisible(now.isPresent());
              why.setVisible(now.isEmpty());
            });
    server
        .failureProperty()
        .addListener((o, was, now) -> on.setSelected(server.addressProperty().get().isPresent()));
    add("server", on);
    StackPane told = new StackPane(why, where); // one place: what is below stays where it is
    told.setAlignment(Pos.TOP_LEFT);
    lastCell.getChildren().add(new VBox(4, told, Controls.error(texts, server.failureProperty())));
  }

  /** A box of choices whose words follow the language. */
  private <T> ComboBox<T> choice(String name, List<T> values, Function<T, String> words) {
    ComboBox<T> box = new ComboBox<>();
    box.getItems().setAll(values);
    box.getStyleClass().add("setting");
    Runnable convert =
        () -> {
          T value = box.getValue();
          box.setConverter(
              new StringConverter<>() {
                @Override
                public String toString(T item) {
                  return item == null ? "" : words.apply(item);
                }

                @Override
                public T fromString(String text) {
                  return values.get(0); // the box is not editable
                }
              });
          converting = true; // nobody chose anything
          box.setValue(null); // else what is shown stays in the language before
          box.setValue(value);
          converting = false;
        };
    convert.run();
    texts.localeProperty().addListener((o, was, now) -> convert.run());
    add(name, box);
    return box;
  }

  private void add(String name, Control field) {
    field.setId("window-" + name);
    field.accessibleTextProperty().bind(texts.bind("window." + name));
    Label label = Controls.label(texts, "window." + name);
    label.setLabelFor(field);
    label.setWrapText(true);
    label.setMinWidth(0);
    HBox line = new HBox(8, label, Controls.spacer(), field);
    line.setAlignment(Pos.CENTER_LEFT);
    VBox cell = new VBox(2, line);
    GridPane.setHgrow(cell, Priority.ALWAYS);
    grid.add(cell, count % 2, count / 2);
    lastCell = cell;
    count++;
  }
}
