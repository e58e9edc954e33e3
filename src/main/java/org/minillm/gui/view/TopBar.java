package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.SeparatorMenuItem;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.ModelEntry;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingViewModel;

/**
 * The strip at the top: the chat's model, which is also where another is chosen, what is being
 * trained, language and theme. At first it has the brand only: the first frame waits for no more.
 */
final class TopBar extends HBox {
  private final Texts texts;
  private final ChatViewModel chat;
  private final TrainingViewModel training;
  private final ModelsViewModel library;
  private final Runnable changeTheme;
  private final MenuButton models = new MenuButton();
  private final Label chip = new Label();
  private boolean brandOnly = true;

  /** What was chosen here and is not open yet. */
  private Optional<Path> chosen = Optional.empty();

  private Runnable refused = () -> {};

  TopBar(
      Texts texts,
      ChatViewModel chat,
      TrainingViewModel training,
      ModelsViewModel library,
      Runnable changeTheme) {
    super(14, brand());
    this.texts = texts;
    this.chat = chat;
    this.training = training;
    this.library = library;
    this.changeTheme = changeTheme;
    setAlignment(Pos.CENTER_LEFT);
    getStyleClass().add("topbar");
    chat.snapshotProperty().addListener((o, was, now) -> showModel());
    chat.failureProperty().addListener((o, was, now) -> now.ifPresent(this::failed));
    training.snapshotProperty().addListener((o, was, now) -> showChip());
    library.rowsProperty().addListener((o, was, now) -> fillModels());
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              showModel();
              showChip();
            });
    showModel();
    showChip();
  }

  private static HBox brand() {
    Label mini = new Label("Mini-");
    mini.getStyleClass().add("brand");
    Label llm = new Label("LLM");
    llm.getStyleClass().add("brand-accent");
    HBox brand = new HBox(mini, llm);
    brand.setAlignment(Pos.CENTER_LEFT);
    brand.setMinWidth(Region.USE_PREF_SIZE);
    return brand;
  }

  /**
   * Makes what is beside the brand.
   *
   * @return false if it is there already
   */
  boolean makeRest() {
    if (!brandOnly) {
      return false;
    }
    brandOnly = false;
    models.setId("models");
    models.setMnemonicParsing(false); // the names of models may have an underscore
    models.accessibleTextProperty().bind(models.textProperty());
    fillModels(); // a menu without items does not open
    models.setOnShowing(
        e -> {
          fillModels(); // a training may have begun since
          library.refresh();
        });
    chip.getStyleClass().add("chip");
    Button theme = Controls.iconButton(texts, "app.theme", Icon.THEME, changeTheme);
    theme.setId("theme");
    theme.getStyleClass().add("bare");
    getChildren().addAll(models, chip, Controls.spacer(), language(), theme);
    return true;
  }

  private Button language() {
    Button language = new Button();
    language.setId("language");
    language.getStyleClass().add("bare");
    language.setMinWidth(Region.USE_PREF_SIZE);
    Controls.name(language, texts, "app.language");
    Runnable tell =
        () -> language.setText(texts.localeProperty().get().getLanguage().toUpperCase(Locale.ROOT));
    language.setOnAction(
        e -> {
          boolean spanish = texts.localeProperty().get().equals(Texts.SPANISH);
          texts.setLocale(spanish ? Texts.ENGLISH : Texts.SPANISH);
        });
    texts.localeProperty().addListener((o, was, now) -> tell.run());
    tell.run();
    return language;
  }

  private void fillModels() {
    models.getItems().clear();
    if (library.hasLiveModel()) {
      MenuItem live = new MenuItem(texts.get("models.live") + liveStep());
      live.setOnAction(e -> chat.talkToTrainingModel());
      live.disableProperty().bind(chat.modelBusy());
      models.getItems().addAll(live, new SeparatorMenuItem());
    }
    for (ModelsViewModel.Row row : library.rowsProperty().get()) {
      ModelEntry entry = row.entry();
      MenuItem item =
          new MenuItem(entry.name() + "   " + facts(entry.parameters(), entry.contextLength()));
      item.setMnemonicParsing(false);
      item.setOnAction(e -> open(entry.path()));
      item.disableProperty().bind(chat.modelBusy());
      models.getItems().add(item);
    }
    if (models.getItems().isEmpty()) {
      models.getItems().add(new MenuItem(texts.get("models.noneShort")));
    }
  }

  private void open(Path model) {
    chosen = Optional.of(model);
    chat.load(model, false);
  }

  /** What follows when a model that was chosen here has no room in memory. */
  void onRefused(Runnable action) {
    refused = action;
  }

  /** Busy is another command that came meanwhile: the model is still on its way. */
  private void failed(Throwable problem) {
    boolean here = chosen.isPresent();
    if (problem instanceof Busy) {
      return;
    }
    chosen = Optional.empty();
    if (here && problem instanceof OutOfBudget) {
      refused.run();
    }
  }

  /** How far the model in training is. */
  private String liveStep() {
    return training
        .snapshotProperty()
        .get()
        .map(s -> " · " + texts.get("chat.step", texts.number((double) s.step(), 0)))
        .orElse("");
  }

  private String facts(long parameters, int contextLength) {
    return texts.get("app.facts", texts.millions(parameters), contextLength);
  }

  private void showModel() {
    ChatSnapshot s = chat.snapshotProperty().get();
    if (s.state() == ChatState.READY && s.path().equals(chosen)) {
      chosen = Optional.empty();
    }
    String text =
        s.modelName().isEmpty()
            ? texts.get("app.noModel")
            : s.modelName()
                + (s.parameters() == 0 ? "" : "   " + facts(s.parameters(), s.contextLength()))
                + (s.live() ? "   " + texts.get("app.live") : "");
    if (!text.equals(models.getText())) {
      models.setText(text);
    }
  }

  private void showChip() {
    Controls.shown(chip, training.busy());
    training
        .snapshotProperty()
        .get()
        .ifPresent(
            s -> {
              String step = texts.number(s.step(), 0);
              chip.setText(
                  switch (training.face()) {
                    case LOADING -> texts.get("app.preparing", s.name());
                    case PAUSED, PAUSED_BY_GUARD -> texts.get("app.paused", s.name(), step);
                    default -> texts.get("app.training", s.name(), step);
                  });
            });
  }
}
