package org.minillm.server;

import java.util.HashMap;
import java.util.Map;

/**
 * Ends writes that a client does not take. A blocked write of the JDK's server has no time limit,
 * but interrupting its thread closes the connection: this does so after a while, or at once when a
 * client is dropped.
 */
final class WriteWatch implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;

  private final Map<Thread, Long> writing = new HashMap<>();
  private final long mostNanos;
  private boolean closed;

  WriteWatch(int seconds) {
    mostNanos = seconds * 1_000_000_000L;
  }

  void start() {
    Thread thread = new Thread(null, this::loop, "minillm-http-watch", 256 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  /** The calling thread begins to write. */
  synchronized void begin() {
    writing.put(Thread.currentThread(), System.nanoTime());
  }

  /** It is done; an interruption that came too late is taken back. */
  synchronized void end() {
    writing.remove(Thread.currentThread());
    boolean unused = Thread.interrupted();
  }

  /** Ends the write of a thread, if it is in one. */
  synchronized void drop(Thread thread) {
    if (writing.containsKey(thread)) {
      thread.interrupt();
    }
  }

  private synchronized void loop() {
    while (!closed) {
      long now = System.nanoTime();
      writing.forEach(
          (thread, since) -> {
            if (now - since > mostNanos) {
              thread.interrupt();
            }
          });
      try {
        wait(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
