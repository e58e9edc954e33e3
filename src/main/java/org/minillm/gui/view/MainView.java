package org.minillm.gui.view;

import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.application.Platform;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.value.ChangeListener;
import javafx.beans.value.ObservableValue;
import javafx.geometry.Insets;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.SeparatorMenuItem;
import javafx.scene.control.TextInputControl;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.scene.paint.Color;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.InspectionService;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.Preset;
import org.minillm.app.TrainingSnapshot;
import org.minillm.app.VerbatimQuestions;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.InspectViewModel;
import org.minillm.gui.viewmodel.Message;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ResourcesViewModel;
import org.minillm.gui.viewmodel.ServerSwitch;
import org.minillm.gui.viewmodel.SettingsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TourViewModel;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;
import org.minillm.gui.viewmodel.VerbatimViewModel;
import org.minillm.gui.viewmodel.VerbatimViewModel.Source;
import org.minillm.gui.viewmodel.WindowPreferences;

/** The whole window: top bar, rail, a page on the left, training over resources on the right. */
public final class MainView extends StackPane {
  private static final double SIDE = 520;
  private static final double GAP = 12;

  /** The view models of the window. */
  public record Models(
      ChatViewModel chat,
      TrainingViewModel training,
      ResourcesViewModel resources,
      ModelsViewModel models,
      SettingsViewModel settings) {}

  private final Texts texts;
  private final ChatViewModel chat;
  private final TrainingViewModel training;
  private final ModelsViewModel library;
  private final MenuButton models = new MenuButton();
  private final Label chip = new Label();
  private final HBox topBar = new HBox(14, brand());
  private boolean brandOnly = true;
  private final Popover popover = new Popover();
  private final ChatPane chatPane;

  /** Pages are made when they are first wanted: most sessions need no more than the chat. */
  private final Map<Rail.Page, Panel> made = new EnumMap<>(Rail.Page.class);

  private final SettingsViewModel settings;
  private final String configName;
  private final InspectionService inspection;
  private final TrainingPane trainingPane;
  private final ResourcesPane resourcesPane;
  private final Rail rail;
  private final StackPane pages = new StackPane();
  private final VBox side = new VBox(GAP);
  private final WindowPreferences preferences = new WindowPreferences();
  private Consumer<Path> openFolder = folder -> {};
  private @Nullable ServerSwitch server;
  private @Nullable Panel maximised;
  private final ReadOnlyBooleanWrapper dark = new ReadOnlyBooleanWrapper(true);

  public MainView(MiniLlmApp app, Texts texts, Models viewModels) {
    this.texts = texts;
    this.chat = viewModels.chat();
    this.training = viewModels.training();
    this.library = viewModels.models();
    this.settings = viewModels.settings();
    this.inspection = app.inspection();
    this.configName = app.configFile().normalize().toString();
    getStyleClass().addAll("root", "dark");
    getStylesheets().add(stylesheet().toString());
    preferences
        .fontSizeProperty()
        .addListener((o, was, now) -> getStylesheets().setAll(ScaledStyles.url(now.intValue())));
    preferences.reducedMotionProperty().addListener((o, was, now) -> training.reduceMotion(now));
    chatPane = new ChatPane(chat, texts, popover);
    chatPane.addAnswerAction(
        new AnswerAction(
            "verbatim.action", Icon.BOOK, (answer, b) -> lookUp(app.verbatim(), answer)));
    trainingPane =
        new TrainingPane(training, texts, Palette.DARK, popover, dir -> open(dir), chat::eject);
    trainingPane.offerBase(this::openModel);
    resourcesPane = new ResourcesPane(viewModels.resources(), texts, Palette.DARK);
    rail = new Rail(texts, this::go);
    pages.getChildren().add(chatPane);
    made.put(Rail.Page.CHAT, chatPane);
    pages.setMinWidth(0);
    side.getChildren().addAll(trainingPane, resourcesPane);
    VBox.setVgrow(trainingPane, Priority.ALWAYS);
    side.setPrefWidth(SIDE);
    side.setMinWidth(SIDE);
    HBox.setHgrow(pages, Priority.ALWAYS);
    HBox panes = new HBox(GAP, pages, side);
    panes.setPadding(new Insets(GAP));
    BorderPane window = new BorderPane(panes);
    topBar.setAlignment(Pos.CENTER_LEFT);
    topBar.getStyleClass().add("topbar");
    window.setTop(topBar);
    window.setLeft(rail);
    getChildren().addAll(window, popover);
    panels().forEach(panel -> panel.onToggle(() -> toggle(panel)));
    go(Rail.Page.CHAT);
    chat.snapshotProperty()
        .addListener(
            (o, was, now) -> {
              showModel();
              if (!was.path().equals(now.path())) {
                trainingPane.planAgain(); // the chat's model is a line of the plan
              }
            });
    viewModels
        .resources()
        .stateProperty()
        .addListener(
            (o, was, now) -> {
              if (was.isPresent() && budget(was) != budget(now)) {
                trainingPane.planAgain();
              }
            });
    training
        .snapshotProperty()
        .addListener(
            (o, was, now) -> {
              showChip();
              Panel page = made.get(Rail.Page.MODELS);
              if (page instanceof ModelsPage shown
                  && shown.isVisible()
                  && TrainingFace.of(was).busy() != TrainingFace.of(now).busy()) {
                shown.refresh();
              }
            });
    library
        .rowsProperty()
        .addListener(
            (o, was, now) -> {
              fillModels();
              trainingPane.planAgain(); // the chat's model is offered as a beginning
            });
    training
        .data()
        .stateProperty()
        .addListener(
            (o, was, now) -> {
              if (library.rowsProperty().get().isEmpty()) {
                library.refresh();
              }
            });
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              showModel();
              showChip();
            });
    showModel();
    showChip();
    sceneProperty().addListener((o, was, now) -> addKeys(now));
  }

  /** Where the window's style sheet is. */
  public static URL stylesheet() {
    return Objects.requireNonNull(MainView.class.getResource("/org/minillm/gui/window.css"));
  }

  private static long budget(Optional<ResourcesViewModel.State> state) {
    return state.map(s -> s.resources().budget()).orElse(0L);
  }

  private List<Panel> panels() {
    List<Panel> panels = new ArrayList<>(made.values());
    panels.add(trainingPane);
    panels.add(resourcesPane);
    return panels;
  }

  private void addKeys(@Nullable Scene scene) {
    if (scene == null) {
      return;
    }
    StillCaret.keep(scene);
    key(scene, "Ctrl+N", this::newChat);
    key(scene, "Ctrl+Enter", chat::again);
    key(scene, "Alt+Enter", chat::continueLast);
    key(scene, "F1", chatPane::showKeys);
    key(scene, "Ctrl+K", this::showChats);
    key(scene, "F11", this::toggleFocused);
    for (Rail.Page page : Rail.Page.values()) {
      key(scene, page.keys(), () -> go(page));
    }
    scene.addEventHandler(
        KeyEvent.KEY_PRESSED,
        e -> {
          if (e.getCode() == KeyCode.ESCAPE && !popover.isOpen()) {
            chat.stop();
          }
        });
  }

  /** Shows what of an answer stands in the data of the model that is open. */
  private void lookUp(VerbatimQuestions service, Message answer) {
    ObservableValue<Source> source =
        chat.snapshotProperty()
            .map(
                now ->
                    Source.of(
                        now, training.snapshotProperty().get().map(TrainingSnapshot::outDir)));
    VerbatimViewModel verbatim =
        new VerbatimViewModel(service, Platform::runLater, source, answer.textProperty().get());
    chatPane.showInstead(new VerbatimView(verbatim, texts, chatPane::showConversation));
  }

  private static void key(Scene scene, String keys, Runnable action) {
    scene.getAccelerators().put(KeyCombination.valueOf(keys), action);
  }

  private void newChat() {
    go(Rail.Page.CHAT);
    chat.newChat();
    chatPane.focusInput();
  }

  private void showChats() {
    go(Rail.Page.CHAT);
    chatPane.showChats();
  }

  /** The chat's model, where the library has it. */
  private Optional<ModelEntry> openModel() {
    Optional<Path> open = chat.snapshotProperty().get().path();
    return library.rowsProperty().get().stream()
        .map(ModelsViewModel.Row::entry)
        .filter(m -> Optional.of(m.path()).equals(open))
        .findFirst();
  }

  /** Shows a page in the large pane. */
  private void go(Rail.Page page) {
    popover.close();
    Panel wanted = page(page);
    rail.choose(page);
    if (maximised != null) {
      toggle(maximised);
    }
    for (Node each : pages.getChildren()) {
      each.setVisible(each == wanted);
    }
    if (wanted instanceof ModelsPage shown) {
      shown.refresh();
    } else if (wanted instanceof InspectPage shown) {
      shown.refresh();
    } else if (wanted instanceof SettingsPage shown) {
      shown.refresh();
    }
  }

  private Panel page(Rail.Page page) {
    Panel there = made.get(page);
    if (there != null) {
      return there;
    }
    Panel fresh =
        switch (page) {
          case CHAT -> chatPane;
          case MODELS -> new ModelsPage(library, chat, texts, modelActions());
          case INSPECT ->
              new InspectPage(
                  new InspectViewModel(inspection, Platform::runLater), library, chat, texts);
          case SETTINGS ->
              new SettingsPage(
                  settings,
                  texts,
                  configName,
                  new WindowSection(
                      texts, preferences, dark.getReadOnlyProperty(), this::setDark, server));
        };
    fresh.onToggle(() -> toggle(fresh));
    made.put(page, fresh);
    pages.getChildren().add(fresh);
    fresh.completeHead();
    fresh.makeByPulses();
    return fresh;
  }

  private ModelsPage.Actions modelActions() {
    return new ModelsPage.Actions(
        () -> go(Rail.Page.CHAT), model -> trainingPane.fineTune(model), openFolder);
  }

  /** How the window looks; what is set here holds at once. */
  public WindowPreferences preferences() {
    return preferences;
  }

  /** Puts the switch of the local server among the settings; to be called before they are shown. */
  public void offerServer(ServerSwitch value) {
    server = value;
  }

  /**
   * Shows the tour of the first start.
   *
   * @param seen hears when it was begun or skipped
   */
  public void showTour(TourViewModel tour, Runnable seen) {
    TourCard[] card = new TourCard[1];
    card[0] =
        new TourCard(
            tour,
            texts,
            () -> {
              getChildren().remove(card[0]);
              seen.run();
              focusChat();
            },
            this::continueWith);
    tour.stateProperty().addListener((o, was, now) -> seen.run());
    card[0].visibleProperty().bind(chatPane.visibleProperty()); // it covers no other page
    getChildren().add(1, card[0]); // under the layer of popovers
  }

  /** Opens a model in the chat and lets it continue a text. */
  private void continueWith(Path model, String text) {
    go(Rail.Page.CHAT);
    load(
        model,
        now -> {
          chat.setMode(ChatMode.COMPLETION);
          chat.send(text);
        });
  }

  /** Loads a model, then acts; nothing if it cannot be loaded. */
  private void load(Path model, Consumer<ChatSnapshot> then) {
    chat.snapshotProperty()
        .addListener(
            new ChangeListener<>() {
              @Override
              public void changed(
                  ObservableValue<? extends ChatSnapshot> o, ChatSnapshot was, ChatSnapshot now) {
                if (now.state() == ChatState.READY && now.path().equals(Optional.of(model))) {
                  o.removeListener(this);
                  then.accept(now);
                }
              }
            });
    chat.load(model, false);
  }

  /** What shows a folder in the desktop's file manager. */
  public void onOpenFolder(Consumer<Path> action) {
    openFolder = action;
  }

  /** Opens what was just trained: a chat of its own, in the mode that it can. */
  private void open(Path model) {
    go(Rail.Page.CHAT);
    chat.newChat();
    load(
        model,
        now -> {
          chat.setMode(now.chats() ? ChatMode.CHAT : ChatMode.COMPLETION);
          chatPane.focusInput();
        });
  }

  /** Maximises a pane, or gives it its place back. */
  private void toggle(Panel panel) {
    maximised = maximised == panel ? null : panel;
    Panel alone = maximised;
    boolean onSide = alone == trainingPane || alone == resourcesPane;
    Controls.shown(pages, !onSide);
    Controls.shown(side, alone == null || onSide);
    Controls.shown(trainingPane, alone == null || alone == trainingPane);
    Controls.shown(resourcesPane, alone == null || alone == resourcesPane);
    VBox.setVgrow(resourcesPane, alone == resourcesPane ? Priority.ALWAYS : Priority.NEVER);
    HBox.setHgrow(side, onSide ? Priority.ALWAYS : Priority.NEVER);
    side.setMaxWidth(onSide ? Double.MAX_VALUE : SIDE);
    panels().forEach(p -> p.setMaximised(p == alone));
  }

  /** F11: the pane that has the focus, the page on the left where none has. */
  private void toggleFocused() {
    if (maximised != null) {
      toggle(maximised);
      return;
    }
    Node at = getScene().getFocusOwner();
    while (at != null && !(at instanceof Panel)) {
      at = at.getParent();
    }
    Panel visible =
        panels().stream().filter(p -> p.isVisible() && p.getParent() == pages).findFirst().get();
    toggle(at instanceof Panel panel ? panel : visible);
  }

  private void fillTopBar() {
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
    Button theme = Controls.iconButton(texts, "app.theme", Icon.THEME, () -> setDark(!dark.get()));
    theme.setId("theme");
    theme.getStyleClass().add("bare");
    topBar.getChildren().addAll(models, chip, Controls.spacer(), language, theme);
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

  /** Dark or light. */
  public void setDark(boolean value) {
    dark.set(value);
    getStyleClass().removeAll("dark", "light");
    getStyleClass().add(value ? "dark" : "light");
    Palette palette = value ? Palette.DARK : Palette.LIGHT;
    trainingPane.setPalette(palette);
    resourcesPane.setPalette(palette);
  }

  /**
   * Makes the next part of what the panes hold. At first they are frames with a head, so that the
   * window is there at once; to be called once a pulse, so that each part is drawn when it is made.
   *
   * @return false if nothing was left to make
   */
  public boolean makeNext() {
    if (brandOnly) {
      fillTopBar();
      panels().forEach(Panel::completeHead);
      return true;
    }
    return chatPane.makeNext()
        || trainingPane.makeNext()
        || resourcesPane.makeNext()
        || made.values().stream().anyMatch(Panel::makeNext);
  }

  /** The colour behind the panes, as the style sheet has it. */
  public Color background() {
    return (dark.get() ? Palette.DARK : Palette.LIGHT).background();
  }

  public ReadOnlyBooleanProperty darkProperty() {
    return dark.getReadOnlyProperty();
  }

  /** Puts the caret into the chat's field, unless one types elsewhere. */
  public void focusChat() {
    if (!(getScene().getFocusOwner() instanceof TextInputControl)) {
      chatPane.focusInput();
    }
  }

  /** Fills the training form, as dropping files and choosing a shape do. */
  public void prepareTraining(List<Path> files, Preset preset, long steps) {
    trainingPane.choose(files);
    trainingPane.chooseShape(preset, steps);
  }

  private void fillModels() {
    models.getItems().clear();
    if (library.hasLiveModel()) {
      MenuItem live = new MenuItem(texts.get("models.live") + liveStep());
      live.setOnAction(e -> chat.talkToTrainingModel());
      models.getItems().addAll(live, new SeparatorMenuItem());
    }
    for (ModelsViewModel.Row row : library.rowsProperty().get()) {
      ModelEntry entry = row.entry();
      MenuItem item =
          new MenuItem(entry.name() + "   " + facts(entry.parameters(), entry.contextLength()));
      item.setMnemonicParsing(false);
      item.setOnAction(e -> chat.load(entry.path(), false));
      models.getItems().add(item);
    }
    if (models.getItems().isEmpty()) {
      models.getItems().add(new MenuItem(texts.get("models.noneShort")));
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
    return texts.get("app.facts", texts.number(parameters / 1e6, 1), contextLength);
  }

  private void showModel() {
    ChatSnapshot s = chat.snapshotProperty().get();
    String text =
        s.modelName().isEmpty()
            ? texts.get("app.noModel")
            : s.modelName()
                + "   "
                + facts(s.parameters(), s.contextLength())
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
