package org.minillm.app;

import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Acts on memory pressure before the kernel does. Each reading of the monitor moves a level: up at
 * once when a threshold is reached, down only when the pressure has fallen 3 points below it.
 *
 * <ul>
 *   <li>TRIM (85 %): the micro-batch is halved and the heap collected; again after five readings
 *       while it stays. The mathematics of the step stays the same.
 *   <li>PAUSE (92 %, twice in a row, after a trim was tried): the work is saved and its memory
 *       freed.
 *   <li>RELEASE (96 %): the models go, too.
 * </ul>
 *
 * Paused work goes on when the pressure <em>with what it must allocate again</em> is under 85 % for
 * three readings; a work that had to pause again soon after, or could not go on, must wait twice as
 * long each time, so a machine at the edge does not swing. One act runs at a time; readings that
 * arrive meanwhile only move the level. Thread-safe; listeners are called on the monitor's thread
 * or the one that ended the act.
 */
public final class MemoryGuard implements AutoCloseable {
  /** Share of the budget under which a plan is accepted and paused work goes on. */
  public static final double ACCEPTED = 0.85;

  private static final System.Logger LOG = System.getLogger(MemoryGuard.class.getName());
  private static final double HYSTERESIS = 0.03;
  private static final int READINGS_TO_PAUSE = 2;
  private static final int READINGS_BETWEEN_TRIES = 5;
  private static final int READINGS_TO_RESUME = 3;
  private static final int MOST_READINGS_TO_RESUME = 96;
  private static final int SOON = 120;
  private static final int EVENTS_KEPT = 200;

  private final ResourceMonitor monitor;
  private final Optional<GuardLog> log;
  private final Subscription readings;
  private final List<GuardedWork> works = new CopyOnWriteArrayList<>();
  private final List<Consumer<GuardEvent>> listeners = new CopyOnWriteArrayList<>();
  private final Deque<GuardEvent> events = new ArrayDeque<>();

  private GuardLevel level = GuardLevel.CALM;
  private boolean acting;
  private boolean paused;
  private boolean released;
  private boolean anyway;
  private boolean trimTried;
  private boolean watched;
  private int atPause;
  private int sinceTrim = READINGS_BETWEEN_TRIES;
  private int sincePause = READINGS_BETWEEN_TRIES;
  private int sinceResume = SOON;
  private int calmReadings;
  private int readingsToResume = READINGS_TO_RESUME;

  /**
   * @param log JSON-lines file the events are appended to, or empty
   */
  public MemoryGuard(ResourceMonitor monitor, Optional<Path> log) {
    this.monitor = monitor;
    this.log = log.map(GuardLog::new);
    this.readings = monitor.listen(this::onReading);
  }

  /** The level now. */
  public synchronized GuardLevel level() {
    return level;
  }

  /** Whether work sleeps because of the guard. */
  public synchronized boolean paused() {
    return paused;
  }

  /** Puts work under the guard. */
  public Subscription guard(GuardedWork work) {
    works.add(work);
    return () -> works.remove(work);
  }

  /**
   * Goes on although the pressure is still high. The guard then neither trims nor pauses until the
   * pressure has been under 85 % once; it still releases at 96 %.
   */
  public void resumeAnyway() {
    synchronized (this) {
      anyway = true;
      if (!paused || acting) {
        return;
      }
      acting = true;
    }
    act(GuardAction.RESUME, monitor.readNow(), GuardedWork::resumePaused);
  }

  /** The latest events (at most 200), oldest first. */
  public List<GuardEvent> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  /** Events as they happen. */
  public Subscription listen(Consumer<GuardEvent> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Stops watching and writing; an act that has begun goes on. */
  @Override
  public void close() {
    readings.close();
    log.ifPresent(GuardLog::close);
  }

  private void onReading(ResourceSnapshot reading) {
    GuardAction news;
    GuardAction action;
    synchronized (this) {
      moveLevel(reading.pressure());
      news = newsOfLevel();
      action = acting ? null : decide(reading);
      acting = acting || action != null;
    }
    try {
      if (news != null) {
        emit(news, reading, reading.rss(), "");
      }
    } finally { // a full heap may have no room for the news, and the act is what helps
      if (action != null) {
        act(action, reading, actOf(action));
      }
    }
  }

  private void moveLevel(double pressure) {
    GuardLevel[] all = GuardLevel.values();
    while (level.ordinal() + 1 < all.length && pressure >= all[level.ordinal() + 1].threshold()) {
      level = all[level.ordinal() + 1];
    }
    while (level != GuardLevel.CALM && pressure < level.threshold() - HYSTERESIS) {
      level = all[level.ordinal() - 1];
    }
    atPause = pressure >= GuardLevel.PAUSE.threshold() ? atPause + 1 : 0;
    sinceTrim++;
    sincePause++;
    sinceResume++;
    if (level.compareTo(GuardLevel.TRIM) < 0) {
      anyway = false;
      trimTried = false;
    }
  }

  private @Nullable GuardAction newsOfLevel() {
    if (!watched && level != GuardLevel.CALM) {
      watched = true;
      return GuardAction.WATCH;
    }
    if (watched && level == GuardLevel.CALM && !paused) {
      watched = false;
      return GuardAction.CALM;
    }
    return null;
  }

  private @Nullable GuardAction decide(ResourceSnapshot reading) {
    if (paused) {
      long bytes = works.stream().mapToLong(GuardedWork::bytesToResume).sum();
      if (bytes == 0) { // stopped by the user meanwhile
        paused = false;
        released = false;
        return null;
      }
      boolean enough = Pressure.with(reading, bytes) < ACCEPTED;
      calmReadings = enough ? calmReadings + 1 : 0;
      if (calmReadings >= readingsToResume) {
        return GuardAction.RESUME;
      }
    }
    if (level == GuardLevel.RELEASE && !released && sincePause >= READINGS_BETWEEN_TRIES) {
      return GuardAction.RELEASE;
    }
    if (paused || anyway || level.compareTo(GuardLevel.TRIM) < 0) {
      return null;
    }
    if (atPause >= READINGS_TO_PAUSE && trimTried && sincePause >= READINGS_BETWEEN_TRIES) {
      return GuardAction.PAUSE;
    }
    return !trimTried || sinceTrim >= READINGS_BETWEEN_TRIES ? GuardAction.TRIM : null;
  }

  private static Function<GuardedWork, CompletableFuture<String>> actOf(GuardAction action) {
    return switch (action) {
      case TRIM -> GuardedWork::trim;
      case PAUSE -> GuardedWork::saveAndPause;
      case RELEASE ->
          work ->
              work.saveAndPause()
                  .thenCompose(
                      saved -> work.release().thenApply(freed -> joined(List.of(saved, freed))));
      case RESUME -> GuardedWork::resumePaused;
      case WATCH, CALM -> work -> CompletableFuture.completedFuture("");
    };
  }

  private void act(
      GuardAction action,
      ResourceSnapshot before,
      Function<GuardedWork, CompletableFuture<String>> how) {
    List<CompletableFuture<String>> parts = new ArrayList<>();
    AtomicBoolean failed = new AtomicBoolean();
    for (GuardedWork work : works) {
      CompletableFuture<String> part;
      try {
        part = how.apply(work);
      } catch (RuntimeException | Error e) { // else the act would never end, and no other begin
        part = CompletableFuture.failedFuture(e);
      }
      parts.add(
          part.exceptionally(
              failure -> {
                failed.set(true);
                return toldFailure(action, failure);
              }));
    }
    CompletableFuture<?> unused =
        CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
            .thenRun(() -> done(action, before, toldParts(parts), failed.get()));
  }

  private static String toldFailure(GuardAction action, Throwable failure) {
    try {
      LOG.log(Level.ERROR, "The memory guard could not " + action, failure);
      return "failed: " + failure.getMessage();
    } catch (OutOfMemoryError full) {
      return "failed";
    }
  }

  /** What the parts say they did; never fails, or the act would never end. */
  private static String toldParts(List<CompletableFuture<String>> parts) {
    try {
      return joined(parts.stream().map(CompletableFuture::join).toList());
    } catch (OutOfMemoryError full) {
      return "done";
    }
  }

  private void done(GuardAction action, ResourceSnapshot before, String detail, boolean failed) {
    boolean acted = !detail.isEmpty();
    synchronized (this) {
      acting = false;
      switch (action) {
        case TRIM -> {
          trimTried = true;
          sinceTrim = 0;
          atPause = 0;
        }
        case PAUSE, RELEASE -> {
          sincePause = 0;
          if (acted) {
            readingsToResume = sinceResume < SOON ? waitLonger() : READINGS_TO_RESUME;
            paused = true;
            released = action == GuardAction.RELEASE;
            calmReadings = 0;
          }
        }
        case RESUME -> {
          released = false;
          calmReadings = 0;
          if (failed) { // it is asked again; nobody else would wake what still sleeps
            readingsToResume = waitLonger();
          } else {
            paused = false;
            sinceResume = 0;
            atPause = 0;
            trimTried = false;
          }
        }
        case WATCH, CALM -> {}
      }
    }
    if (acted) {
      emit(action, before, monitor.readNow().rss(), detail);
    }
  }

  private int waitLonger() {
    return Math.min(MOST_READINGS_TO_RESUME, 2 * readingsToResume);
  }

  private void emit(GuardAction action, ResourceSnapshot before, long rssAfter, String detail) {
    GuardLevel at;
    synchronized (this) {
      at = level;
    }
    GuardEvent event =
        new GuardEvent(
            System.currentTimeMillis(),
            at,
            action,
            before.rss(),
            rssAfter,
            before.pressure(),
            before.budget(),
            detail);
    synchronized (events) {
      events.addLast(event);
      if (events.size() > EVENTS_KEPT) {
        events.removeFirst();
      }
    }
    LOG.log(Level.INFO, event.text());
    log.ifPresent(file -> file.append(event));
    for (Consumer<GuardEvent> listener : listeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException | Error e) { // a listener's mistake must not silence the others
        LOG.log(Level.ERROR, "A listener of the memory guard failed", e);
      }
    }
  }

  private static String joined(List<String> parts) {
    return String.join("; ", parts.stream().filter(p -> !p.isEmpty()).toList());
  }
}
