package org.minillm.base;

import java.util.concurrent.atomic.AtomicIntegerArray;
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
 * <p>Each thread has a share of the chunks, always the same for the same count, so that what a
 * thread reads again and again stays in its core's cache; who is done with his own takes from the
 * others. A claim is a decrement of a share's counter that starts at its number of chunks: a late
 * worker sees zero or less and leaves, and a positive value is always a chunk of the work that is
 * running.
 */
public final class WorkerPool implements AutoCloseable {
  /** One chunk of the work; chunks of one run may run at the same time on different threads. */
  @FunctionalInterface
  public interface Chunk {
    void run(int index);
  }

  private static final int SPINS = 20_000;

  /** Ints between two counters: two cache lines, so that no core waits for another's counter. */
  private static final int APART = 32;

  private static final int GENERATION = APART;
  private static final int UNFINISHED = 2 * APART;
  private static final int CLAIMS = 3 * APART;

  private final Worker[] workers;
  private final ReentrantLock running = new ReentrantLock();

  /** The generation of the work, its chunks that are not done, and the claims of each share. */
  private final AtomicIntegerArray counters;

  /** Where each share ends. */
  private final int[] ends;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean closed;
  private boolean started; // while running is held
  private @Nullable Chunk work;
  private volatile @Nullable Thread waiter;

  /**
   * @param threads threads that compute, the caller counted: 1 or more
   */
  public WorkerPool(int threads) {
    this(threads, () -> {});
  }

  /**
   * @param threads threads that compute, the caller counted: 1 or more
   * @param arrival what each of the workers does first
   */
  public WorkerPool(int threads, Runnable arrival) {
    if (threads < 1 || threads > 256) {
      throw new MiniLlmException.BadConfig("cpu_threads", Integer.toString(threads), "1 to 256");
    }
    counters = new AtomicIntegerArray(CLAIMS + (threads + 1) * APART);
    ends = new int[threads];
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1, arrival);
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
      start();
      work = chunk;
      counters.set(UNFINISHED, count);
      for (int t = 0, from = 0; t < ends.length; t++) {
        ends[t] = (int) ((long) count * (t + 1) / ends.length);
        counters.set(CLAIMS + t * APART, ends[t] - from);
        from = ends[t];
      }
      counters.incrementAndGet(GENERATION);
      for (Worker worker : workers) {
        if (worker.parked) {
          LockSupport.unpark(worker);
        }
      }
      claimChunks(0);
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

  /** The workers begin with the first work: a window opens without them. */
  private void start() {
    if (!started) {
      started = true;
      for (Worker worker : workers) {
        worker.start();
      }
    }
  }

  private void awaitWorkers() {
    int spins = 0;
    while (counters.get(UNFINISHED) > 0) {
      if (++spins < SPINS) {
        Thread.onSpinWait();
      } else {
        waiter = Thread.currentThread();
        if (counters.get(UNFINISHED) > 0) {
          LockSupport.parkNanos(this, 1_000_000);
        }
        waiter = null;
      }
    }
  }

  /** Runs the chunks of a thread's own share, then what is left of the others'. */
  private void claimChunks(int thread) {
    int done = 0;
    for (int i = 0; i < ends.length; i++) {
      int share = (thread + i) % ends.length;
      int counter = CLAIMS + share * APART;
      int claim;
      while (counters.get(counter) > 0 && (claim = counters.getAndDecrement(counter)) > 0) {
        Chunk current = work;
        try {
          if (current != null) {
            current.run(ends[share] - claim);
          }
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        done++;
      }
    }
    if (done > 0 && counters.addAndGet(UNFINISHED, -done) == 0) {
      Thread sleeping = waiter;
      if (sleeping != null) {
        LockSupport.unpark(sleeping);
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
    private final int index;
    private final Runnable arrival;
    volatile boolean parked;

    Worker(int index, Runnable arrival) {
      super(null, null, "minillm-compute-" + index, 256 * 1024);
      this.index = index;
      this.arrival = arrival;
      setDaemon(true);
    }

    @Override
    public void run() {
      arrival.run();
      int seen = 0;
      while (!closed) {
        int spins = 0;
        while (counters.get(GENERATION) == seen && !closed) {
          if (++spins < SPINS) {
            Thread.onSpinWait();
          } else {
            parked = true;
            if (counters.get(GENERATION) == seen && !closed) {
              LockSupport.park(WorkerPool.this);
            }
            parked = false;
          }
        }
        seen = counters.get(GENERATION);
        claimChunks(index);
      }
    }
  }
}
