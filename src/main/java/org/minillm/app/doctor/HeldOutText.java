package org.minillm.app.doctor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.function.LongConsumer;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.train.Corpus;
import org.minillm.train.text.Words;

/**
 * Every run of {@code n} words of the files that are kept for evaluation, to be looked for in a
 * corpus (as Brown et al. 2020 do with 13 words), and which of them were found.
 */
final class HeldOutText {
  /** Bytes a run takes, while the table grows. */
  private static final int BYTES = 32;

  private final List<Path> files;
  private final int n;
  private final long most;
  private final Words words = new Words();
  private long[] grams = new long[1 << 12];
  private BitSet found = new BitSet();
  private int size;
  private boolean full;

  /**
   * How much of the evaluation the corpus gives away.
   *
   * @param documents of the evaluation
   * @param touched of them, those that share a run of words with the corpus
   * @param mostly of them, those with half of their words or more in such runs
   */
  record Overlap(long documents, long touched, long mostly) {}

  /**
   * Reads the files.
   *
   * @param bytes of memory to take at the most
   */
  HeldOutText(List<Path> files, int n, long bytes, RunControl control) throws IOException {
    this.files = files;
    this.n = n;
    most = bytes / BYTES;
    long[] longest = {0};
    forEachDocument(
        control,
        () -> {
          longest[0] = Math.max(longest[0], words.count());
          for (int i = 0; i + n <= words.count(); i++) {
            add(words.gram(i, n));
          }
        });
    if (size == 0) {
      throw new BadInput(
          "against " + files,
          "has no run of " + n + " words (the longest document has " + longest[0] + ")");
    }
  }

  /**
   * Looks through a document of the corpus; what is found is remembered.
   *
   * @param foundAt hears the first word of each run that was found
   */
  void look(Words document, LongConsumer foundAt) {
    for (int i = 0; i + n <= document.count(); i++) {
      int at = slot(grams, document.gram(i, n));
      if (grams[at] != 0) {
        found.set(at);
        foundAt.accept(i);
      }
    }
  }

  /** What the documents looked through give away. Reads the files again. */
  Overlap overlap(RunControl control) throws IOException {
    long[] counts = new long[3];
    forEachDocument(
        control,
        () -> {
          int covered = 0;
          int until = 0;
          for (int i = 0; i + n <= words.count(); i++) {
            if (found.get(slot(grams, words.gram(i, n)))) {
              covered += i + n - Math.max(i, until);
              until = i + n;
            }
          }
          counts[0]++;
          counts[1] += covered > 0 ? 1 : 0;
          counts[2] += covered > 0 && 2 * covered >= words.count() ? 1 : 0;
        });
    return new Overlap(counts[0], counts[1], counts[2]);
  }

  /** Whether runs were not remembered for want of memory. */
  boolean isFull() {
    return full;
  }

  private void forEachDocument(RunControl control, Runnable withWords) throws IOException {
    Corpus.open(files)
        .forEachDocument(
            document -> {
              control.check();
              words.read(Content.of(document).said());
              withWords.run();
            });
  }

  private void add(long gram) {
    int at = slot(grams, gram);
    if (grams[at] != 0) {
      return;
    }
    if (size >= most) {
      full = true;
      return;
    }
    grams[at] = gram;
    size++;
    if (2 * size > grams.length) {
      long[] larger = new long[2 * grams.length];
      for (long old : grams) {
        if (old != 0) {
          larger[slot(larger, old)] = old;
        }
      }
      grams = larger;
    }
  }

  private static int slot(long[] table, long gram) {
    int at = (int) (gram >>> 32) & (table.length - 1);
    while (table[at] != 0 && table[at] != gram) {
      at = (at + 1) & (table.length - 1);
    }
    return at;
  }
}
