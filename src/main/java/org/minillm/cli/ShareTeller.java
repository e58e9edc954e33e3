package org.minillm.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.DoubleConsumer;

/** How far something is, a line every two seconds. */
final class ShareTeller implements DoubleConsumer {
  private static final long TELL_NANOS = 2_000_000_000L;

  private final String what;
  private final PrintWriter to;
  private long told = System.nanoTime();

  /**
   * @param what stands before the share: "Indexing the data"
   * @param to for news
   */
  ShareTeller(String what, PrintWriter to) {
    this.what = what;
    this.to = to;
  }

  @Override
  public void accept(double share) {
    long now = System.nanoTime();
    if (now - told > TELL_NANOS) {
      told = now;
      to.printf(Locale.ROOT, "%s: %.0f %%%n", what, 100 * share);
      to.flush();
    }
  }
}
