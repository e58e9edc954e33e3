package org.minillm.gui.view;

import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.application.Platform;
import javafx.beans.property.ReadOnlyBooleanProperty;
import javafx.beans.property.ReadOnlyBooleanWrapper;
import javafx.beans.value.ObservableValue;
import javafx.geometry.Insets;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.TextInputControl;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.scene.paint.Color;
import javafx.util.Subscription;
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
import org.minillm.base.MiniLlmException.Busy;
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
  private final TopBar topBar;
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
  private @Nullable TourViewModel tour;
  private @Nullable TourCard tourCard;
  private Runnable tourSeen = () -> {};
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
    preferences
        .reducedMotionProperty()
        .addListener(
            (o, was, now) -> {
              training.reduceMotion(now);
              viewModels.resources().reduceMotion(now);
            });
    chatPane = new ChatPane(chat, texts, popover);
    chatPane.addAnswerAction(
        new AnswerAction(
            "verbatim.action", Icon.BOOK, false, (answer, b) -> lookUp(app.verbatim(), answer)));
    trainingPane =
        new TrainingPane(
            training,
            texts,
            Palette.DARK,
            popover,
            dir -> open(dir),
            chat::eject,
            chat.modelBusy());
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
    topBar = new TopBar(texts, chat, training, library, () -> setDark(!dark.get()));
    topBar.onRefused(() -> go(Rail.Page.MODELS)); // there it can be loaded anyway
    window.setTop(topBar);
    window.setLeft(rail);
    getChildren().addAll(window, popover);
    panels().forEach(panel -> panel.onToggle(() -> toggle(panel)));
    go(Rail.Page.CHAT);
    chat.snapshotProperty()
        .addListener(
            (o, was, now) -> {
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
            (o, was, now) -> trainingPane.planAgain()); // the chat's model is offered to begin from
    training
        .data()
        .stateProperty()
        .addListener(
            (o, was, now) -> {
              if (library.rowsProperty().get().isEmpty()) {
                library.refresh();
              }
            });
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
    key(scene, "Ctrl+Enter", () -> inChat(chat::again));
    key(scene, "Alt+Enter", () -> inChat(chat::continueLast));
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
        new VerbatimViewModel(
            service,
            Platform::runLater,
            source,
            chat.continuedBy(answer),
            answer.textProperty().get());
    chatPane.showInstead(new VerbatimView(verbatim, texts, chatPane::showConversation));
  }

  private static void key(Scene scene, String keys, Runnable action) {
    scene.getAccelerators().put(KeyCombination.valueOf(keys), action);
  }

  /** Does something with the conversation, where it is in view and nothing is open over it. */
  private void inChat(Runnable action) {
    if (chatPane.isVisible() && pages.isVisible() && !popover.isOpen()) {
      action.run();
    }
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
    if (!pages.getChildren().contains(wanted)) {
      replacePage(wanted);
    }
    if (wanted instanceof ModelsPage shown) {
      shown.refresh();
    } else if (wanted instanceof InspectPage shown) {
      shown.refresh();
    } else if (wanted instanceof SettingsPage shown) {
      shown.refresh();
    }
  }

  /** Only the page in view is part of the scene: no other is styled and laid out with it. */
  private void replacePage(Panel wanted) {
    boolean keyboard = pages.isFocusWithin();
    pages.getChildren().forEach(page -> page.setVisible(false));
    wanted.setVisible(true);
    pages.getChildren().setAll(wanted);
    if (keyboard) { // it would go to the beginning of the window
      List<Node> stops = new ArrayList<>();
      Controls.addStops(wanted, stops);
      stops.stream().findFirst().ifPresent(Node::requestFocus);
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
   * Lets the tour be opened, by {@link #showTour} and from the chat's menu.
   *
   * @param seen hears when it was begun or skipped
   */
  public void offerTour(TourViewModel value, Runnable seen) {
    tour = value;
    tourSeen = seen;
    value
        .stateProperty()
        .addListener(
            (o, was, now) -> {
              seen.run();
              if (was.step() != now.step() && now.step().ended()) {
                showCard(value); // hidden meanwhile, how it ends is told all the same
              }
            });
    chat.snapshotProperty().addListener((o, was, now) -> makeRoomForAnswer(value, was, now));
    chatPane.offerTour(
        () -> {
          showTour();
          lookup("#tour .button").requestFocus(); // who asked for it goes on there
        });
  }

  /** Shows the tour where it stands, from its beginning when it came to its end; once offered. */
  public void showTour() {
    TourViewModel offered = tour;
    if (offered == null) {
      return;
    }
    offered.open();
    showCard(offered);
  }

  private void showCard(TourViewModel offered) {
    TourCard card = tourCard;
    if (card == null) {
      card = new TourCard(offered, texts, this::closeTour, this::continueWith, chat.modelBusy());
      card.visibleProperty() // it covers nothing but the chat
          .bind(chatPane.visibleProperty().and(pages.visibleProperty()));
      tourCard = card;
    }
    if (!getChildren().contains(card)) {
      getChildren().add(1, card); // under the layer of popovers
    }
  }

  /** Who chats instead has seen the welcome, and it would cover the answer. */
  private void makeRoomForAnswer(TourViewModel shown, ChatSnapshot was, ChatSnapshot now) {
    boolean asked = now.state() == ChatState.WAITING && was.state() != ChatState.WAITING;
    boolean welcome = shown.stateProperty().get().step() == TourViewModel.Step.WELCOME;
    if (asked && welcome && getChildren().contains(tourCard)) {
      closeTour();
    }
  }

  private void closeTour() {
    getChildren().remove(tourCard);
    tourSeen.run();
    focusChat();
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
    Awaited awaited = new Awaited(model, then);
    chat.load(model, false);
    if (chat.failureProperty().get().isPresent()) {
      awaited.end(); // refused at once
    }
  }

  /** Waits until the chat has a model and acts once, or until it is refused or another comes. */
  private final class Awaited {
    private final Path model;
    private final Consumer<ChatSnapshot> then;
    private final Subscription listening;
    private boolean begun;

    Awaited(Path model, Consumer<ChatSnapshot> then) {
      this.model = model;
      this.then = then;
      listening =
          Subscription.combine(
              chat.snapshotProperty().subscribe((was, now) -> changed(now)),
              chat.failureProperty().subscribe((was, now) -> now.ifPresent(this::failed)));
    }

    private void changed(ChatSnapshot now) {
      begun |= now.state() == ChatState.LOADING;
      boolean there = now.state() == ChatState.READY && now.path().equals(Optional.of(model));
      if (there || (begun && now.state() != ChatState.LOADING)) {
        end();
      }
      if (there) {
        then.accept(now);
      }
    }

    /** Busy is another command that came meanwhile: this one goes on. */
    private void failed(Throwable problem) {
      if (!(problem instanceof Busy)) {
        end();
      }
    }

    void end() {
      listening.unsubscribe();
    }
  }

  /** What shows a folder in the desktop's file manager. */
  public void onOpenFolder(Consumer<Path> action) {
    openFolder = action;
  }

  /** Opens what was just trained: a chat of its own, in the mode that it can. */
  void open(Path model) {
    go(Rail.Page.CHAT);
    load(
        model,
        now -> {
          chat.newChat();
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
    if (topBar.makeRest()) {
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

  /** Whether a message was changed in its place and is not sent. */
  public boolean editsMessage() {
    return chatPane.lookupAll(".message-editor").stream()
        .anyMatch(node -> node instanceof MessageEditor editor && editor.changed());
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
}
