package org.minillm.train;

import java.util.Arrays;
import java.util.BitSet;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;

/**
 * Which ids of a ChatML conversation are an answer: what follows {@code <|im_start|>assistant} and
 * a line feed, until and with {@code <|im_end|>}. That is what the model has to say by itself; all
 * else it is given. It is told by the ids alone, so nothing is stored beside them.
 */
final class AnswerMask {
  private final int start;
  private final int end;
  private final int separator;

  /** The ids of the answerer's name. */
  private final int[] role;

  /** Ids that may follow the name: their text begins with a line feed. */
  private final BitSet lineFeeds = new BitSet();

  /**
   * @param separator the id between documents, which ends an answer that was cut
   * @throws BadInput if the tokenizer lacks ChatML's markers
   */
  AnswerMask(Tokenizer tokenizer, int separator) {
    requireMarkers(tokenizer);
    this.separator = separator;
    start = tokenizer.idOf(ChatTemplate.START).getAsInt();
    end = tokenizer.idOf(ChatTemplate.END).getAsInt();
    int[] header = tokenizer.encode(ChatTemplate.ANSWERER + "\n");
    role = Arrays.copyOf(header, header.length - 1);
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      byte[] bytes = tokenizer.bytesOf(id);
      if (bytes.length > 0 && bytes[0] == '\n') {
        lineFeeds.set(id);
      }
    }
    if (!tokenizer.decode(role).equals(ChatTemplate.ANSWERER)) {
      throw new BadInput(
          "tokenizer",
          "joins the word assistant with the line feed after it; answers in a"
              + " conversation cannot be told apart with it");
    }
  }

  /**
   * Refuses a tokenizer without ChatML's markers.
   *
   * @throws BadInput saying which is missing
   */
  static void requireMarkers(Tokenizer tokenizer) {
    for (String marker : new String[] {ChatTemplate.START, ChatTemplate.END}) {
      if (!ChatTemplate.isSpecial(tokenizer, marker)) {
        throw new BadInput(
            "fine-tuning on chat",
            "the base's tokenizer has no special token "
                + marker
                + ", with which conversations are written; take a base that has it (every model"
                + " trained here with a BPE tokenizer), or fine-tune without --chat");
      }
    }
  }

  /** Whether a turn of somebody else than the answerer begins at {@code at}: a place to cut. */
  boolean opensOther(TokenStore ids, long at, long limit) {
    if (ids.get(at) != start) {
      return false;
    }
    for (int i = 0; i < role.length; i++) {
      if (at + 1 + i >= limit || ids.get(at + 1 + i) != role[i]) {
        return true;
      }
    }
    return false;
  }

  /** A reader at the beginning of a document or turn. */
  Reader reader() {
    return new Reader();
  }

  /** A reader of {@code ids} that has seen what stands before {@code at}. */
  Reader readerAt(TokenStore ids, long at) {
    long from = at;
    while (from > 0 && ids.get(from) != start && ids.get(from - 1) != separator) {
      from--;
    }
    Reader reader = new Reader();
    for (long i = from; i < at; i++) {
      reader.counts(ids.get(i));
    }
    return reader;
  }

  /** Reads ids in order. */
  final class Reader {
    private static final int OUTSIDE = -1;
    private static final int INSIDE = -2;

    /** Ids of the name that matched since the marker, or one of the above. */
    private int state = OUTSIDE;

    private Reader() {}

    /** Whether this id, the next one, belongs to an answer. */
    boolean counts(int id) {
      boolean answer = state == INSIDE && id != start && id != separator;
      if (id == start) {
        state = 0;
      } else if (id == separator || id == end) {
        state = OUTSIDE;
      } else if (state >= 0 && state < role.length) {
        state = id == role[state] ? state + 1 : OUTSIDE;
      } else if (state == role.length) {
        state = lineFeeds.get(id) ? INSIDE : OUTSIDE;
      }
      return answer;
    }
  }
}
