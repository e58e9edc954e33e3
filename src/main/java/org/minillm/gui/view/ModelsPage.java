package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.beans.binding.Bindings;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.layout.VBox;
import org.minillm.app.ChatSnapshot;
import org.minillm.app.ChatState;
import org.minillm.app.MemoryPlan;
import org.minillm.app.ModelEntry;
import org.minillm.app.ModelLibrary.Unreadable;
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ErrorTexts;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel.Outcome;
import org.minillm.gui.viewmodel.Texts;

/** The models on disk: facts, the memory each would take, and what can be done with them. */
final class ModelsPage extends Panel {
  private final ModelsViewModel models;
  private final ChatViewModel chat;
  private final Texts texts;
  private final Actions actions;
  private final VBox list = new VBox(10);
  private final Label count = new Label();
  private final Label outcome = new Label();
  private final Button undo;

  /** The model whose card is open. */
  private Optional<Path> unfolded = Optional.empty();

  /**
   * What leads out of the page.
   *
   * @param opened what follows when a model was opened: the chat comes back
   * @param fineTune begins the form of a fine-tuning
   * @param openFolder shows a folder in the desktop's file manager
   */
  record Actions(Runnable opened, Consumer<ModelEntry> fineTune, Consumer<Path> openFolder) {}

  ModelsPage(ModelsViewModel models, ChatViewModel chat, Texts texts, Actions actions) {
    super(texts);
    this.models = models;
    this.chat = chat;
    this.texts = texts;
    this.actions = actions;
    undo = Controls.button(texts, "models.undo", models::undo);
    undo.setId("models-undo");
    setHead(
        Controls.label(texts, "models.title", "title"),
        count,
        Controls.iconButton(texts, "models.refresh", Icon.AGAIN, models::refresh));
    list.getStyleClass().add("panel-body");
    ScrollPane scroll = new ScrollPane(list);
    scroll.setFitToWidth(true);
    scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    setCenter(scroll);
    setBottom(foot());
    models.outcomeProperty().addListener((o, was, now) -> showOutcome());
    models.busyProperty().addListener((o, was, now) -> showOutcome());
    models.rowsProperty().addListener((o, was, now) -> fill());
    models.unreadableProperty().addListener((o, was, now) -> fill());
    chat.snapshotProperty()
        .addListener(
            (o, was, now) -> {
              boolean same =
                  was.path().equals(now.path())
                      && (was.state() == ChatState.LOADING) == (now.state() == ChatState.LOADING);
              if (!same && isVisible()) {
                models.refresh(); // what the others would take has changed with it
              }
            });
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              fill();
              showOutcome();
            });
    showOutcome();
  }

  private Node foot() {
    Label error = Controls.error(texts, chat.failureProperty());
    outcome.setId("models-outcome");
    outcome.setWrapText(true);
    outcome.setMinHeight(Region.USE_PREF_SIZE);
    HBox.setHgrow(outcome, Priority.ALWAYS);
    HBox row = new HBox(10, outcome, undo);
    row.setAlignment(Pos.CENTER_LEFT);
    row.visibleProperty().bind(outcome.textProperty().isNotEmpty());
    row.managedProperty().bind(row.visibleProperty());
    VBox foot = new VBox(4, error, row);
    foot.getStyleClass().add("panel-foot");
    foot.visibleProperty().bind(error.visibleProperty().or(row.visibleProperty()));
    foot.managedProperty().bind(foot.visibleProperty());
    return foot;
  }

  private void showOutcome() {
    ModelsViewModel.Outcome how = models.outcomeProperty().get();
    boolean failed = how instanceof Outcome.Failed;
    outcome.getStyleClass().setAll("label", failed ? "error" : "small");
    outcome.setText(models.busyProperty().get() ? texts.get("models.busy") : words(how));
    boolean undoable = how instanceof Outcome.ThrownAway;
    Controls.shown(undo, undoable);
    if (undoable) {
      undo.requestFocus(); // the button that had the focus went with its model
    }
  }

  private String words(Outcome how) {
    if (how instanceof Outcome.Failed e) {
      return ErrorTexts.of(e.problem(), texts);
    }
    if (how instanceof Outcome.Renamed e) {
      return texts.get("models.done.renamed", e.name());
    }
    if (how instanceof Outcome.Duplicated e) {
      return texts.get("models.done.duplicated", e.name());
    }
    if (how instanceof Outcome.ThrownAway e) {
      return texts.get("models.done.thrownAway", e.name());
    }
    if (how instanceof Outcome.Restored e) {
      return texts.get("models.done.restored", e.name());
    }
    if (how instanceof Outcome.Quantised e) {
      return texts.get(
          "models.done.quantised",
          e.report().path().getFileName(),
          texts.megabytes(e.report().bytesBefore(), 1),
          texts.megabytes(e.report().bytes(), 1));
    }
    if (how instanceof Outcome.Exported e) {
      return texts.get(
          "models.done.exported",
          e.report().path(),
          texts.megabytes(e.report().bytes(), 1),
          e.report().sameChoices(),
          e.report().positions());
    }
    return "";
  }

  /** Reads the directory again; when the page comes into view. */
  void refresh() {
    fill();
    models.refresh();
  }

  private void fill() {
    List<ModelsViewModel.Row> rows = models.rowsProperty().get();
    count.setText(texts.get("models.count", rows.size()));
    list.getChildren().clear();
    if (models.hasLiveModel()) {
      list.getChildren().add(live());
    }
    for (ModelsViewModel.Row row : rows) {
      list.getChildren().add(card(row));
    }
    for (Unreadable broken : models.unreadableProperty().get()) {
      list.getChildren().add(card(broken));
    }
    if (rows.isEmpty()) {
      Label none = new Label(texts.get("models.none", models.directory()));
      none.getStyleClass().add("muted");
      none.setWrapText(true);
      list.getChildren().add(none);
    }
  }

  private Node live() {
    Label title = new Label(texts.get("models.live"));
    title.getStyleClass().add("title");
    Button talk =
        Controls.button(
            texts,
            "models.talk",
            () -> {
              chat.talkToTrainingModel();
              actions.opened().run();
            });
    talk.disableProperty()
        .bind(
            chat.modelBusy()
                .or(
                    Bindings.createBooleanBinding(
                        () -> chat.snapshotProperty().get().live(), chat.snapshotProperty())));
    HBox row = new HBox(10, title, Controls.spacer(), talk);
    row.setAlignment(Pos.CENTER_LEFT);
    row.getStyleClass().add("card");
    return row;
  }

  private Node card(ModelsViewModel.Row row) {
    ModelEntry m = row.entry();
    ChatSnapshot now = chat.snapshotProperty().get();
    boolean loaded = now.path().equals(Optional.of(m.path()));
    Label name = new Label(m.name());
    name.getStyleClass().add("title");
    Label state = new Label(loaded ? texts.get("models.loaded") : "");
    state.getStyleClass().add("chip");
    Controls.shown(state, loaded);
    HBox head = new HBox(10, name, state, Controls.spacer());
    head.setAlignment(Pos.CENTER_LEFT);
    head.getChildren().addAll(buttons(row, loaded));
    VBox card = new VBox(4, head, line(facts(m), "small"));
    boolean open = unfolded.equals(Optional.of(m.path()));
    String learnt = learnt(m);
    if (!learnt.isEmpty()) {
      card.getChildren().add(line(learnt, "muted"));
    }
    row.plan().ifPresent(p -> card.getChildren().add(line(memory(p, loaded), "muted")));
    if (open) {
      card.getChildren()
          .add(new ModelTile(models, texts, m, actions.fineTune(), actions.openFolder()));
    }
    card.getStyleClass().add("card");
    return card;
  }

  /** What looks like a model and is none: why, and a way to be rid of it. */
  private Node card(Unreadable broken) {
    Label name = new Label(String.valueOf(broken.path().getFileName()));
    name.getStyleClass().add("title");
    Label state = new Label(texts.get("models.unreadable"));
    state.getStyleClass().add("error");
    Button folder =
        Controls.button(
            texts,
            "models.folder",
            () -> actions.openFolder().accept(ModelTile.folder(broken.path())));
    Button trash =
        Controls.button(texts, "models.trash", Icon.TRASH, () -> models.throwAway(broken));
    trash.disableProperty().bind(models.busyProperty());
    HBox head = new HBox(10, name, state, Controls.spacer(), folder, trash);
    head.setAlignment(Pos.CENTER_LEFT);
    Label why = line(ErrorTexts.of(broken.reason(), texts), "small");
    VBox card = new VBox(4, head, why, line(texts.get("models.unreadableDo"), "muted"));
    card.getStyleClass().addAll("card", "unreadable");
    return card;
  }

  private void unfold(Path model) {
    unfolded = unfolded.equals(Optional.of(model)) ? Optional.empty() : Optional.of(model);
    fill();
    // The button that was pressed is a new one now.
    list.lookupAll(".unfold").stream()
        .filter(n -> model.equals(n.getUserData()))
        .forEach(Node::requestFocus);
  }

  private List<Button> buttons(ModelsViewModel.Row row, boolean loaded) {
    Path path = row.entry().path();
    boolean fits = row.plan().map(MemoryPlan::fits).orElse(true);
    Button main =
        loaded
            ? Controls.button(texts, "models.eject", chat::eject)
            : Controls.button(
                texts,
                fits ? "models.open" : "models.openAnyway",
                () -> {
                  chat.load(path, !fits);
                  actions.opened().run();
                });
    if (!loaded && fits) {
      main.getStyleClass().add("primary");
    }
    main.disableProperty().bind(chat.modelBusy());
    boolean open = unfolded.equals(Optional.of(path));
    Button more =
        Controls.iconButton(
            texts,
            open ? "models.less" : "models.more",
            open ? Icon.UP : Icon.DOWN,
            () -> unfold(path));
    more.getStyleClass().add("unfold");
    more.setUserData(path);
    return List.of(main, more);
  }

  private String facts(ModelEntry m) {
    return texts.get(
        "models.facts",
        texts.millions(m.parameters()),
        texts.number(m.contextLength(), 0),
        texts.number(m.vocabSize(), 0),
        m.dtype(),
        texts.megabytes(m.fileBytes(), 1));
  }

  private String learnt(ModelEntry m) {
    StringBuilder text = new StringBuilder();
    if (Double.isFinite(m.loss())) {
      text.append(texts.get("models.loss", texts.number(m.loss(), 2)));
    }
    if (Double.isFinite(m.bitsPerByte())) {
      join(text, texts.get("models.bitsPerByte", texts.number(m.bitsPerByte(), 2)));
    }
    if (m.steps() > 0) {
      join(text, texts.get("models.steps", texts.number(m.steps(), 0)));
    }
    if (m.resumable()) {
      join(text, texts.get("models.resumable"));
    }
    return text.toString();
  }

  private static void join(StringBuilder text, String more) {
    text.append(text.length() == 0 ? "" : " · ").append(more);
  }

  private String memory(MemoryPlan plan, boolean loaded) {
    String estimate =
        texts.megabytes(
            plan.bytes(MemoryPlan.Item.WEIGHTS)
                + plan.bytes(MemoryPlan.Item.SESSION)
                + plan.bytes(MemoryPlan.Item.TOKENIZER),
            1);
    return texts.get(
        loaded ? "models.memoryLoaded" : plan.fits() ? "models.memory" : "models.memoryRefused",
        estimate,
        texts.megabytes(plan.total(), 0),
        texts.megabytes(plan.accepted(), 0));
  }

  private static Label line(String text, String style) {
    Label label = new Label(text);
    label.getStyleClass().add(style);
    label.setWrapText(true);
    label.setMinHeight(Region.USE_PREF_SIZE);
    HBox.setHgrow(label, Priority.ALWAYS);
    return label;
  }
}
