package org.minillm.base;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Pause and cancel, seen by a computation once per layer and once per token through {@link
 * #check()}. Commands may come from any thread; the checks come from the computing thread, which
 * sleeps inside the check while it is paused and gives its turn at the {@link ComputeGate} back
 * meanwhile.
 */
public final class RunControl {
  private final @Nullable ComputeGate gate;
  private final Object lock = new Object();
  private volatile boolean pauseWanted;
  private volatile boolean cancelled;
  private volatile boolean paused;
  private volatile Runnable onPaused = () -> {};
  private volatile Runnable onResumed = () -> {};

  /** A control without a gate: for library users with one computation at a time. */
  public RunControl() {
    this.gate = null;
  }

  /** A control whose computation takes turns at {@code gate}. */
  public RunControl(ComputeGate gate) {
    this.gate = gate;
  }

  /** Callbacks on the computing thread, when it goes to sleep and when it wakes. */
  public void onPauseChange(Runnable whenPaused, Runnable whenResumed) {
    this.onPaused = whenPaused;
    this.onResumed = whenResumed;
  }

  /** Asks the computation to sleep at its next check. */
  public void pause() {
    pauseWanted = true;
  }

  /** Wakes a paused computation, or takes a pause back that was not seen yet. */
  public void resume() {
    synchronized (lock) {
      pauseWanted = false;
      lock.notifyAll();
    }
  }

  /** Asks the computation to end at its next check; a paused one ends at once. */
  public void cancel() {
    synchronized (lock) {
      cancelled = true;
      lock.notifyAll();
    }
  }

  public boolean isCancelled() {
    return cancelled;
  }

  /** Whether the computation sleeps now. */
  public boolean isPaused() {
    return paused;
  }

  /** Whether a pause was asked for and not taken back. */
  public boolean isPauseWanted() {
    return pauseWanted;
  }

  /**
   * Called by the computation once per layer and once per token. Cheap when nothing was asked.
   *
   * @throws CancellationException when cancelled
   */
  public void check() {
    if (cancelled) {
      throw new CancellationException("cancelled");
    }
    if (pauseWanted) {
      sleepWhilePaused();
    }
  }

  /**
   * Called by training between micro-batches: lets a waiting chat turn go first, then checks.
   *
   * @throws CancellationException when cancelled or interrupted
   */
  public void giveWay() {
    if (gate != null) {
      try {
        gate.giveWay();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted");
      }
    }
    check();
  }

  private void sleepWhilePaused() {
    boolean hadTurn = gate != null && gate.held();
    try {
      synchronized (lock) {
        if (!pauseWanted || cancelled) {
          return;
        }
        paused = true;
      }
      onPaused.run();
      if (hadTurn && gate != null) {
        gate.leaveAll();
      }
      synchronized (lock) {
        while (pauseWanted && !cancelled) {
          lock.wait();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancelled = true;
    } finally {
      if (paused) {
        if (hadTurn && gate != null && !gate.held()) {
          try {
            gate.enter();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cancelled = true;
          }
        }
        paused = false;
        onResumed.run();
      }
    }
    if (cancelled) {
      throw new CancellationException("cancelled");
    }
  }
}
