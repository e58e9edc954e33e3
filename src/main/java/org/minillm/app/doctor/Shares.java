package org.minillm.app.doctor;

import java.io.IOException;
import java.util.Optional;
import org.minillm.base.RunControl;

/** How the memory of a check is shared out, in bytes. */
record Shares(long duplicates, long lines, long heldOut) {
  static Shares of(DoctorOptions options) {
    long all = options.memoryBytes();
    return options.against().isEmpty()
        ? new Shares(all * 3 / 4, all / 4, 0)
        : new Shares(all / 2, all / 8, all * 3 / 8);
  }

  Optional<HeldOutText> openHeldOut(DoctorOptions options, RunControl control) throws IOException {
    return options.against().isEmpty()
        ? Optional.empty()
        : Optional.of(new HeldOutText(options.against(), options.ngram(), heldOut, control));
  }
}
