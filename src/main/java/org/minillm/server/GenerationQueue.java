package org.minillm.server;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The engine's thread: one text after the other, in the order they were asked for. */
final class GenerationQueue implements AutoCloseable {
  private final ThreadPoolExecutor engine;
  private final int places;

  /**
   * @param places for those who wait
   * @param arrival what the engine's thread does first
   */
  GenerationQueue(int places, Runnable arrival) {
    this.places = places;
    this.engine =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(places),
            work -> {
              Runnable life =
                  () -> {
                    arrival.run();
                    work.run();
                  };
              Thread thread = new Thread(null, life, "minillm-api-engine", 1 << 20);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Puts work at the end; 429 where it is full. */
  void submit(Runnable work) {
    try {
      engine.execute(work);
    } catch (RejectedExecutionException e) {
      throw engine.isShutdown()
          ? ApiError.unavailable("The server is closing.")
          : ApiError.busy(
              places + " requests wait already; one is answered at a time. Try again later.");
    }
  }

  /** Takes it out, or ends it where it runs. */
  void cancel(Generation generation) {
    generation.cancel();
    boolean unused = engine.remove(generation);
  }

  /** How many wait. */
  int waiting() {
    return engine.getQueue().size();
  }

  /** Lets go of those who wait, and waits for the one that runs; its client cancels it. */
  @Override
  public void close() {
    engine.shutdown();
    engine.getQueue().clear();
    try {
      boolean unused = engine.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
