package org.minillm.train;

import java.util.Arrays;
import org.minillm.ndarray.RandomGenerator;

/**
 * Sequences of conversations whose answers alone count in the loss.
 *
 * <p>A sequence holds whole conversations, as many in a row as fit the context length; it is never
 * begun inside one, since a chat is not either. Which of them comes first changes from time to
 * time: at each reading they are rotated by a seeded number, so that every conversation is also
 * seen with nothing before it. A conversation longer than the context length is cut before a turn
 * of the user, or, inside a longer turn, where the context ends. Every token of an answer is a
 * target exactly once an epoch. Sequences without one (cut out of a long question) are left out:
 * they would cost time and change nothing.
 */
final class ConversationBatches implements Sequences {
  private final TokenStore tokens;
  private final int separator;
  private final AnswerMask mask;
  private final long seed;
  private final int limit;
  private final int time;

  private int windows;
  private long[] starts = new long[64];
  private int[] lengths = new int[64];
  private int[] counts = new int[64];

  private int[] order = {};
  private long orderEpoch = -1;
  private final int[] ids;
  private final int[] rotated;

  /**
   * Looks through the ids once.
   *
   * @param count the ids [0, count) are used: whole documents after a separator
   */
  ConversationBatches(
      TokenStore tokens, long count, int separator, AnswerMask mask, int contextLength, long seed) {
    this.tokens = tokens;
    this.separator = separator;
    this.mask = mask;
    this.seed = seed;
    limit = contextLength + 1;
    cut(count);
    int longest = 1;
    for (int w = 0; w < windows; w++) {
      longest = Math.max(longest, lengths[w]);
    }
    time = longest - 1;
    ids = new int[longest];
    rotated = new int[longest];
  }

  /** Packs conversations into windows of at most {@code limit} ids. */
  private void cut(long count) {
    long from = 1;
    long document = 1;
    for (long i = 1; i < count; i++) {
      if (tokens.get(i) != separator && i < count - 1) {
        continue;
      }
      long end = i + 1;
      if (end - from > limit) {
        add(from, document);
        from = document;
      }
      if (end - document > limit) {
        from = cutDocument(document, end);
      }
      document = end;
    }
    add(from, document);
  }

  /** Cuts a document that is longer than a window; returns where the last piece begins. */
  private long cutDocument(long document, long end) {
    long from = document;
    while (end - from > limit) {
      long to = from + limit;
      while (to > from && !mask.opensOther(tokens, to, end)) {
        to--;
      }
      if (to > from) {
        add(from, to);
        from = to;
      } else {
        add(from, from + limit);
        from += limit - 1; // its last target is the next one's first input
      }
    }
    // What is left is a window of its own: another conversation is not rotated before it.
    add(from, end);
    return end;
  }

  private void add(long from, long to) {
    if (from >= to) {
      return;
    }
    int count = 0;
    AnswerMask.Reader reader = mask.readerAt(tokens, from);
    for (long i = from; i < to; i++) {
      if (reader.counts(tokens.get(i)) && i > from) {
        count++;
      }
    }
    if (count == 0) {
      return;
    }
    if (windows == starts.length) {
      starts = Arrays.copyOf(starts, 2 * windows);
      lengths = Arrays.copyOf(lengths, 2 * windows);
      counts = Arrays.copyOf(counts, 2 * windows);
    }
    starts[windows] = from;
    lengths[windows] = (int) (to - from);
    counts[windows] = count;
    windows++;
  }

  @Override
  public int time() {
    return time;
  }

  @Override
  public int windows() {
    return windows;
  }

  @Override
  public int counted(long position) {
    return counts[window(position)];
  }

  @Override
  public void read(long position, int[] inputs, int[] targets, int row) {
    int window = window(position);
    load(window);
    rotate(window, position);
    int n = lengths[window];
    AnswerMask.Reader reader = mask.readerAt(tokens, starts[window]);
    int at = row * time;
    for (int i = 0; i < time; i++) {
      inputs[at + i] = i < n ? ids[i] : separator;
    }
    reader.counts(ids[0]);
    for (int i = 0; i < time; i++) {
      targets[at + i] = i + 1 < n && reader.counts(ids[i + 1]) ? ids[i + 1] : -1;
    }
  }

  /**
   * A window as it stands, for evaluation.
   *
   * @return its length: inputs and targets [0, length)
   */
  int readInOrder(int window, int[] inputs, int[] targets) {
    load(window);
    int n = lengths[window] - 1;
    AnswerMask.Reader reader = mask.readerAt(tokens, starts[window]);
    reader.counts(ids[0]);
    for (int i = 0; i < n; i++) {
      inputs[i] = ids[i];
      targets[i] = reader.counts(ids[i + 1]) ? ids[i + 1] : -1;
    }
    return n;
  }

  private int window(long position) {
    long epoch = position / windows;
    if (epoch != orderEpoch) {
      order = RandomGenerator.keyed(seed, epoch, 1).permutation(windows);
      orderEpoch = epoch;
    }
    return order[(int) (position % windows)];
  }

  private void load(int window) {
    tokens.copy(starts[window], ids, 0, lengths[window]);
  }

  /** Lets another of the window's conversations be the first. */
  private void rotate(int window, long position) {
    int n = lengths[window];
    int conversations = 1;
    for (int i = 1; i < n; i++) {
      conversations += ids[i - 1] == separator ? 1 : 0;
    }
    int first = RandomGenerator.keyed(seed, position, 2).nextInt(conversations);
    int at = 0;
    for (int passed = 0; passed < first; at++) {
      passed += ids[at] == separator ? 1 : 0;
    }
    System.arraycopy(ids, at, rotated, 0, n - at);
    System.arraycopy(ids, 0, rotated, n - at, at);
    System.arraycopy(rotated, 0, ids, 0, n);
  }
}
