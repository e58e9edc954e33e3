package org.minillm.gui.view;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
import org.minillm.gui.viewmodel.ChatViewModel;
import org.minillm.gui.viewmodel.ModelsViewModel;
import org.minillm.gui.viewmodel.Texts;

/** The models on disk: facts, the memory each would take, open and eject. */
final class ModelsPage extends Panel {
  private final ModelsViewModel models;
  private final ChatViewModel chat;
  private final Texts texts;
  private final Runnable opened;
  private final VBox list = new VBox(10);
  private final Label count = new Label();

  /**
   * @param opened what follows when a model was opened: the chat comes back
   */
  ModelsPage(ModelsViewModel models, ChatViewModel chat, Texts texts, Runnable opened) {
    super(texts);
    this.models = models;
    this.chat = chat;
    this.texts = texts;
    this.opened = opened;
    setHead(
        Controls.label(texts, "models.title", "title"),
        count,
        Controls.iconButton(texts, "models.refresh", Icon.AGAIN, models::refresh));
    list.getStyleClass().add("panel-body");
    ScrollPane scroll = new ScrollPane(list);
    scroll.setFitToWidth(true);
    scroll.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    Label error = Controls.error(texts, chat.failureProperty());
    VBox foot = new VBox(error);
    foot.getStyleClass().add("panel-foot");
    foot.setStyle("-fx-padding: 6 16 6 16");
    foot.visibleProperty().bind(error.visibleProperty());
    foot.managedProperty().bind(error.visibleProperty());
    setCenter(scroll);
    setBottom(foot);
    models.rowsProperty().addListener((o, was, now) -> fill());
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
    texts.localeProperty().addListener((o, was, now) -> fill());
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
    boolean talking = chat.snapshotProperty().get().live();
    Button talk =
        Controls.button(
            texts,
            "models.talk",
            () -> {
              chat.talkToTrainingModel();
              opened.run();
            });
    talk.setDisable(talking);
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
    String learnt = learnt(m);
    if (!learnt.isEmpty()) {
      card.getChildren().add(line(learnt, "muted"));
    }
    row.plan().ifPresent(p -> card.getChildren().add(line(memory(p, loaded), "muted")));
    card.getStyleClass().add("card");
    return card;
  }

  private List<Button> buttons(ModelsViewModel.Row row, boolean loaded) {
    Path path = row.entry().path();
    boolean fits = row.plan().map(MemoryPlan::fits).orElse(true);
    boolean busy = chat.snapshotProperty().get().state() == ChatState.LOADING || chat.answering();
    Button main =
        loaded
            ? Controls.button(texts, "models.eject", chat::eject)
            : Controls.button(
                texts,
                fits ? "models.open" : "models.openAnyway",
                () -> {
                  chat.load(path, !fits);
                  opened.run();
                });
    if (!loaded && fits) {
      main.getStyleClass().add("primary");
    }
    main.setDisable(busy);
    return List.of(main);
  }

  private String facts(ModelEntry m) {
    return texts.get(
        "models.facts",
        texts.number(m.parameters() / 1e6, 2),
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
    if (!m.description().isBlank()) {
      join(text, texts.get("models.data", m.description()));
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
