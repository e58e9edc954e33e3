package org.minillm.app;

import java.util.Optional;
import java.util.function.Consumer;
import org.minillm.base.ComputeGate;

/** One heavy job at a time, on one named thread. All methods may be called from any thread. */
public final class JobRunner implements AutoCloseable {
  /**
   * @param name of the thread
   * @param gate where jobs take turns to compute
   */
  public JobRunner(String name, ComputeGate gate) {}

  /**
   * Starts a job.
   *
   * @return its id
   * @throws org.minillm.base.MiniLlmException.Busy while another runs
   */
  public long start(String name, Job job) {
    throw new UnsupportedOperationException();
  }

  /** Asks the running job to pause at its next check; without one, nothing happens. */
  public void pause() {}

  /** Wakes a paused job. */
  public void resume() {}

  /** Asks the running job to end at its next check. */
  public void cancel() {}

  /** The running job, or the last one. */
  public Optional<JobSnapshot> snapshot() {
    return Optional.empty();
  }

  /** Snapshots, at most 10 a second, on the job's thread; changes of state always arrive. */
  public Subscription listen(Consumer<JobSnapshot> listener) {
    return () -> {};
  }

  /** Waits until no job runs; false when the time ran out. */
  public boolean await(long millis) throws InterruptedException {
    return true;
  }

  /** Cancels what runs and ends the thread. */
  @Override
  public void close() {}
}
