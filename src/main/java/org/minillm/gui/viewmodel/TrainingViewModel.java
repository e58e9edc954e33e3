package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
import org.minillm.app.MetricsReader;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.ResumableRun;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingRequest;
import org.minillm.app.TrainingSnapshot;
import org.minillm.train.CorpusSummary;

/** The training pane's state; commands return at once, disk work goes to the background. */
public final class TrainingViewModel implements TrainingListener {
  /** Shortest time between two drawings of the curve: it costs the training's own cores. */
  private static final long REDRAW_NANOS = 300_000_000;

  private static final long SELDOM_NANOS = 2_000_000_000;

  private static final int POINTS_READ = 4096;
  private static final long FEWEST_STEPS = 20;

  private final MiniLlmApp app;
  private final Executor ui;
  private final Executor background;
  private final LongSupplier nanoClock;
  private Curve curve = new Curve();
  private final ChartViewModel chart = new ChartViewModel(this::curve);
  private final DataViewModel data;
  private final PlannerViewModel planner;
  private final RunsViewModel runs;
  private int reading;
  private final List<MetricsPoint> arrived = new ArrayList<>();
  private long redrawNanos = REDRAW_NANOS;
  private long figuresNanos;
  private long figuresShown;
  private long drawn;
  private int planAsked;
  private boolean abandoned;
  private Optional<Long> leaked = Optional.empty();
  private final ReadOnlyObjectWrapper<Optional<RunsViewModel.Run>> viewed =
      new ReadOnlyObjectWrapper<>(Optional.empty());
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
    this.data = new DataViewModel(app, ui);
    this.planner = new PlannerViewModel(app, ui);
    this.runs = new RunsViewModel(app, chart, ui, background);
    this.drawn = nanoClock.getAsLong() - REDRAW_NANOS;
    app.training().listen(this);
  }

  /**
   * Whether curve and figures change every two seconds only, and at once when the training's state
   * does, instead of several times a second.
   */
  public void reduceMotion(boolean value) {
    redrawNanos = value ? SELDOM_NANOS : REDRAW_NANOS;
    figuresNanos = value ? SELDOM_NANOS : 0;
  }

  /** The run's curve; another one after each start. */
  public Curve curve() {
    return curve;
  }

  /** How the curve is looked at. */
  public ChartViewModel chart() {
    return chart;
  }

  /** The data of the next training. */
  public DataViewModel data() {
    return data;
  }

  /** Proposes the next training. */
  public PlannerViewModel planner() {
    return planner;
  }

  /** The runs on disk. */
  public RunsViewModel runs() {
    return runs;
  }

  /** The earlier run that is looked at in the place of a training; empty for none. */
  public ReadOnlyObjectProperty<Optional<RunsViewModel.Run>> viewedProperty() {
    return viewed.getReadOnlyProperty();
  }

  /** Shows an earlier run; not while one trains. */
  public void view(RunsViewModel.Run run) {
    if (busy()) {
      return;
    }
    Curve read = new Curve();
    runs.readThen(
        run.dir(),
        read,
        () -> {
          if (!busy()) {
            viewed.set(Optional.empty()); // the same one again is news, too
            show(read);
            viewed.set(Optional.of(run));
            runs.showSamples(run.dir());
          }
        });
  }

  /** Whether the curve in view is that of this directory. */
  public boolean isShown(Path dir) {
    return viewed
        .get()
        .map(run -> run.dir().equals(dir))
        .orElseGet(() -> snapshot.get().map(s -> s.outDir().equals(dir)).orElse(false));
  }

  private void show(Curve read) {
    curve = read;
    chart.resetZoom();
    chart.curveChanged();
    revision.set(revision.get() + 1);
  }

  /** What the coach says of the curve now. */
  public List<CoachAdvice> advice() {
    Optional<TrainingSnapshot> of = viewed.get().isPresent() ? Optional.empty() : snapshot.get();
    return CurveCoach.advise(
        curve,
        new CurveCoach.Facts(
            of.map(TrainingSnapshot::epoch).orElse(Double.NaN),
            totalSteps(of),
            of.isPresent() ? leaked : Optional.empty()));
  }

  /** Of a run that is over those it did, whatever was planned. */
  private long totalSteps(Optional<TrainingSnapshot> of) {
    boolean over = of.map(s -> s.state().ended()).orElse(true);
    return over && curve.size() > 0
        ? curve.step(curve.size() - 1)
        : of.map(TrainingSnapshot::totalSteps).orElse(0L);
  }

  /** Whether the run in view has saved something that it can be continued from. */
  public boolean hasCheckpoint() {
    return curve.events().stream().anyMatch(MetricsPoint::isCheckpoint);
  }

  /** Whether the last run was ended without saving. */
  public boolean abandoned() {
    return abandoned;
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

  /**
   * The name of a new training that is being prepared, paused or not: a stop would leave nothing of
   * it. Empty for one that has begun or goes on from a checkpoint, and without one.
   */
  public Optional<String> inPreparation() {
    return busy() && !hasCheckpoint()
        ? snapshot.get().filter(s -> !TrainingFace.begun(s)).map(TrainingSnapshot::name)
        : Optional.empty();
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
    abandoned = false;
    leaked = data.leakedDocuments();
    data.cancel(); // two that read the same files, and memory for one
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
    abandoned = false;
    leaked = Optional.empty();
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

  /** Lets go of the model that the server answers with, too: a plan counts it as the chat's. */
  public void ejectServedModel() {
    background.execute(app.completions()::letGo);
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

  /** Ends at once; what was trained since the last checkpoint is lost. */
  public void stopWithoutSaving() {
    abandoned = true;
    app.training().stopWithoutSaving();
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

  /**
   * Steps in which a model that can write already sees the chosen texts once; the configured number
   * where their length is not known.
   *
   * @param batch as typed
   */
  public long onePass(ModelEntry base, String batch) {
    long tokens = data.stateProperty().get().summary().map(CorpusSummary::tokens).orElse(0L);
    long each = base.contextLength() * Numbers.whole(batch).filter(n -> n > 0).orElse(1L);
    return tokens == 0
        ? configuredSteps()
        : Math.max(FEWEST_STEPS, (tokens + each - 1) / Math.max(1, each));
  }

  /** Offers the runs that were interrupted, in the background; after the window's first frame. */
  public void lookForInterruptedRuns() {
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
          boolean changed = snapshot.get().map(was -> changed(was, value)).orElse(true);
          long time = nanoClock.getAsLong();
          if (!changed && time - figuresShown < figuresNanos) {
            return; // a later one says more
          }
          figuresShown = time;
          snapshot.set(Optional.of(value));
          if (changed && runs.sampledProperty().get().equals(Optional.of(value.outDir()))) {
            runs.showSamples(value.outDir());
          }
          if (value.state() == JobState.FAILED) {
            failure.set(value.failure());
          }
          draw(changed);
        });
    if (value.state().ended()) {
      lookForInterruptedRuns();
    }
  }

  /** Whether more than figures that always move has changed. */
  private static boolean changed(TrainingSnapshot was, TrainingSnapshot now) {
    return was.state() != now.state()
        || was.phase() != now.phase()
        || was.pausedByGuard() != now.pausedByGuard()
        || !was.outDir().equals(now.outDir())
        || !was.notice().equals(now.notice())
        || !was.failure().equals(now.failure())
        || Double.compare(was.valLoss(), now.valLoss()) != 0;
  }

  @Override
  public void onPoint(MetricsPoint point) {
    synchronized (arrived) {
      arrived.add(point);
    }
  }

  /**
   * A run began or one was read back: its curve so far is read from its file, in the background.
   * Points that come meanwhile wait; those that are in the file as well only replace themselves.
   */
  @Override
  public void onHistoryReset() {
    Optional<Path> run = app.training().snapshot().map(TrainingSnapshot::outDir);
    ui.execute(() -> reading++);
    background.execute(
        () -> {
          Curve read = new Curve();
          run.ifPresent(dir -> readCurve(dir, read));
          ui.execute(
              () -> {
                reading--;
                viewed.set(Optional.empty());
                show(read);
                run.ifPresent(runs::showSamples);
                draw(true);
              });
        });
  }

  private void readCurve(Path run, Curve into) {
    try {
      MetricsReader.of(run).read(into::add);
    } catch (NoSuchFileException e) {
      app.training().history(POINTS_READ).forEach(into::add); // nothing is written yet
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Takes the points that came since, not too often but when {@code now}. */
  private void draw(boolean now) {
    long time = nanoClock.getAsLong();
    if (reading > 0 || (!now && time - drawn < redrawNanos)) {
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
      chart.curveChanged();
    }
  }
}
