package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.minillm.base.ComputeGate;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException;
import org.minillm.train.Checkpoint;
import org.minillm.train.CorpusSummary;

/**
 * One training on the job thread. What others ask of it (pause, stop, the guard's acts) waits in a
 * queue until the boundary of a step, where buffers may come and go; there it also sleeps, with the
 * turn at the compute gate given back so that the chat can answer.
 */
final class TrainingJob implements TrainingWork.Listener {
  /** What the guard can ask for. */
  enum Act {
    TRIM,
    SAVE_AND_PAUSE,
    RELEASE,
    RESTORE
  }

  private record Asked(Act act, CompletableFuture<String> answer) {}

  private static final System.Logger LOG = System.getLogger(TrainingJob.class.getName());

  private final Path dir;
  private final TrainingWork work;
  private final ComputeGate gate;
  private final ResourceMonitor monitor;
  private final Consumer<Consumer<TrainingListener>> tell;
  private final MetricsHistory history;
  private final TrainingFigures figures;
  private final Object lock = new Object();
  private final Deque<Asked> asked = new ArrayDeque<>();
  private volatile @Nullable JobContext context;
  private boolean training;
  private boolean userPaused;
  private boolean guardPaused;
  private boolean guardActed;
  private boolean weightsReleased;
  private boolean heapCollected;
  private boolean stopWanted;
  private volatile boolean abandoned;

  TrainingJob(
      String name,
      Path dir,
      TrainingWork work,
      ComputeGate gate,
      ResourceMonitor monitor,
      Consumer<Consumer<TrainingListener>> tell,
      MetricsHistory history) {
    this.dir = dir;
    this.work = work;
    this.gate = gate;
    this.monitor = monitor;
    this.tell = tell;
    this.history = history;
    this.figures = new TrainingFigures(name, dir, System::nanoTime);
  }

  void run(JobContext started) throws Exception {
    context = started;
    try {
      work.prepare(started.control(), this);
      figures.model(work.parameters(), work.vocabSize(), work.microBatch());
      gate.enter();
      try {
        synchronized (lock) {
          training = true;
        }
        work.train(started.control(), this);
      } finally {
        synchronized (lock) {
          training = false;
        }
        if (gate.held()) { // not after an interrupted wait for it
          gate.leave();
        }
      }
      synchronized (lock) {
        if (stopWanted) {
          throw new CancellationException("stopped by the user; the run can be resumed");
        }
      }
    } finally {
      synchronized (lock) {
        training = false;
        guardPaused = false;
        asked.forEach(a -> a.answer().complete(""));
        asked.clear();
      }
      tellSaved();
      figures.phase(TrainingPhase.ENDED, 1);
      System.gc(); // the heap shrinks; else the next run stands on the garbage of this one
    }
  }

  private void tellSaved() {
    try {
      Optional<Path> checkpoint = Checkpoint.locate(dir);
      if (checkpoint.isPresent()) {
        long step = Checkpoint.readState(checkpoint.get()).step();
        figures.saved(abandoned ? OptionalLong.empty() : OptionalLong.of(step));
      }
    } catch (IOException | MiniLlmException e) {
      LOG.log(Level.WARNING, "Cannot read what the run saved: " + e.getMessage());
    }
  }

  /** Whether it ended, or was ended, with nothing to show for it. */
  boolean inVain() {
    TrainingSnapshot end = snapshot();
    return end.step() == 0 && !end.saved();
  }

  /** A change of the job's state. */
  void onJob(JobSnapshot snapshot) {
    figures.job(snapshot.state(), snapshot.failure(), snapshot.elapsedMillis() / 1000.0);
    publish(true);
  }

  TrainingSnapshot snapshot() {
    return figures.snapshot(isGuardPaused());
  }

  private boolean isGuardPaused() {
    synchronized (lock) {
      return guardPaused;
    }
  }

  Optional<ChatModel> live() {
    synchronized (lock) {
      return weightsReleased ? Optional.empty() : work.live();
    }
  }

  /** What is allocated now. */
  List<MemoryPlan.Line> allocated() {
    return running() ? work.allocated() : List.of();
  }

  private boolean running() {
    return context != null && !figures.ended();
  }

  void pause() {
    JobContext running = context;
    synchronized (lock) {
      userPaused = true;
      if (!training && running != null) {
        running.control().pause(); // reading and tokenizing sleep where they are
      }
      lock.notifyAll();
    }
  }

  void unpause(Runnable resumeAnyway) {
    JobContext running = context;
    boolean byGuard;
    synchronized (lock) {
      userPaused = false;
      byGuard = guardPaused;
      if (running != null) {
        running.control().resume();
      }
      lock.notifyAll();
    }
    if (byGuard) {
      resumeAnyway.run();
      CompletableFuture<String> unused = ask(Act.RESTORE); // where the guard has forgotten it
    }
  }

  /** Whether the job must be cancelled because it has nothing to save yet. */
  boolean stop() {
    synchronized (lock) {
      stopWanted = true;
      lock.notifyAll();
      return !training;
    }
  }

  /** Lets the run end without saving. */
  void abandon() {
    abandoned = true;
    work.abandon();
    stop();
  }

  CompletableFuture<String> ask(Act act) {
    synchronized (lock) {
      if (!training) {
        return CompletableFuture.completedFuture("");
      }
      Asked request = new Asked(act, new CompletableFuture<>());
      asked.add(request);
      lock.notifyAll();
      return request.answer();
    }
  }

  long bytesToResume() {
    synchronized (lock) {
      return guardPaused && !userPaused ? work.bytesToRestore() : 0;
    }
  }

  /** Notes what the guard did as an event of the run; not what does not concern it. */
  void onGuard(GuardEvent event) {
    if (!running() || !concerns(event.action())) {
      return;
    }
    long step = figures.step();
    String text =
        String.format(
            Locale.ROOT,
            "guard %s: %s (%d -> %d MB)",
            event.action().name().toLowerCase(Locale.ROOT),
            event.detail(),
            event.rssBefore() / MemoryBudget.MB,
            event.rssAfter() / MemoryBudget.MB);
    MetricsPoint point =
        MetricsPoint.ofEvent(
            step, figures.tokens(), event.rssAfter() / (double) MemoryBudget.MB, text);
    history.add(point);
    try {
      work.logEvent(text);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "Cannot write the guard's event: " + e.getMessage());
    }
    tell.accept(l -> l.onPoint(point));
    publish(true);
  }

  /** A return to rest is news where the guard has acted since the run began, and once. */
  private boolean concerns(GuardAction action) {
    synchronized (lock) {
      boolean acted = guardActed;
      guardActed =
          switch (action) {
            case TRIM, PAUSE, RELEASE -> true;
            case WATCH, RESUME -> acted;
            case CALM -> false;
          };
      return action != GuardAction.WATCH && (acted || guardActed);
    }
  }

  @Override
  public void phase(TrainingPhase phase, double fraction) {
    boolean changed = figures.phase(phase, fraction);
    JobContext running = context;
    if (running != null) {
      running.report(fraction, phase.name().toLowerCase(Locale.ROOT));
    }
    publish(changed);
  }

  @Override
  public void data(CorpusSummary summary) {
    tell.accept(l -> l.onData(summary));
  }

  @Override
  public void notice(String text) {
    figures.notice(text);
    LOG.log(Level.DEBUG, text); // the front end tells it
    publish(true);
  }

  @Override
  public void point(MetricsPoint point, String sample) {
    figures.point(point, sample);
    history.add(point);
    tell.accept(l -> l.onPoint(point));
    publish(!Double.isNaN(point.valLoss()));
  }

  @Override
  public void progress(long totalSteps, double epoch, long etaSeconds) {
    figures.progress(totalSteps, epoch, etaSeconds);
  }

  @Override
  public boolean boundary() {
    JobContext running = context;
    if (running == null) {
      return true;
    }
    boolean slept = false;
    while (true) {
      serve();
      synchronized (lock) {
        if (stopWanted) {
          return false;
        }
        if (!userPaused && !guardPaused) {
          break;
        }
      }
      if (!slept) {
        slept = true;
        gate.leave();
        running.paused(true);
      }
      if (!sleep(running)) {
        break;
      }
    }
    if (slept) {
      running.paused(false);
      takeTurn();
    }
    running.control().check();
    return true;
  }

  /** Sleeps until something is asked; false when the job was cancelled. */
  private boolean sleep(JobContext running) {
    synchronized (lock) {
      try {
        while (asked.isEmpty()
            && !stopWanted
            && (userPaused || guardPaused)
            && !running.control().isCancelled()) {
          lock.wait(500); // a cancel does not notify this lock
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return !running.control().isCancelled();
  }

  private void takeTurn() {
    try {
      gate.enter();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  /** Does what was asked, on the job's thread. */
  private void serve() {
    while (true) {
      Asked next;
      synchronized (lock) {
        next = asked.poll();
      }
      if (next == null) {
        return;
      }
      try {
        String done = perform(next.act());
        figures.microBatch(work.microBatch());
        publish(true);
        next.answer().complete(done);
      } catch (IOException | RuntimeException | Error e) { // the guard waits for an answer
        LOG.log(Level.ERROR, "The memory guard could not " + next.act(), e);
        if (next.act() == Act.RESTORE) {
          figures.failure(Optional.of(e));
          publish(true);
        }
        next.answer().completeExceptionally(e);
      }
    }
  }

  private String perform(Act act) throws IOException {
    return switch (act) {
      case TRIM -> trim();
      case SAVE_AND_PAUSE -> saveAndPause();
      case RELEASE -> release();
      case RESTORE -> restore();
    };
  }

  private String trim() {
    if (isGuardPaused()) {
      return "";
    }
    String done = work.shrink();
    if (done.isEmpty() && heapCollected) {
      return "";
    }
    heapCollected = done.isEmpty();
    System.gc(); // the heap is set to shrink
    return done.isEmpty() ? "heap collected" : done + ", heap collected";
  }

  private String saveAndPause() throws IOException {
    if (isGuardPaused()) {
      return "";
    }
    figures.phase(TrainingPhase.SAVING, Double.NaN);
    work.saveAndRelease();
    synchronized (lock) {
      guardPaused = true;
    }
    figures.phase(TrainingPhase.TRAINING, Double.NaN);
    System.gc();
    return "saved; activations, gradients and optimiser freed";
  }

  private String release() {
    synchronized (lock) {
      if (!guardPaused || weightsReleased) {
        return "";
      }
      weightsReleased = true;
    }
    work.releaseWeights();
    System.gc();
    return "weights freed";
  }

  private String restore() throws IOException {
    if (!isGuardPaused()) {
      return "";
    }
    work.restore();
    synchronized (lock) {
      guardPaused = false;
      weightsReleased = false;
    }
    heapCollected = false;
    figures.failure(Optional.empty());
    return "buffers allocated and read back";
  }

  private void publish(boolean always) {
    Optional<TrainingSnapshot> due = figures.due(always, isGuardPaused());
    due.ifPresent(snapshot -> tell.accept(l -> l.onSnapshot(snapshot)));
  }
}
