package org.minillm.generate;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.model.AttentionWeights;
import org.minillm.model.InferenceSession;

/**
 * Continues token ids with a model, and says what it thinks of those there are. Knows nothing about
 * text. What a prompt shares with the tokens that are in the cache is not computed again. One
 * thread at a time.
 */
public final class Generator {
  private final InferenceSession session;

  /** The ids in the session's cache, as many as {@code session.length()}. */
  private final int[] cached;

  private final Distribution distribution;

  /**
   * @param session its cache is used and extended by this generator alone
   */
  public Generator(InferenceSession session) {
    this.session = session;
    this.cached = new int[session.capacity()];
    this.distribution = new Distribution(session.model().config().vocabSize());
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
      int target = Math.max(1, capacity - Math.max(1, (capacity - keep) / 2));
      forgotten = slide(context, used, keep, target);
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
      while (true) {
        control.check();
        int id = sampler.sample(logits, context, used);
        if (stopIds.test(id)) {
          return progress.result(StopReason.END_OF_TEXT);
        }
        progress.add(id);
        if (!listener.onToken(id, distribution.at(logits, 0))) {
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

  /**
   * How likely the model finds the tokens from {@code from} on, each after those before it.
   *
   * @param ids at most one more than the context holds
   * @param from 1 to {@code ids.length}; the first token has nothing before it
   * @param candidates likeliest tokens told beside each
   * @param each hears the tokens in order, on the calling thread
   * @throws BadInput if the ids do not fit the context
   * @throws CancellationException when told to by {@code control}, asked once a block of the model
   */
  public void score(
      int[] ids, int from, int candidates, Consumer<ScoredToken> each, RunControl control) {
    if (from < 1 || from > ids.length) {
      throw new IllegalArgumentException("from " + from + " of " + ids.length + " tokens");
    }
    if (ids.length > session.capacity() + 1) {
      throw new BadInput(
          "text of " + ids.length + " tokens",
          "the context holds " + session.capacity() + ". Score it in parts.");
    }
    if (from == ids.length) {
      return;
    }
    reuse(ids, from - 1, control);
    System.arraycopy(ids, from - 1, cached, from - 1, ids.length - from);
    session.appendEach(
        ids,
        from - 1,
        ids.length - 1,
        (index, logits, offset) ->
            each.accept(distribution.at(logits, offset).score(ids[index + 1], candidates)),
        control);
  }

  /**
   * How the token at {@code position} attended to the tokens up to itself, when the model chose the
   * one that follows. Costs one token where the tokens before it are in the cache.
   *
   * @throws BadInput if the position is beyond the context
   */
  public AttentionWeights attention(int[] ids, int position, RunControl control) {
    if (position < 0 || position >= Math.min(ids.length, session.capacity())) {
      throw new BadInput(
          "position " + position,
          "there are " + ids.length + " tokens, and the context holds " + session.capacity());
    }
    reuse(ids, position, control);
    cached[position] = ids[position];
    return session.appendWithAttention(ids, position, control);
  }

  /** Makes the cache hold the first {@code count} ids and nothing else. */
  private void reuse(int[] ids, int count, RunControl control) {
    int limit = Math.min(session.length(), count);
    int mismatch = Arrays.mismatch(cached, 0, limit, ids, 0, limit);
    int reused = mismatch < 0 ? limit : mismatch;
    session.truncate(reused);
    if (reused < count) {
      float[] unused = append(ids, reused, count, control);
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
