package org.minillm.gui.view;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.input.TransferMode;
import org.jspecify.annotations.Nullable;
import org.minillm.app.JobState;
import org.minillm.app.ModelEntry;
import org.minillm.app.Preset;
import org.minillm.app.TrainingSnapshot;
import org.minillm.gui.viewmodel.Texts;
import org.minillm.gui.viewmodel.TrainingFace;
import org.minillm.gui.viewmodel.TrainingViewModel;

/** The training: a form, then the run and its buttons. */
final class TrainingPane extends Panel {
  private final TrainingViewModel training;
  private final Texts texts;
  private final Label status = new Label();
  private final Button pause;
  private final Button stop;
  private final Button fresh;
  private final Consumer<Path> openModel;
  private final Runnable ejectChatModel;
  private Palette palette;
  private @Nullable TrainingFormView form;
  private @Nullable TrainingRunView run;
  private boolean wantsForm = true;
  private boolean wasBusy;

  /**
   * @param openModel opens the model in that directory in the chat
   * @param ejectChatModel lets the chat's model go
   */
  TrainingPane(
      TrainingViewModel training,
      Texts texts,
      Palette palette,
      Consumer<Path> openModel,
      Runnable ejectChatModel) {
    super(texts);
    this.training = training;
    this.texts = texts;
    this.palette = palette;
    this.openModel = openModel;
    this.ejectChatModel = ejectChatModel;
    pause = Controls.button(texts, "training.pause", Icon.PAUSE, this::pauseOrResume);
    pause.setId("training-pause");
    stop = Controls.button(texts, "training.stop", Icon.STOP, training::stop);
    stop.setId("training-stop");
    Controls.tip(stop, texts, "training.stopTip");
    fresh = Controls.button(texts, "training.new", Icon.PLUS, this::toggleForm);
    fresh.setId("training-new");
    status.setId("training-status");
    setHead(Controls.label(texts, "training.title", "title"), status);
    training.revisionProperty().addListener((o, was, now) -> showCurve());
    training.snapshotProperty().addListener((o, was, now) -> refresh());
    texts
        .localeProperty()
        .addListener(
            (o, was, now) -> {
              refresh();
              showCurve();
            });
    acceptFiles();
    List.of(pause, stop, fresh).forEach(button -> Controls.shown(button, false));
    later(
        () -> {
          addToHead(pause, stop, fresh);
          refresh();
        });
  }

  void setPalette(Palette value) {
    palette = value;
    if (run != null) {
      run.setPalette(value);
    }
  }

  private void showCurve() {
    if (run != null) {
      run.showCurve();
    }
  }

  /** The form, made when it is first wanted. */
  private TrainingFormView form() {
    TrainingFormView made = form;
    if (made == null) {
      made = new TrainingFormView(training, texts, ejectChatModel);
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
              () -> training.snapshotProperty().get().ifPresent(s -> openModel.accept(s.outDir())));
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
    boolean showForm = s == null || (!busy && (wantsForm || failedEarly));
    if (!showForm) {
      setCenter(run());
    } else if (getCenter() == null || getCenter() != form) {
      form().refresh();
      setCenter(form());
    }
    Controls.shown(pause, busy);
    Controls.shown(stop, busy);
    Controls.shown(fresh, !busy && s != null && !failedEarly);
    fresh.textProperty().unbind();
    fresh.textProperty().bind(texts.bind(showForm ? "training.back" : "training.new"));
    boolean paused = face == TrainingFace.PAUSED || face == TrainingFace.PAUSED_BY_GUARD;
    String pauseKey = paused ? "training.resume" : "training.pause";
    if (!texts.get(pauseKey).equals(pause.getText())) {
      pause.textProperty().unbind();
      pause.textProperty().bind(texts.bind(pauseKey));
      pause.setGraphic((paused ? Icon.PLAY : Icon.PAUSE).node(13));
    }
    status.setText(s == null || showForm ? "" : status(s, face));
    if (s != null) {
      run().show(s);
    }
  }

  private String status(TrainingSnapshot s, TrainingFace face) {
    return switch (face) {
      case LOADING, RUNNING ->
          s.name()
              + switch (s.phase()) {
                case EVALUATING, SAVING -> " · " + texts.get("training.phase." + s.phase().name());
                default -> "";
              };
      default -> s.name();
    };
  }
}
