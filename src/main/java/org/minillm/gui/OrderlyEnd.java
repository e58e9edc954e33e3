package org.minillm.gui;

import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends the window's services once, whichever comes first: the window is closed, or the process is
 * told to end, as at a logout or when a container stops. Then the process lives on until they have
 * ended, but not for ever: who told it to end kills it at last.
 */
final class OrderlyEnd {
  private static final System.Logger LOG = System.getLogger(OrderlyEnd.class.getName());

  private final long patienceMillis;
  private final AtomicBoolean begun = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;

  /**
   * @param work what is done when the process is told to end; on a thread of its own
   * @param patienceMillis longest wait of a process that was told to end
   */
  OrderlyEnd(Runnable work, long patienceMillis) {
    this.patienceMillis = patienceMillis;
    this.hook = new Thread(() -> endAndWait(work), "minillm-end");
  }

  /** From now on the work is done when the process is told to end. */
  void watch() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Does the work of a window that is closed, on the calling thread; nothing when the process was
   * told to end before.
   */
  void end(Runnable work) {
    if (begun.compareAndSet(false, true)) {
      try {
        work.run();
      } finally {
        ended.countDown();
        unwatch();
      }
    }
  }

  private void unwatch() {
    try {
      boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already, by the hook that waits for this.
    }
  }

  /** What the hook does. */
  void endAndWait(Runnable work) {
    if (begun.compareAndSet(false, true)) {
      Thread worker =
          new Thread(
              () -> {
                try {
                  work.run();
                } finally {
                  ended.countDown();
                }
              },
              "minillm-end-work");
      worker.setDaemon(true);
      worker.start();
    }
    try {
      if (!ended.await(patienceMillis, TimeUnit.MILLISECONDS)) {
        LOG.log(Level.WARNING, "What ran did not end within " + patienceMillis + " ms");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
