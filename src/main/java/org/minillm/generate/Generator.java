package org.minillm.generate;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.IntPredicate;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.kernel.Kernels;
import org.minillm.model.InferenceSession;

/**
 * Continues token ids with a model. Knows nothing about text. What a prompt shares with the tokens
 * that are in the cache is not computed again. One thread at a time.
 */
public final class Generator {
  private final InferenceSession session;

  /** The ids in the session's cache, as many as {@code session.length()}. */
  private final int[] cached;

  /**
   * @param session its cache is used and extended by this generator alone
   */
  public Generator(InferenceSession session) {
    this.session = session;
    this.cached = new int[session.capacity()];
    session.truncate(0);
  }

  /** Positions of the cache in use. */
  public int contextUsed() {
    return session.length();
  }

  /** Positions of the cache. */
  public int contextLength() {
    return session.capacity();
  }

  /** Forgets the cached tokens: after the model's weights changed. */
  public void forget() {
    session.truncate(0);
  }

  /**
   * Continues a prompt.
   *
   * @param prompt ids, at least one
   * @param stopIds ids that end the text; they are not part of it
   * @param listener hears each token before the next one is computed
   * @param control asked at each token; cancelling ends with {@link StopReason#CANCELLED} and what
   *     was made so far
   * @throws BadInput if the prompt does not fit the context and the policy is to stop
   */
  public GenerationResult generate(
      int[] prompt,
      IntPredicate stopIds,
      GenerateOptions options,
      TokenListener listener,
      RunControl control) {
    int capacity = session.capacity();
    if (prompt.length == 0) {
      throw new BadInput("prompt", "it is empty; give at least one token");
    }
    int keep = Math.min(options.keepTokens(), capacity / 2);
    int[] context = Arrays.copyOf(prompt, Math.max(prompt.length, capacity));
    int used = prompt.length;
    int forgotten = 0;
    if (used >= capacity) {
      if (options.overflow() == OverflowPolicy.STOP) {
        throw new BadInput(
            "prompt of " + used + " tokens",
            "the context holds "
                + capacity
                + ", with room for one answer token at least. Shorten it, or let it slide.");
      }
      forgotten = slide(context, used, keep, capacity - Math.max(1, (capacity - keep) / 2));
      used -= forgotten;
    }

    long start = System.nanoTime();
    int reused = commonPrefix(context, used);
    Progress progress = new Progress(prompt.length, reused, start);
    progress.forgotten = forgotten;
    try {
      session.truncate(reused);
      float[] logits = append(context, reused, used, control);
      progress.promptEnd = System.nanoTime();
      Sampler sampler = new Sampler(options, session.model().config().vocabSize());
      Kernels kernels = Kernels.best();
      while (true) {
        control.check();
        int id = sampler.sample(logits, context, used);
        if (stopIds.test(id)) {
          return progress.result(StopReason.END_OF_TEXT);
        }
        float surprise = kernels.crossEntropy(logits, 0, session.model().config().vocabSize(), id);
        progress.add(id);
        if (!listener.onToken(id, -surprise)) {
          return progress.result(StopReason.STOP_STRING);
        }
        if (progress.count == options.maxTokens()) {
          return progress.result(StopReason.MAX_TOKENS);
        }
        if (session.length() == capacity) {
          if (options.overflow() == OverflowPolicy.STOP) {
            return progress.result(StopReason.CONTEXT_FULL);
          }
          int dropped = slide(context, used, keep, keep + (capacity - keep) / 2);
          used -= dropped;
          progress.forgotten += dropped;
          context[used++] = id;
          session.truncate(Math.min(keep, session.length()));
          logits = append(context, session.length(), used, control);
        } else {
          context[used++] = id;
          logits = append(context, used - 1, used, control);
        }
      }
    } catch (CancellationException e) {
      return progress.result(StopReason.CANCELLED);
    }
  }

  private float[] append(int[] context, int from, int to, RunControl control) {
    System.arraycopy(context, from, cached, from, to - from);
    return session.append(context, from, to, control);
  }

  /** Drops tokens after the first {@code keep} until {@code target} are left; returns how many. */
  private static int slide(int[] context, int used, int keep, int target) {
    int drop = used - target;
    System.arraycopy(context, keep + drop, context, keep, used - keep - drop);
    return drop;
  }

  private int commonPrefix(int[] context, int used) {
    int limit = Math.min(session.length(), used - 1);
    int mismatch = Arrays.mismatch(cached, 0, limit, context, 0, limit);
    return mismatch < 0 ? limit : mismatch;
  }

  /** What was made so far, with its times. */
  private static final class Progress {
    private final int promptTokens;
    private final int reused;
    private final long start;
    private int[] tokens = new int[64];
    private int count;
    private int forgotten;
    private long promptEnd;

    Progress(int promptTokens, int reused, long start) {
      this.promptTokens = promptTokens;
      this.reused = reused;
      this.start = start;
      this.promptEnd = start;
    }

    void add(int id) {
      if (count == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * count);
      }
      tokens[count++] = id;
    }

    GenerationResult result(StopReason reason) {
      return new GenerationResult(
          Arrays.copyOf(tokens, count),
          reason,
          promptTokens,
          reused,
          forgotten,
          promptEnd - start,
          System.nanoTime() - promptEnd);
    }
  }
}
