package org.minillm.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.minillm.app.doctor.DoctorProgress;

/** How far the data doctor is, a line every two seconds. */
final class DoctorTeller implements DoctorProgress {
  private static final long TELL_NANOS = 2_000_000_000L;

  private final PrintWriter to;
  private long told = System.nanoTime();

  DoctorTeller(PrintWriter to) {
    this.to = to;
  }

  @Override
  public void at(long documents, double share) {
    long now = System.nanoTime();
    if (now - told > TELL_NANOS) {
      told = now;
      to.printf(Locale.ROOT, "%d documents, %.0f %%%n", documents, 100 * share);
      to.flush();
    }
  }
}
