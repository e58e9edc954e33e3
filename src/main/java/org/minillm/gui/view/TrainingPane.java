package org.minillm.gui.view;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javafx.beans.binding.Bindings;
import javafx.beans.binding.BooleanExpression;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.ScrollPane;
import javafx.scene.input.TransferMode;
import javafx.scene.layout.VBox;
import org.jspecify.annotations.Nullable;
import org.minillm.app.JobState;
import org.minillm.app.ModelEntry;
import org.minillm.app.Preset;
import org.minillm.app.TrainingSnapshot;
import org.minillm.gui.viewmodel.RunsViewModel;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** The training: a form, then the run and its buttons. */
final class TrainingPane extends Panel {
  private static final double ASK_WIDTH = 280;

  private final TrainingViewModel training;
  private final Texts texts;
  private final Label status = new Label();
  private final Button pause;
  private final Button stop;
  private final Button abandon;
  private final Button fresh;
  private final Popover popover;
  private final Consumer<Path> openModel;
  private final Runnable ejectChatModel;
  private final BooleanExpression chatBusy;
  private Palette palette;
  private Supplier<Optional<ModelEntry>> chatModel = Optional::empty;
  private @Nullable TrainingFormView form;
  private @Nullable TrainingRunView run;
  private boolean wantsForm = true;
  private boolean wasBusy;
  private String pauseShows = "";

  /**
   * @param popover holds the charts' options
   * @param openModel opens the model in that directory in the chat
   * @param ejectChatModel lets the chat's model go
   * @param chatBusy while the chat's model cannot be changed
   */
  TrainingPane(
      TrainingViewModel training,
      Texts texts,
      Palette palette,
      Popover popover,
      Consumer<Path> openModel,
      Runnable ejectChatModel,
      BooleanExpression chatBusy) {
    super(texts);
    this.training = training;
    this.texts = texts;
    this.palette = palette;
    this.popover = popover;
    this.openModel = openModel;
    this.ejectChatModel = ejectChatModel;
    this.chatBusy = chatBusy;
    pause = Controls.iconButton(texts, "training.pause", Icon.PAUSE, this::pauseOrResume);
    pause.setId("training-pause");
    stop = Controls.button(texts, "training.stop", Icon.STOP, this::stop);
    stop.setId("training-stop");
    Controls.tip(stop, texts, "training.stopTip");
    abandon = Controls.iconButton(texts, "training.abandon", Icon.TRASH, () -> {});
    abandon.setId("training-abandon");
    abandon.getStyleClass().add("bare");
    abandon.setOnAction(e -> askToAbandon());
    fresh = Controls.button(texts, "training.new", Icon.PLUS, this::toggleForm);
    fresh.setId("training-new");
    status.setId("training-status");
    setHead(Controls.label(texts, "training.title", "title"), status);
    training.snapshotProperty().addListener((o, was, now) -> refresh());
    training
        .viewedProperty()
        .addListener(
            (o, was, now) -> {
              wantsForm = false;
              refresh();
            });
    texts.localeProperty().addListener((o, was, now) -> refresh());
    acceptFiles();
    List.of(pause, stop, abandon, fresh).forEach(button -> Controls.shown(button, false));
    later(
        () -> {
          addToHead(abandon, pause, stop, fresh);
          refresh();
        });
  }

  void setPalette(Palette value) {
    palette = value;
    if (run != null) {
      run.setPalette(value);
    }
  }

  /** The form, made when it is first wanted. */
  private TrainingFormView form() {
    TrainingFormView made = form;
    if (made == null) {
      made = new TrainingFormView(training, texts, ejectChatModel);
      made.offerBase(chatModel);
      form = made;
    }
    return made;
  }

  /** The run's view, made with the first run. */
  private TrainingRunView run() {
    TrainingRunView made = run;
    if (made == null) {
      made =
          new TrainingRunView(
              training,
              texts,
              palette,
              popover,
              () -> training.snapshotProperty().get().ifPresent(s -> openModel.accept(s.outDir())),
              chatBusy);
      run = made;
    }
    return made;
  }

  /** Takes the files of the next training. */
  void choose(List<Path> files) {
    wantsForm = true;
    form().choose(files);
    refresh();
  }

  void chooseShape(Preset value, long count) {
    form().chooseShape(value, count);
  }

  /** Begins the form of a training that goes on from a model. */
  void fineTune(ModelEntry base) {
    wantsForm = true;
    form().fineTune(base);
    refresh();
  }

  /** Lets the form offer the chat's model to go on from; before the form is made. */
  void offerBase(Supplier<Optional<ModelEntry>> open) {
    chatModel = open;
  }

  /** Adds up the form's memory again; something else has changed what is free. */
  void planAgain() {
    if (form != null && getCenter() == form) {
      form.changed();
    }
  }

  private void acceptFiles() {
    setOnDragOver(
        e -> {
          if (e.getDragboard().hasFiles() && !training.busy()) {
            e.acceptTransferModes(TransferMode.COPY);
            if (!getStyleClass().contains("drop")) {
              getStyleClass().add("drop");
            }
          }
          e.consume();
        });
    setOnDragExited(e -> getStyleClass().remove("drop"));
    setOnDragDropped(
        e -> {
          choose(e.getDragboard().getFiles().stream().map(File::toPath).toList());
          e.setDropCompleted(true);
          e.consume();
        });
  }

  private void toggleForm() {
    wantsForm = getCenter() != form;
    refresh();
  }

  /** Nothing comes back of what is thrown away here: it takes a second press. */
  private void askToAbandon() {
    Label text = new Label();
    text.setId("training-abandon-text");
    text.textProperty()
        .bind(
            Bindings.createStringBinding(
                () ->
                    texts.get(
                        training.hasCheckpoint()
                            ? "training.abandonText"
                            : "training.abandonAllText"),
                texts.localeProperty(),
                training.revisionProperty()));
    text.setWrapText(true);
    Button sure =
        Controls.button(
            texts,
            "training.abandon",
            () -> {
              popover.close();
              training.stopWithoutSaving();
            });
    sure.setId("training-abandon-sure");
    VBox box = new VBox(10, text, sure);
    box.getStyleClass().add("panel-body");
    box.setPrefWidth(ASK_WIDTH);
    ScrollPane pane = new ScrollPane(box);
    pane.setHbarPolicy(ScrollPane.ScrollBarPolicy.NEVER);
    popover.open(pane, abandon);
  }

  /** The step under way is done before: until then nothing can be pressed twice. */
  private void stop() {
    stop.setDisable(true);
    training.stop();
  }

  private void pauseOrResume() {
    TrainingFace face = training.face();
    if (face == TrainingFace.PAUSED || face == TrainingFace.PAUSED_BY_GUARD) {
      training.resume();
    } else {
      training.pause();
    }
  }

  private void refresh() {
    TrainingFace face = training.face();
    TrainingSnapshot s = training.snapshotProperty().get().orElse(null);
    boolean busy = face.busy();
    if (busy != wasBusy) {
      wantsForm = false; // a run that began or ended is what one wants to see
      wasBusy = busy;
    }
    // A run that failed before its first point has nothing to show but its reason.
    boolean failedEarly = s != null && s.state() == JobState.FAILED && training.curve().size() == 0;
    Optional<RunsViewModel.Run> viewed = training.viewedProperty().get();
    boolean nothing = s == null && viewed.isEmpty();
    boolean showForm = nothing || (!busy && (wantsForm || (failedEarly && viewed.isEmpty())));
    if (!showForm) {
      setCenter(run());
    } else if (getCenter() == null || getCenter() != form) {
      form().refresh();
      setCenter(form());
    }
    Controls.shown(pause, busy);
    Controls.shown(stop, busy);
    stop.setDisable(busy && stop.isDisabled());
    Controls.shown(abandon, busy);
    Controls.shown(fresh, !busy && !nothing && (!failedEarly || viewed.isPresent()));
    fresh.textProperty().unbind();
    fresh.textProperty().bind(texts.bind(showForm ? "training.back" : "training.new"));
    boolean paused = face == TrainingFace.PAUSED || face == TrainingFace.PAUSED_BY_GUARD;
    String pauseKey = paused ? "training.resume" : "training.pause";
    if (!pauseKey.equals(pauseShows)) {
      pauseShows = pauseKey;
      Controls.name(pause, texts, pauseKey);
      pause.setGraphic((paused ? Icon.PLAY : Icon.PAUSE).node(13));
    }
    if (viewed.isPresent()) {
      status.setText(showForm ? "" : texts.get("training.earlier", viewed.get().name()));
      run().showEarlier();
    } else if (s != null) {
      status.setText(showForm ? "" : status(s, face));
      run().show(s);
    } else {
      status.setText("");
    }
  }

  /** What it does beside training, for which there is room in the place of its name only. */
  private String status(TrainingSnapshot s, TrainingFace face) {
    boolean under = face == TrainingFace.LOADING || face == TrainingFace.RUNNING;
    return switch (s.phase()) {
      case EVALUATING, SAVING -> under ? texts.get("training.phase." + s.phase().name()) : s.name();
      default -> s.name();
    };
  }
}
