package org.minillm.cli;

import java.util.concurrent.CountDownLatch;
import org.minillm.base.RunControl;

/** On Ctrl+C: cancels the work, and the half-written file goes before the process does. */
final class CancelOnExit implements AutoCloseable {
  private final RunControl control = new RunControl();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::cancelAndWait, "minillm-cancel-on-exit");

  CancelOnExit() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** What the work must ask. */
  RunControl control() {
    return control;
  }

  private void cancelAndWait() {
    control.cancel();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already, by the hook that waits for this.
    }
  }
}
