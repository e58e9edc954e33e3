package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import javafx.beans.property.ReadOnlyIntegerProperty;
import javafx.beans.property.ReadOnlyIntegerWrapper;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.FrontEnd;
import org.minillm.app.JobState;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ResumableRun;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingRequest;
import org.minillm.app.TrainingSnapshot;

/** The training pane's state; commands return at once, disk work goes to the background. */
public final class TrainingViewModel implements TrainingListener {
  /** Shortest time between two drawings of the curve: it costs the training's own cores. */
  private static final long REDRAW_NANOS = 300_000_000;

  private static final int POINTS_READ = 100_000;

  private final MiniLlmApp app;
  private final Executor ui;
  private final Executor background;
  private final LongSupplier nanoClock;
  private final Curve curve = new Curve();
  private final List<MetricsPoint> arrived = new ArrayList<>();
  private long drawn;
  private int planAsked;
  private final ReadOnlyIntegerWrapper revision = new ReadOnlyIntegerWrapper();
  private final ReadOnlyObjectWrapper<Optional<TrainingSnapshot>> snapshot =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<MemoryPlan>> plan =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<List<ResumableRun>> resumable =
      new ReadOnlyObjectWrapper<>(List.of());
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());

  /**
   * @param ui runs what changes properties
   * @param background runs what reads the disk
   * @param nanoClock for the pace of the curve
   */
  public TrainingViewModel(
      MiniLlmApp app, Executor ui, Executor background, LongSupplier nanoClock) {
    this.app = app;
    this.ui = ui;
    this.background = background;
    this.nanoClock = nanoClock;
    this.drawn = nanoClock.getAsLong() - REDRAW_NANOS;
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

  public TrainingFace face() {
    return TrainingFace.of(snapshot.get());
  }

  /** What the form's training would take; empty while the form has problems. */
  public ReadOnlyObjectProperty<Optional<MemoryPlan>> planProperty() {
    return plan.getReadOnlyProperty();
  }

  public ReadOnlyObjectProperty<List<ResumableRun>> resumableProperty() {
    return resumable.getReadOnlyProperty();
  }

  /** Why a training could not start or ended, empty when neither. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  public boolean busy() {
    return face().busy();
  }

  /** Adds up the memory of the form's training. */
  public void plan(TrainingForm form) {
    int asked = ++planAsked;
    if (!form.problems().isEmpty()) {
      plan.set(Optional.empty());
      return;
    }
    background.execute(
        () -> {
          try {
            MemoryPlan made = app.training().plan(request(form, false));
            ui.execute(
                () -> {
                  if (asked == planAsked) { // else the form has changed since
                    plan.set(Optional.of(made));
                  }
                });
          } catch (RuntimeException e) {
            fail(e);
          }
        });
  }

  /** Steps and batch that the configuration's own shape trains with. */
  public long configuredSteps() {
    return app.config().training().maxSteps();
  }

  public int configuredBatch() {
    return app.config().training().batchSize();
  }

  /** Starts the form's training, although its plan does not fit where {@code anyway}. */
  public void start(TrainingForm form, boolean anyway) {
    if (!form.problems().isEmpty()) {
      return;
    }
    failure.set(Optional.empty());
    background.execute(
        () -> {
          try {
            app.training().start(request(form, anyway));
          } catch (IOException | RuntimeException e) {
            fail(e);
          }
        });
  }

  /** Goes on with an interrupted run; its curve so far is read back. */
  public void resumeRun(ResumableRun run) {
    failure.set(Optional.empty());
    background.execute(
        () -> {
          try {
            app.training().resumeRun(run.dir());
          } catch (IOException | RuntimeException e) {
            fail(e);
          }
        });
  }

  /** Takes a plan's suggestion of a larger budget. */
  public void setBudget(int megabytes) {
    background.execute(
        () -> {
          try {
            app.setMaxMemoryMb(megabytes);
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

  private TrainingRequest request(TrainingForm form, boolean anyway) {
    return new TrainingRequest(
        form.name().strip(),
        form.files(),
        app.library().newDirectory(form.name().strip()),
        form.config(app.config()),
        FrontEnd.WINDOW,
        anyway,
        List.of(),
        form.base());
  }

  private void lookForInterruptedRuns() {
    background.execute(
        () -> {
          List<ResumableRun> runs = app.training().resumableRuns();
          ui.execute(() -> resumable.set(runs));
        });
  }

  private void fail(Exception e) {
    ui.execute(() -> failure.set(Optional.of(e)));
  }

  @Override
  public void onSnapshot(TrainingSnapshot value) {
    ui.execute(
        () -> {
          boolean changed =
              snapshot.get().map(s -> s.state() != value.state()).orElse(true)
                  || snapshot.get().map(s -> s.valLoss()).orElse(0.0) != value.valLoss();
          snapshot.set(Optional.of(value));
          if (value.state() == JobState.FAILED) {
            failure.set(value.failure());
          }
          draw(changed);
        });
    if (value.state().ended()) {
      lookForInterruptedRuns();
    }
  }

  @Override
  public void onPoint(MetricsPoint point) {
    synchronized (arrived) {
      arrived.add(point);
    }
  }

  /** A run began or one was read back: points that still wait belong to it already. */
  @Override
  public void onHistoryReset() {
    ui.execute(
        () -> {
          synchronized (arrived) {
            arrived.clear();
          }
          curve.clear();
          app.training().history(POINTS_READ).forEach(curve::add);
          revision.set(revision.get() + 1);
        });
  }

  /** Takes the points that came since, at most three times a second but when {@code now}. */
  private void draw(boolean now) {
    long time = nanoClock.getAsLong();
    if (!now && time - drawn < REDRAW_NANOS) {
      return;
    }
    drawn = time;
    List<MetricsPoint> points;
    synchronized (arrived) {
      points = List.copyOf(arrived);
      arrived.clear();
    }
    if (!points.isEmpty()) {
      points.forEach(curve::add);
      revision.set(revision.get() + 1);
    }
  }
}
