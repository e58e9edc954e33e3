package org.minillm.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.minillm.app.ExportReport;

/** What the check of an export or import found, for people and for programs. */
final class ExportSlipText {
  private static final double MB = 1048576.0;

  private ExportSlipText() {}

  static void print(ExportReport r, boolean json, PrintWriter out) {
    if (json) {
      new JsonLines()
          .put("path", r.path().toString())
          .put("bytes_before", r.bytesBefore())
          .put("bytes", r.bytes())
          .put("sha256", r.sha256())
          .put("tensors", r.tensors())
          .put("max_difference", r.maxDifference())
          .put("worst_tensor", r.worstTensor())
          .put("tokens_equal", r.tokens())
          .put("positions", r.positions())
          .put("same_choices", r.sameChoices())
          .put("both_int8", r.bothInt8())
          .put("logits_difference", r.logitsDifference())
          .put("logits_range", r.logitsRange())
          .put("seconds", r.seconds())
          .print(out);
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s: %.1f MB (weights before: %.1f MB), %.1f s%n",
        r.path(),
        r.bytes() / MB,
        r.bytesBefore() / MB,
        r.seconds());
    out.println("Read back and compared:");
    out.printf(
        Locale.ROOT,
        "  weights  %d tensors, largest difference %.3g%s%n",
        r.tensors(),
        r.maxDifference(),
        r.worstTensor().isEmpty() ? "" : " in " + r.worstTensor());
    out.printf(Locale.ROOT, "  tokens   %d of the test text, all equal%n", r.tokens());
    if (r.positions() == 0) {
      out.println("  logits   not compared: the model does not fit the memory");
    } else {
      out.printf(
          Locale.ROOT,
          "  logits   at %d positions, largest difference %.3g of a range of %.3g;"
              + " same choice at %d%s%n",
          r.positions(),
          r.logitsDifference(),
          r.logitsRange(),
          r.sameChoices(),
          r.bothInt8() ? " (both as int8: float32 does not fit the memory)" : "");
    }
    out.println("  SHA-256  " + r.sha256());
    out.flush();
  }
}
