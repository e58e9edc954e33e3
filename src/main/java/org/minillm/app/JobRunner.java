package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.minillm.base.ComputeGate;
import org.minillm.base.MiniLlmException;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.RunControl;

/**
 * One heavy job at a time, on one named thread. All methods may be called from any thread.
 *
 * <p>Snapshots go to the listeners on the job's thread, at most ten a second; the first, the last
 * and every change of state always arrive.
 */
public final class JobRunner implements AutoCloseable {
  /** Shortest time between two snapshots of unchanged state, nanoseconds. */
  static final long QUIET_NANOS = 100_000_000;

  private static final System.Logger LOG = System.getLogger(JobRunner.class.getName());
  private static final AtomicLong IDS = new AtomicLong();
  private static final long STACK_BYTES = 1 << 20;

  private final String threadName;
  private final ComputeGate gate;
  private final LongSupplier nanoClock;
  private final List<Consumer<JobSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();
  private final Queue<Running> waiting = new ArrayDeque<>();
  private @Nullable Running current;
  private @Nullable Thread thread;
  private boolean closed;

  /**
   * @param name of the thread
   * @param gate where jobs take turns to compute
   */
  public JobRunner(String name, ComputeGate gate) {
    this(name, gate, System::nanoTime);
  }

  JobRunner(String name, ComputeGate gate, LongSupplier nanoClock) {
    this.threadName = name;
    this.gate = gate;
    this.nanoClock = nanoClock;
  }

  /**
   * Starts a job.
   *
   * @return its id
   * @throws Busy while another runs that does not give way
   */
  public long start(String name, Job job) {
    return start(name, job, false);
  }

  /**
   * Starts a job that gives way: one that is started while it runs cancels it, and runs when it has
   * ended.
   *
   * @return its id
   * @throws Busy while another runs that does not give way
   */
  public long startGivingWay(String name, Job job) {
    return start(name, job, true);
  }

  private long start(String name, Job job, boolean givesWay) {
    synchronized (lock) {
      Running before = running();
      if (before != null && !before.givesWay) {
        throw new Busy(List.of(before.name));
      }
      if (closed) {
        throw new Busy(List.of("closing the application"));
      }
      if (before != null) {
        before.control.cancel();
      }
      Running running = new Running(IDS.incrementAndGet(), name, job, givesWay);
      current = running;
      waiting.add(running);
      if (thread == null) {
        thread = new Thread(null, this::loop, threadName, STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
      }
      lock.notifyAll();
      return running.id;
    }
  }

  /** Asks the running job to pause at its next check; without one, nothing happens. */
  public void pause() {
    Running running = running();
    if (running != null) {
      running.control.pause();
    }
  }

  /** Wakes a paused job. */
  public void resume() {
    Running running = running();
    if (running != null) {
      running.control.resume();
    }
  }

  /** Asks the running job to end at its next check. */
  public void cancel() {
    Running running = running();
    if (running != null) {
      running.control.cancel();
    }
  }

  /**
   * Checks that a job could start now.
   *
   * @throws Busy while one runs
   */
  public void requireIdle() {
    Running running = running();
    if (running != null) {
      throw new Busy(List.of(running.name));
    }
  }

  /** Whether a job runs or is paused. */
  public boolean busy() {
    return running() != null;
  }

  /** The running job, or the last one. */
  public Optional<JobSnapshot> snapshot() {
    synchronized (lock) {
      return Optional.ofNullable(current).map(Running::snapshot);
    }
  }

  /** News of jobs, on their thread. Be quick, never block. */
  public Subscription listen(Consumer<JobSnapshot> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Waits until no job runs; false when the time ran out. */
  public boolean await(long millis) throws InterruptedException {
    long deadline = System.nanoTime() + millis * 1_000_000;
    synchronized (lock) {
      while (current != null && !current.state.ended()) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return false;
        }
        lock.wait(left);
      }
      return true;
    }
  }

  /** Cancels what runs and ends the thread. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    cancel();
  }

  private @Nullable Running running() {
    synchronized (lock) {
      return current == null || current.state.ended() ? null : current;
    }
  }

  private void loop() {
    gate.arrive();
    while (true) {
      Running running;
      synchronized (lock) {
        while (waiting.isEmpty() && !closed) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            return;
          }
        }
        running = waiting.poll();
      }
      if (running == null) {
        return;
      }
      running.run();
    }
  }

  private void tell(JobSnapshot snapshot) {
    for (Consumer<JobSnapshot> listener : listeners) {
      try {
        listener.accept(snapshot);
      } catch (RuntimeException | Error e) {
        LOG.log(Level.ERROR, "A listener of " + threadName + " failed", e);
      }
    }
  }

  /** A job with its state; the state changes on the job's thread only. */
  private final class Running implements JobContext {
    private final long id;
    private final String name;
    private final Job job;
    private final boolean givesWay;
    private final RunControl control = new RunControl(gate);
    private final long startedMillis = System.currentTimeMillis();
    private volatile JobState state = JobState.NEW;
    private volatile double progress = Double.NaN;
    private volatile String message = "";
    private volatile @Nullable Throwable failure;
    private volatile long ranNanos;
    private volatile long runningSince;
    private long lastTold;
    private @Nullable JobState toldState;

    Running(long id, String name, Job job, boolean givesWay) {
      this.id = id;
      this.name = name;
      this.job = job;
      this.givesWay = givesWay;
      control.onPauseChange(() -> paused(true), () -> paused(false));
    }

    @Override
    public RunControl control() {
      return control;
    }

    @Override
    public void report(double fraction, String what) {
      progress = fraction;
      message = what;
      tellIfDue();
    }

    @Override
    public void paused(boolean sleeping) {
      become(sleeping ? JobState.PAUSED : JobState.RUNNING);
    }

    @SuppressWarnings(
        "CatchingUnchecked") // the border of a job: whatever ends it, the thread lives
    void run() {
      become(JobState.RUNNING);
      JobState end;
      try {
        job.run(this);
        end = JobState.SUCCEEDED;
      } catch (CancellationException e) {
        end = JobState.CANCELLED;
      } catch (Throwable e) {
        failure = e;
        end = JobState.FAILED;
        // What a user can act on is the front end's to tell, once.
        boolean expected = e instanceof MiniLlmException || e instanceof IOException;
        logFailure(expected ? Level.DEBUG : Level.ERROR, e);
      }
      become(end);
      synchronized (lock) {
        lock.notifyAll();
      }
    }

    private void logFailure(Level level, Throwable e) {
      try {
        LOG.log(level, name + " failed: " + e);
      } catch (OutOfMemoryError full) {
        // There is no room for a word; that the job ended must be told all the same.
      }
    }

    private void become(JobState newState) {
      if (state.ended() || state == newState) {
        return;
      }
      long now = nanoClock.getAsLong();
      if (state == JobState.RUNNING) {
        ranNanos += now - runningSince;
      }
      runningSince = now;
      state = newState;
      tellIfDue();
    }

    private void tellIfDue() {
      long now = nanoClock.getAsLong();
      if (state == toldState && now - lastTold < QUIET_NANOS) {
        return;
      }
      toldState = state;
      lastTold = now;
      tell(snapshot());
    }

    JobSnapshot snapshot() {
      JobState at = state;
      long nanos = ranNanos + (at == JobState.RUNNING ? nanoClock.getAsLong() - runningSince : 0);
      return new JobSnapshot(
          id,
          name,
          at,
          progress,
          message,
          startedMillis,
          nanos / 1_000_000,
          Optional.ofNullable(failure));
    }
  }
}
