package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import javafx.beans.property.ReadOnlyStringProperty;
import javafx.beans.property.ReadOnlyStringWrapper;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.JobState;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Preset;
import org.minillm.app.ResumableRun;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingRequest;
import org.minillm.app.TrainingSnapshot;

/** The training pane's state; commands return at once, disk work goes to the background. */
public final class TrainingViewModel implements TrainingListener {
  private final MiniLlmApp app;
  private final Executor ui;
  private final Executor background;
  private final Curve curve = new Curve();
  private final ReadOnlyIntegerWrapper revision = new ReadOnlyIntegerWrapper();
  private final ReadOnlyObjectWrapper<Optional<TrainingSnapshot>> snapshot =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<MemoryPlan>> plan =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<List<ResumableRun>> resumable =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyStringWrapper error = new ReadOnlyStringWrapper("");

  /** What the form says. */
  public record Form(String name, List<Path> files, Preset preset, long steps, int batch) {
    public Form {
      files = List.copyOf(files);
    }
  }

  /**
   * @param ui runs what changes properties
   * @param background runs what reads the disk
   */
  public TrainingViewModel(MiniLlmApp app, Executor ui, Executor background) {
    this.app = app;
    this.ui = ui;
    this.background = background;
    app.training().listen(this);
    lookForInterruptedRuns();
  }

  public Curve curve() {
    return curve;
  }

  /** Changes when the curve got points. */
  public ReadOnlyIntegerProperty revisionProperty() {
    return revision.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<Optional<TrainingSnapshot>> snapshotProperty() {
    return snapshot.getReadOnlyProperty();
  }

  /** What the form's training would take. */
  public ReadOnlyObjectProperty<Optional<MemoryPlan>> planProperty() {
    return plan.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<List<ResumableRun>> resumableProperty() {
    return resumable.getReadOnlyProperty();
  }

  public ReadOnlyStringProperty errorProperty() {
    return error.getReadOnlyProperty();
  }

  public boolean busy() {
    return snapshot.get().map(s -> !s.state().ended()).orElse(false);
  }

  /** Adds up the memory of the form's training. */
  public void plan(Form form) {
    background.execute(
        () -> {
          try {
            MemoryPlan made = app.training().plan(request(form, false));
            ui.execute(() -> plan.set(Optional.of(made)));
          } catch (RuntimeException e) {
            fail(e);
          }
        });
  }

  /** Starts the form's training. */
  public void start(Form form, boolean anyway) {
    error.set("");
    background.execute(
        () -> {
          try {
            app.training().start(request(form, anyway));
            ui.execute(curve::clear);
          } catch (IOException | RuntimeException e) {
            fail(e);
          }
        });
  }

  public void resumeRun(ResumableRun run) {
    error.set("");
    background.execute(
        () -> {
          try {
            app.training().resumeRun(run.dir());
            List<MetricsPoint> points = app.training().history(100_000);
            ui.execute(
                () -> {
                  curve.clear();
                  points.forEach(curve::add);
                  revision.set(revision.get() + 1);
                });
          } catch (IOException | RuntimeException e) {
            fail(e);
          }
        });
  }

  public void pause() {
    app.training().pause();
  }

  public void resume() {
    app.training().resume();
  }

  public void stop() {
    app.training().stop();
  }

  private TrainingRequest request(Form form, boolean anyway) {
    AppConfig config = app.config().withPreset(form.preset());
    config =
        config.withTraining(
            config
                .training()
                .withMaxSteps(form.steps())
                .withBatchSize(form.batch())
                .withEvalInterval((int) Math.max(1, Math.min(100, form.steps() / 10))));
    return new TrainingRequest(
        form.name(),
        form.files(),
        app.library().newDirectory(form.name()),
        config,
        FrontEnd.WINDOW,
        anyway,
        Optional.empty());
  }

  private void lookForInterruptedRuns() {
    background.execute(
        () -> {
          List<ResumableRun> runs = app.training().resumableRuns();
          ui.execute(() -> resumable.set(runs));
        });
  }

  private void fail(Exception e) {
    ui.execute(() -> error.set(String.valueOf(e.getMessage())));
  }

  /** Bytes of files, for the form. */
  public static long bytes(List<Path> files) {
    long sum = 0;
    for (Path file : files) {
      try {
        sum += Files.size(file);
      } catch (IOException e) {
        continue; // the training says what is wrong with it
      }
    }
    return sum;
  }

  @Override
  public void onSnapshot(TrainingSnapshot value) {
    ui.execute(
        () -> {
          snapshot.set(Optional.of(value));
          if (value.state() == JobState.FAILED) {
            error.set(value.failure().map(f -> String.valueOf(f.getMessage())).orElse(""));
          }
        });
    if (value.state().ended()) {
      lookForInterruptedRuns();
    }
  }

  @Override
  public void onPoint(MetricsPoint point) {
    ui.execute(
        () -> {
          curve.add(point);
          revision.set(revision.get() + 1);
        });
  }
}
