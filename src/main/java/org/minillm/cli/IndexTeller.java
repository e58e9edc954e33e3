package org.minillm.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.DoubleConsumer;

/** How far the indexing of data is, a line every two seconds. */
final class IndexTeller implements DoubleConsumer {
  private static final long TELL_NANOS = 2_000_000_000L;

  private final PrintWriter to;
  private long told = System.nanoTime();

  IndexTeller(PrintWriter to) {
    this.to = to;
  }

  @Override
  public void accept(double share) {
    long now = System.nanoTime();
    if (now - told > TELL_NANOS) {
      told = now;
      to.printf(Locale.ROOT, "Indexing the data: %.0f %%%n", 100 * share);
      to.flush();
    }
  }
}
