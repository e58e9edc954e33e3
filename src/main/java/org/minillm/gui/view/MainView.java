package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import javafx.application.Platform;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.SeparatorMenuItem;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCodeCombination;
import javafx.scene.input.KeyCombination;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.VBox;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.Preset;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** The whole window: top bar, chat, training over resources. */
public final class MainView extends BorderPane {
  private static final double SIDE = 520;

  private final MiniLlmApp app;
  private final Texts texts;
  private final ChatViewModel chat;
  private final TrainingViewModel training;
  private final Executor background;
  private final MenuButton models = new MenuButton();
  private final Label chip = new Label();
  private final TrainingPane trainingPane;
  private final ResourcesPane resourcesPane;
  private boolean dark = true;

  public MainView(
      MiniLlmApp app,
      Texts texts,
      ChatViewModel chat,
      TrainingViewModel training,
      ResourcesViewModel resources,
      Executor background) {
    this.app = app;
    this.texts = texts;
    this.chat = chat;
    this.training = training;
    this.background = background;
    getStyleClass().addAll("root", "dark");
    getStylesheets().add(String.valueOf(MainView.class.getResource("/org/minillm/gui/window.css")));
    ChatPane chatPane = new ChatPane(chat, texts);
    LossChart.Palette palette = LossChart.Palette.DARK;
    trainingPane = new TrainingPane(training, texts, palette);
    resourcesPane =
        new ResourcesPane(resources, texts, palette, app.config().resources().maxMemoryMb());
    VBox side = new VBox(12, trainingPane, resourcesPane);
    VBox.setVgrow(trainingPane, Priority.ALWAYS);
    side.setPrefWidth(SIDE);
    side.setMinWidth(SIDE);
    HBox.setHgrow(chatPane, Priority.ALWAYS);
    HBox panes = new HBox(12, chatPane, side);
    panes.setPadding(new Insets(12));
    setTop(topBar());
    setCenter(panes);
    chat.snapshotProperty().addListener((o, was, now) -> showModel());
    training.snapshotProperty().addListener((o, was, now) -> showChip());
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              showModel();
              showChip();
            });
    showModel();
    showChip();
    sceneProperty()
        .addListener(
            (o, was, now) -> {
              if (now != null) {
                now.getAccelerators()
                    .put(
                        new KeyCodeCombination(KeyCode.N, KeyCombination.CONTROL_DOWN),
                        chat::newChat);
                now.getAccelerators()
                    .put(
                        new KeyCodeCombination(KeyCode.ENTER, KeyCombination.CONTROL_DOWN),
                        chat::again);
              }
            });
  }

  private Node topBar() {
    Label mini = new Label("Mini-");
    mini.getStyleClass().add("brand");
    Label llm = new Label("LLM");
    llm.getStyleClass().add("brand-accent");
    HBox brand = new HBox(mini, llm);
    brand.setAlignment(Pos.CENTER_LEFT);
    models.setId("models");
    models.setOnShowing(e -> listModels());
    models.getItems().add(new MenuItem("…"));
    chip.getStyleClass().add("chip");
    Button language = new Button();
    language.setId("language");
    language.accessibleTextProperty().bind(texts.bind("app.language"));
    Runnable tell =
        () -> language.setText(texts.localeProperty().get().getLanguage().toUpperCase(Locale.ROOT));
    language.setOnAction(
        e -> {
          boolean spanish = texts.localeProperty().get().equals(Texts.SPANISH);
          texts.setLocale(spanish ? Texts.ENGLISH : Texts.SPANISH);
          tell.run();
        });
    tell.run();
    Button theme = new Button("◐");
    theme.setId("theme");
    theme.accessibleTextProperty().bind(texts.bind("app.theme"));
    theme.setOnAction(e -> setDark(!dark));
    HBox bar = new HBox(14, brand, models, chip, ChatPane.spacer(), language, theme);
    bar.setAlignment(Pos.CENTER_LEFT);
    bar.getStyleClass().add("topbar");
    return bar;
  }

  /** Dark or light. */
  public void setDark(boolean value) {
    dark = value;
    getStyleClass().removeAll("dark", "light");
    getStyleClass().add(value ? "dark" : "light");
    LossChart.Palette palette = value ? LossChart.Palette.DARK : LossChart.Palette.LIGHT;
    trainingPane.setPalette(palette);
    resourcesPane.setPalette(palette);
  }

  /** Fills the training form, as dropping files and choosing a shape do. */
  public void prepareTraining(List<Path> files, Preset preset, long steps) {
    trainingPane.choose(files);
    trainingPane.chooseShape(preset, steps);
  }

  private void listModels() {
    background.execute(
        () -> {
          List<ModelEntry> entries = app.library().list();
          Platform.runLater(() -> showModels(entries));
        });
  }

  private void showModels(List<ModelEntry> entries) {
    models.getItems().clear();
    if (app.training().hasLiveModel()) {
      MenuItem live = new MenuItem(texts.get("chat.live"));
      live.setOnAction(e -> chat.talkToTrainingModel());
      models.getItems().addAll(live, new SeparatorMenuItem());
    }
    for (ModelEntry entry : entries) {
      MenuItem item =
          new MenuItem(entry.name() + "   " + facts(entry.parameters(), entry.contextLength()));
      item.setOnAction(e -> chat.load(entry.path()));
      models.getItems().add(item);
    }
  }

  private String facts(long parameters, int contextLength) {
    return texts.get("app.facts", texts.number(parameters / 1e6, 1), contextLength);
  }

  private void showModel() {
    ChatSnapshot s = chat.snapshotProperty().get();
    models.setText(
        s.modelName().isEmpty()
            ? texts.get("app.noModel")
            : s.modelName() + "   " + facts(s.parameters(), s.contextLength()));
  }

  private void showChip() {
    boolean busy = training.busy();
    chip.setVisible(busy);
    training
        .snapshotProperty()
        .get()
        .ifPresent(
            s -> chip.setText(texts.get("app.training", s.name(), texts.number(s.step(), 0))));
  }
}
