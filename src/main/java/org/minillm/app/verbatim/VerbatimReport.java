package org.minillm.app.verbatim;

import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What of a text stands word for word in a corpus.
 *
 * @param words of the text
 * @param minWords shortest run that counts
 * @param verbatimWords words in any run
 * @param runs in the order of the text, none inside another; two may share words
 */
public record VerbatimReport(int words, int minWords, int verbatimWords, List<VerbatimRun> runs) {
  public VerbatimReport {
    runs = List.copyOf(runs);
  }

  static VerbatimReport of(Words text, int minWords, List<VerbatimRun> runs, BitSet covered) {
    return new VerbatimReport(text.count(), minWords, covered.cardinality(), runs);
  }

  /** Share of the words that stand in a run, 0 to 1. */
  public double share() {
    return words == 0 ? 0 : (double) verbatimWords / words;
  }

  /** The longest run, the first of several; empty without any. */
  public Optional<VerbatimRun> longest() {
    return runs.stream()
        .max(Comparator.comparingInt(VerbatimRun::words).thenComparing(r -> -r.from()));
  }

  /** Words of the longest run, 0 without any. */
  public int longestWords() {
    return longest().map(VerbatimRun::words).orElse(0);
  }
}
