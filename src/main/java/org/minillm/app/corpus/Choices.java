package org.minillm.app.corpus;

import java.util.List;
import org.minillm.app.corpus.Piece.Alternatives;
import org.minillm.app.corpus.Piece.Draw;
import org.minillm.ndarray.RandomGenerator;

/** Decides where a text could go on in several ways. */
interface Choices {
  /** Number of the branch to take. */
  int branch(Alternatives alternatives);

  /** One of the draw's candidates that is not among {@code taken}. */
  Entry entry(Draw draw, List<Entry> taken);

  /** Whether the very entry, not an equal one, is among those taken. */
  static boolean isTaken(Entry entry, List<Entry> taken) {
    for (Entry other : taken) {
      if (other == entry) {
        return true;
      }
    }
    return false;
  }

  /** Each way as likely as the others. */
  static Choices random(RandomGenerator random) {
    return new Choices() {
      @Override
      public int branch(Alternatives alternatives) {
        return random.nextInt(alternatives.branches().size());
      }

      @Override
      public Entry entry(Draw draw, List<Entry> taken) {
        int size = draw.candidates().size();
        // The check made sure that one is free; it is met after a few steps.
        for (int i = random.nextInt(size); ; i = random.nextInt(size)) {
          Entry entry = draw.candidates().get(i);
          if (!isTaken(entry, taken)) {
            return entry;
          }
        }
      }
    };
  }
}
