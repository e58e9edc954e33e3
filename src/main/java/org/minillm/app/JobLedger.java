package org.minillm.app;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * What each training of this process was predicted to take, memory and time, and what it took.
 * Thread-safe; kept in memory only.
 */
public final class JobLedger implements TrainingListener {
  private static final int MOST = 50;

  /** The first steps are slower than the rest: the JVM compiles. */
  private static final int STEPS_BEFORE_GUESS = 20;

  /**
   * A training.
   *
   * @param predictedBytes what the plan said the whole process would take; empty for a resumed one
   * @param peakBytes largest resident set of the process while it ran
   * @param predictedSeconds what its first steps promised; -1 before there are enough
   * @param seconds training time so far
   */
  public record Entry(
      String name,
      JobState state,
      OptionalLong predictedBytes,
      long peakBytes,
      long predictedSeconds,
      double seconds) {}

  private final Supplier<OptionalLong> predictedBytes;
  private final Deque<Entry> ended = new ArrayDeque<>();
  private Optional<Path> dir = Optional.empty();
  private Optional<Entry> running = Optional.empty();

  /**
   * @param predictedBytes what the plan of the training that runs says; empty for a resumed one
   */
  JobLedger(Supplier<OptionalLong> predictedBytes) {
    this.predictedBytes = predictedBytes;
  }

  /** The trainings, the last first. */
  public synchronized List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    running.ifPresent(all::add);
    all.addAll(ended);
    return all;
  }

  @Override
  public synchronized void onSnapshot(TrainingSnapshot s) {
    if (running.isEmpty() || !dir.equals(Optional.of(s.outDir()))) {
      if (s.state().ended()) {
        return; // told again
      }
      dir = Optional.of(s.outDir());
      running = Optional.of(new Entry(s.name(), s.state(), predictedBytes.get(), 0, -1, 0));
    }
    Entry e = running.get();
    boolean guesses = e.predictedSeconds() < 0 && s.etaSeconds() >= 0;
    long promised =
        guesses && s.step() >= Math.min(STEPS_BEFORE_GUESS, s.totalSteps() / 10)
            ? Math.round(s.elapsedSeconds() + s.etaSeconds())
            : e.predictedSeconds();
    Entry now =
        new Entry(
            e.name(), s.state(), e.predictedBytes(), e.peakBytes(), promised, s.elapsedSeconds());
    running = Optional.of(now);
    if (s.state().ended()) {
      running = Optional.empty();
      ended.addFirst(now);
      if (ended.size() > MOST) {
        ended.removeLast();
      }
    }
  }

  /** Hears what the process takes. */
  synchronized void measured(ResourceSnapshot r) {
    running =
        running.map(
            e ->
                new Entry(
                    e.name(),
                    e.state(),
                    e.predictedBytes(),
                    Math.max(e.peakBytes(), r.rss()),
                    e.predictedSeconds(),
                    e.seconds()));
  }
}
