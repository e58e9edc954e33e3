package org.minillm.server;

import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatReply;
import org.minillm.base.RunControl;

/**
 * One text in the making, between the engine's thread and the client's. The engine puts pieces into
 * a bounded buffer and never waits; when the buffer is full the client is dropped and the text
 * ends.
 */
final class Generation implements Runnable {
  /** Makes the text on the engine's thread. */
  interface Work {
    ChatReply run(Consumer<String> onText, RunControl control) throws Exception;
  }

  /**
   * What came since the last look.
   *
   * @param text empty for none
   * @param ended whether nothing comes after it
   */
  record News(String text, boolean ended) {}

  private final Work work;
  private final boolean streams;
  private final int bufferChars;
  private final Runnable onDrop;
  private final RunControl control = new RunControl();
  private final StringBuilder buffer = new StringBuilder();
  private final long askedNanos = System.nanoTime();
  private long startedNanos;
  private boolean started;
  private boolean speaking;
  private boolean dropped;
  private @Nullable ChatReply reply;
  private @Nullable Throwable failure;

  /**
   * @param streams whether the pieces are wanted; else only the whole text is
   * @param onDrop ends a write of the client's thread that is under way
   */
  Generation(Work work, boolean streams, int bufferChars, Runnable onDrop) {
    this.work = work;
    this.streams = streams;
    this.bufferChars = bufferChars;
    this.onDrop = onDrop;
  }

  @Override
  @SuppressWarnings("CatchingUnchecked") // the border of a request's work
  public void run() {
    synchronized (this) {
      started = true;
      startedNanos = System.nanoTime();
    }
    try {
      control.check();
      ChatReply made = work.run(this::offer, control);
      synchronized (this) {
        reply = made;
        notifyAll();
      }
    } catch (Exception | OutOfMemoryError | StackOverflowError e) {
      synchronized (this) {
        failure = e;
        notifyAll();
      }
    }
  }

  private void offer(String piece) {
    synchronized (this) {
      speaking = true;
      if (!streams || dropped) {
        return;
      }
      if (buffer.length() + piece.length() <= bufferChars) {
        buffer.append(piece);
        notifyAll();
        return;
      }
      dropped = true;
    }
    control.cancel();
    onDrop.run();
  }

  /** What came since the last call, waiting for it at most so long. */
  synchronized News await(long millis) throws InterruptedException {
    long end = System.nanoTime() + millis * 1_000_000;
    long left = millis;
    while (buffer.length() == 0 && !ended() && left > 0) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
    String text = buffer.toString();
    buffer.setLength(0);
    return new News(text, ended());
  }

  private boolean ended() {
    return reply != null || failure != null;
  }

  /** Whether its turn has come. */
  synchronized boolean started() {
    return started;
  }

  /** Whether the prompt is behind and text has come. */
  synchronized boolean speaking() {
    return speaking;
  }

  /** Whether it has run for so long. */
  synchronized boolean ranFor(int seconds) {
    return started && System.nanoTime() - startedNanos > seconds * 1_000_000_000L;
  }

  /** Whether it was asked for so long ago. */
  boolean waitedFor(int seconds) {
    return System.nanoTime() - askedNanos > seconds * 1_000_000_000L;
  }

  /** Ends it before its next token. */
  void cancel() {
    control.cancel();
  }

  /** The whole text, once it has ended; throws what it failed with. */
  synchronized ChatReply reply() {
    if (dropped) {
      throw new CancellationException("the client read too slowly");
    }
    if (reply == null) {
      Throwable cause = failure == null ? new CancellationException("not ended") : failure;
      if (cause instanceof CancellationException cancelled) {
        throw cancelled;
      }
      throw new GenerationFailed(cause);
    }
    return reply;
  }

  /** Carries what the engine threw to the client's thread. */
  static final class GenerationFailed extends RuntimeException {
    GenerationFailed(Throwable cause) {
      super(cause);
    }

    Throwable reason() {
      Throwable cause = getCause();
      return cause == null ? this : cause;
    }
  }
}
