package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javafx.beans.property.ReadOnlyObjectProperty;
import javafx.beans.property.ReadOnlyObjectWrapper;
import org.minillm.app.ChatState;
import org.minillm.app.GuardAction;
import org.minillm.app.GuardEvent;
import org.minillm.app.GuardLevel;
import org.minillm.app.JobLedger;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ResourceSnapshot;

/**
 * The resources pane's state: once a second, every third second when motion is reduced, every ninth
 * while nothing goes on; what the guard does at once.
 */
public final class ResourcesViewModel {
  /** Seconds. */
  private static final int HISTORY = 90;

  private static final int SELDOM_SECONDS = 3;

  /** Between drawings while nothing goes on: each costs an idle window 8 to 25 ms of a core. */
  private static final int QUIET_SECONDS = 9;

  private static final int SMALLEST_BUDGET = 64;
  private static final int LARGEST_BUDGET = 1_048_576;

  /** What is shown. */
  public record State(
      ResourceSnapshot resources, MemoryPlan usage, GuardLevel level, Optional<GuardEvent> act) {}

  private final MiniLlmApp app;
  private final Executor ui;
  private final Executor background;
  private final List<Deque<Double>> cores = new ArrayList<>();
  private final ReadOnlyObjectWrapper<Optional<State>> state =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private final ReadOnlyObjectWrapper<Optional<Throwable>> failure =
      new ReadOnlyObjectWrapper<>(Optional.empty());
  private boolean seldom;
  private int unshownSeconds;
  private long lastMillis;
  private volatile Optional<GuardEvent> lastAct = Optional.empty();

  /**
   * @param ui runs what changes properties
   * @param background runs what writes the disk
   */
  public ResourcesViewModel(MiniLlmApp app, Executor ui, Executor background) {
    this.app = app;
    this.ui = ui;
    this.background = background;
    app.guard().listen(this::note);
    app.monitor()
        .listen(
            snapshot -> {
              State now = new State(snapshot, app.usage(), app.guard().level(), lastAct);
              boolean quiet = now.level() == GuardLevel.CALM && idle();
              ui.execute(() -> show(now, quiet));
            });
  }

  private synchronized void note(GuardEvent event) {
    lastAct = Optional.of(lastAct(lastAct, event));
  }

  /** The event to tell of: that the guard watches or is calm again is less than what it did. */
  static GuardEvent lastAct(Optional<GuardEvent> before, GuardEvent now) {
    return before.filter(e -> acted(e) && !acted(now)).orElse(now);
  }

  private static boolean acted(GuardEvent event) {
    return event.action() != GuardAction.WATCH && event.action() != GuardAction.CALM;
  }

  private boolean idle() {
    ChatState chat = app.chat().snapshot().state();
    return !app.training().busy() && (chat == ChatState.READY || chat == ChatState.EMPTY);
  }

  /** Whether the pane changes every third second only, as long as the guard is at rest. */
  public void reduceMotion(boolean value) {
    seldom = value;
  }

  /**
   * @param quiet whether nothing goes on
   */
  void show(State now, boolean quiet) {
    List<Double> cpu = now.resources().cpu();
    int seconds = secondsSince(now.resources().timeMillis());
    for (int i = 0; i < cpu.size(); i++) {
      if (cores.size() <= i) {
        cores.add(new ArrayDeque<>());
      }
      Deque<Double> core = cores.get(i);
      for (int s = 0; s < seconds; s++) {
        core.addLast(cpu.get(i));
      }
      while (core.size() > HISTORY) {
        core.removeFirst();
      }
    }
    boolean news = state.get().map(was -> news(was, now)).orElse(true);
    int every = quiet ? QUIET_SECONDS : seldom ? SELDOM_SECONDS : 1;
    unshownSeconds += seconds;
    if (!news && unshownSeconds < every) {
      return;
    }
    unshownSeconds = 0;
    state.set(Optional.of(now));
  }

  /** Whole seconds that a reading stands for: readings are rarer while nothing goes on. */
  private int secondsSince(long millis) {
    long seconds = lastMillis == 0 ? 1 : Math.round((millis - lastMillis) / 1000.0);
    lastMillis = millis;
    return (int) Math.max(1, Math.min(HISTORY, seconds));
  }

  private static boolean news(State was, State now) {
    return was.resources().budget() != now.resources().budget()
        || was.level() != now.level()
        || !was.act().equals(now.act());
  }

  public ReadOnlyObjectProperty<Optional<State>> stateProperty() {
    return state.getReadOnlyProperty();
  }

  /** Why the budget could not be changed, empty when it could. */
  public ReadOnlyObjectProperty<Optional<Throwable>> failureProperty() {
    return failure.getReadOnlyProperty();
  }

  /** Use of a core over the last minute and a half, 0 to 1, oldest first. */
  public double[] core(int i) {
    return i < cores.size()
        ? cores.get(i).stream().mapToDouble(Double::doubleValue).toArray()
        : new double[0];
  }

  /** What trainings were predicted to take and took, the last first. */
  public List<JobLedger.Entry> jobs() {
    return app.ledger().entries();
  }

  /** The guard's acts of this start, oldest first. */
  public List<GuardEvent> guardLog() {
    return app.guard().events();
  }

  /** Budget of the process, MB. */
  public int budget() {
    return (int) (app.monitor().budget() >> 20);
  }

  /**
   * Changes the budget of the running process and of {@code config.json}.
   *
   * @param typed megabytes, as typed
   * @return what is wrong with it, empty when nothing is
   */
  public Optional<Problem> setBudget(String typed) {
    Optional<Long> megabytes =
        Numbers.whole(typed).filter(n -> n >= SMALLEST_BUDGET && n <= LARGEST_BUDGET);
    if (megabytes.isEmpty()) {
      return Optional.of(
          Problem.of("budget", "resources.budgetRange", SMALLEST_BUDGET, LARGEST_BUDGET));
    }
    int wanted = (int) (long) megabytes.get();
    if (wanted != budget()) {
      background.execute(() -> change(wanted));
    }
    return Optional.empty();
  }

  private void change(int megabytes) {
    Optional<Throwable> problem = Optional.empty();
    try {
      app.setMaxMemoryMb(megabytes);
    } catch (IOException | RuntimeException e) {
      problem = Optional.of(e);
    }
    Optional<Throwable> now = problem;
    ui.execute(() -> failure.set(now));
  }
}
