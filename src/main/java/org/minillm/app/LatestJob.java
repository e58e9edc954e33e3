package org.minillm.app;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.minillm.base.ComputeGate;

/**
 * What is asked for last is what runs, on a thread of its own: a new job cancels the one before and
 * starts when that has ended. For looking at data, where only the latest answer is wanted. All
 * methods may be called from any thread and return at once.
 */
public final class LatestJob implements AutoCloseable {
  /**
   * @param dropped told when it is given up before it began
   */
  private record Asked(String name, Job job, Runnable dropped) {}

  private final JobRunner jobs;
  private @Nullable Asked next;
  private boolean running;

  LatestJob(String threadName, ComputeGate gate) {
    jobs = new JobRunner(threadName, gate);
    jobs.listen(
        snapshot -> {
          if (snapshot.state().ended()) {
            ended();
          }
        });
  }

  /**
   * Runs a job in the place of whatever runs.
   *
   * @param dropped told when it is given up before it began
   */
  public void start(String name, Job job, Runnable dropped) {
    start(new Asked(name, job, dropped));
  }

  private void start(Asked asked) {
    drop(
        () -> {
          next = asked;
          if (running) {
            jobs.cancel();
          } else {
            startNext();
          }
        });
  }

  /** A piece of work that has a result. */
  interface Work<T> {
    T run(JobContext context) throws Exception;
  }

  /**
   * Does work in the place of whatever runs.
   *
   * @return its result, or why there is none: a {@link CancellationException} too where it was
   *     given up before it began
   */
  @SuppressWarnings("CatchingUnchecked") // the border of a job
  <T> CompletableFuture<T> ask(String name, Work<T> work) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    start(
        new Asked(
            name,
            context -> {
              try {
                answer.complete(work.run(context));
              } catch (Exception | Error e) {
                answer.completeExceptionally(e);
                throw e;
              }
            },
            () -> answer.completeExceptionally(new CancellationException())));
    return answer;
  }

  /** Ends what runs at its next check, and what waits for that. */
  public void cancel() {
    drop(jobs::cancel);
  }

  /** Gives up what waits, then acts; who waited hears of it when the lock is free again. */
  private void drop(Runnable then) {
    Asked given;
    synchronized (this) {
      given = next;
      next = null;
      then.run();
    }
    if (given != null) {
      given.dropped().run();
    }
  }

  private synchronized void ended() {
    running = false;
    startNext();
  }

  private void startNext() {
    Asked asked = next;
    next = null;
    if (asked != null) {
      running = true;
      jobs.start(asked.name(), asked.job());
    }
  }

  @Override
  public void close() {
    cancel();
    jobs.close();
  }
}
