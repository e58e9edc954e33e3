package org.minillm.base;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The compute threads. Work comes as many small chunks that the caller and the workers claim one at
 * a time, so a core lost to another process slows the work and never stops it. Workers spin for a
 * bounded time after a piece of work, then park: joining costs under a microsecond while the work
 * flows and no CPU when it does not.
 *
 * <p>A claim is a decrement of one counter that starts at the number of chunks: a late worker sees
 * zero or less and leaves, and a positive value is always a chunk of the work that is running.
 */
public final class WorkerPool implements AutoCloseable {
  /** One chunk of the work; chunks of one run may run at the same time on different threads. */
  @FunctionalInterface
  public interface Chunk {
    void run(int index);
  }

  private static final int SPINS = 20_000;

  private final Worker[] workers;
  private final ReentrantLock running = new ReentrantLock();
  private final AtomicInteger claims = new AtomicInteger();
  private final AtomicInteger unfinished = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile int generation;
  private volatile boolean closed;
  private @Nullable Chunk work;
  private int chunks;
  private volatile @Nullable Thread waiter;

  /**
   * @param threads threads that compute, the caller counted: 1 or more
   */
  public WorkerPool(int threads) {
    if (threads < 1 || threads > 256) {
      throw new MiniLlmException.BadConfig("cpu_threads", Integer.toString(threads), "1 to 256");
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("minillm-compute-" + (i + 1));
      workers[i].start();
    }
  }

  /** The pool of library users who bring none: two threads, or one on a machine with one core. */
  public static WorkerPool shared() {
    return Shared.POOL;
  }

  private static final class Shared {
    static final WorkerPool POOL =
        new WorkerPool(Math.min(2, Runtime.getRuntime().availableProcessors()));
  }

  /** Threads that compute, the caller counted. */
  public int threads() {
    return workers.length + 1;
  }

  /**
   * Runs {@code chunk} for 0 … {@code count} - 1 and returns when all are done. Calls from inside a
   * chunk run on the spot. The first error of a chunk is thrown here, after all chunks ended.
   */
  public void run(int count, Chunk chunk) {
    if (count <= 0) {
      return;
    }
    if (count == 1
        || workers.length == 0
        || closed
        || running.isHeldByCurrentThread()
        || Thread.currentThread() instanceof Worker) {
      for (int i = 0; i < count; i++) {
        chunk.run(i);
      }
      return;
    }
    running.lock();
    try {
      work = chunk;
      chunks = count;
      unfinished.set(count);
      claims.set(count);
      generation++;
      for (Worker worker : workers) {
        if (worker.parked) {
          LockSupport.unpark(worker);
        }
      }
      claimChunks();
      awaitWorkers();
      work = null;
      Throwable thrown = failure.getAndSet(null);
      if (thrown instanceof RuntimeException e) {
        throw e;
      } else if (thrown instanceof Error e) {
        throw e;
      }
    } finally {
      running.unlock();
    }
  }

  private void awaitWorkers() {
    int spins = 0;
    while (unfinished.get() > 0) {
      if (++spins < SPINS) {
        Thread.onSpinWait();
      } else {
        waiter = Thread.currentThread();
        if (unfinished.get() > 0) {
          LockSupport.parkNanos(this, 1_000_000);
        }
        waiter = null;
      }
    }
  }

  private void claimChunks() {
    int claim;
    while ((claim = claims.getAndDecrement()) > 0) {
      Chunk current = work;
      try {
        if (current != null) {
          current.run(chunks - claim);
        }
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      } finally {
        if (unfinished.decrementAndGet() == 0) {
          Thread sleeping = waiter;
          if (sleeping != null) {
            LockSupport.unpark(sleeping);
          }
        }
      }
    }
  }

  /** Ends the workers; work handed in afterwards runs on the caller alone. */
  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }

  private final class Worker extends Thread {
    volatile boolean parked;

    Worker(String name) {
      super(null, null, name, 256 * 1024);
      setDaemon(true);
    }

    @Override
    public void run() {
      int seen = 0;
      while (!closed) {
        int spins = 0;
        while (generation == seen && !closed) {
          if (++spins < SPINS) {
            Thread.onSpinWait();
          } else {
            parked = true;
            if (generation == seen && !closed) {
              LockSupport.park(WorkerPool.this);
            }
            parked = false;
          }
        }
        seen = generation;
        claimChunks();
      }
    }
  }
}
