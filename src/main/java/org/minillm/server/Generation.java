package org.minillm.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ChatReply;
import org.minillm.app.CompletionListener;
import org.minillm.app.CompletionToken;
import org.minillm.base.RunControl;

/**
 * One text in the making, between the engine's thread and the client's. The engine puts pieces into
 * a bounded buffer and never waits; when the buffer is full the client is dropped and the text
 * ends.
 */
final class Generation implements Runnable {
  /** Makes the text on the engine's thread. */
  interface Work {
    ChatReply run(CompletionListener listener, RunControl control) throws Exception;
  }

  /**
   * What came since the last look.
   *
   * @param text empty for none
   * @param tokens of which the text is made, where they were asked for
   * @param ended whether nothing comes after it
   */
  record News(String text, List<CompletionToken> tokens, boolean ended) {}

  private final Work work;
  private final boolean streams;
  private final int bufferChars;
  private final int alternatives;
  private final Runnable onDrop;
  private final RunControl control = new RunControl();
  private final StringBuilder buffer = new StringBuilder();

  /** Tokens not yet taken; with them a request is bounded in tokens, so this needs no bound. */
  private final List<CompletionToken> tokens = new ArrayList<>();

  private final long askedNanos = System.nanoTime();
  private long startedNanos;
  private boolean started;
  private boolean speaking;
  private boolean dropped;
  private @Nullable ChatReply reply;
  private @Nullable Throwable failure;

  /**
   * @param streams whether the pieces are wanted; else only the whole text is
   * @param alternatives wanted beside each token; below 0 no tokens are
   * @param onDrop ends a write of the client's thread that is under way
   */
  Generation(Work work, boolean streams, int bufferChars, int alternatives, Runnable onDrop) {
    this.work = work;
    this.streams = streams;
    this.bufferChars = bufferChars;
    this.alternatives = alternatives;
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
      ChatReply made = work.run(new Listener(), control);
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

  private final class Listener implements CompletionListener {
    @Override
    public void onText(String piece) {
      offer(piece);
    }

    @Override
    public void onToken(CompletionToken token) {
      synchronized (Generation.this) {
        tokens.add(token);
      }
    }

    @Override
    public int alternatives() {
      return alternatives;
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
    List<CompletionToken> made = List.of();
    if (streams || ended()) {
      made = List.copyOf(tokens);
      tokens.clear();
    }
    return new News(text, made, ended());
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
