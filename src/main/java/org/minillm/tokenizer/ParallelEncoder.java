package org.minillm.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.minillm.base.WorkerPool;

/**
 * Encodes texts on all compute threads, a batch at a time. Ids arrive on the calling thread in the
 * order of the texts and are those of {@link Tokenizer#encode}, whatever the number of threads. A
 * long text is cut where that changes no id, so that it keeps all threads busy too. Memory: one
 * batch and its ids, some megabytes. For one thread.
 */
public final class ParallelEncoder {
  /** Chars of a batch, and the longest piece that is not cut. */
  static final int BATCH_CHARS = 1 << 17;

  private static final int LONG_TEXT = 1 << 14;

  /** Hears the ids of a text. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @param ids the next ids of the text; the receiver's
     * @param last whether the text ends with them
     */
    void accept(int[] ids, boolean last);
  }

  private record Piece(String text, boolean specials, boolean last, Sink sink) {}

  private final Tokenizer tokenizer;
  private final WorkerPool pool;
  private final List<Piece> batch = new ArrayList<>();
  private int batchChars;

  public ParallelEncoder(Tokenizer tokenizer, WorkerPool pool) {
    this.tokenizer = tokenizer;
    this.pool = pool;
  }

  /**
   * Takes a text; its ids arrive during this call, a later one or {@link #finish}.
   *
   * @param specials whether special tokens in it are meant as such
   */
  public void add(String text, boolean specials, Sink sink) {
    int from = 0;
    while (!specials && text.length() - from > LONG_TEXT) {
      int cut = tokenizer.lastCut(text.substring(from, from + LONG_TEXT));
      if (cut == 0) {
        break;
      }
      queue(new Piece(text.substring(from, from + cut), false, false, sink));
      from += cut;
    }
    queue(new Piece(text.substring(from), specials, true, sink));
  }

  /** Delivers what is still under way. */
  public void finish() {
    int[][] ids = new int[batch.size()][];
    pool.run(
        ids.length,
        i -> {
          Piece piece = batch.get(i);
          ids[i] =
              piece.specials
                  ? tokenizer.encodeWithSpecials(piece.text)
                  : tokenizer.encode(piece.text);
        });
    for (int i = 0; i < ids.length; i++) {
      Piece piece = batch.get(i);
      piece.sink.accept(ids[i], piece.last);
    }
    batch.clear();
    batchChars = 0;
  }

  private void queue(Piece piece) {
    batch.add(piece);
    batchChars += piece.text.length();
    if (batchChars >= BATCH_CHARS) {
      finish();
    }
  }
}
