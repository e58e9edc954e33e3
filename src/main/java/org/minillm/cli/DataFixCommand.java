package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.doctor.FindingKind;
import org.minillm.app.doctor.FixReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code data fix}: the corpus anew, without what spoils it. */
@Command(
    name = "fix",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a corpus anew without what data check finds: all that is safe, or what --only names.",
      "The files themselves stay as they are."
    },
    footer = {
      "Safe: mojibake, control-characters, empty, markers, duplicates, near-duplicates, leakage.",
      "Also with --against: contamination; with --language: language.",
      "When named: lost-characters, short, long, repeated-lines."
    })
final class DataFixCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private DoctorMeasures measures;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "File to write; one that ends with .jsonl has an object a line.")
  private Path out;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "KIND",
      description = "Kinds of findings as data check names them, with commas between.")
  private @Nullable List<String> only;

  @Option(names = "--force", description = "Replaces an existing file.")
  private boolean force;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  DataFixCommand() {}

  @Override
  public Integer call() throws IOException {
    Set<FindingKind> kinds = kinds();
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open()) {
      FixReport report =
          app.doctor()
              .fix(
                  measures.options(app.doctor()),
                  kinds,
                  out,
                  force,
                  exit.control(),
                  new DoctorTeller(spec.commandLine().getErr()));
      if (json) {
        printJson(report, app.monitor().readNow().peakRss());
      } else {
        print(report);
      }
    }
    return 0;
  }

  private Set<FindingKind> kinds() {
    Set<FindingKind> kinds = EnumSet.noneOf(FindingKind.class);
    for (String code : only == null ? List.<String>of() : only) {
      kinds.add(
          FindingKind.of(code.strip())
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--only has \""
                              + code
                              + "\"; allowed: "
                              + Arrays.stream(FindingKind.values())
                                  .map(FindingKind::code)
                                  .collect(Collectors.joining(", ")))));
    }
    return kinds;
  }

  private void print(FixReport report) {
    PrintWriter to = spec.commandLine().getOut();
    to.printf(
        Locale.ROOT,
        "%s: %d documents of %d read, %d repaired, %.1f MB, %.1f s%n",
        report.out(),
        report.written(),
        report.read(),
        report.repaired(),
        report.bytesWritten() / 1048576.0,
        report.seconds());
    for (FixReport.Done done : report.done()) {
      String how =
          switch (done.kind().remedy()) {
            case DROP -> "dropped";
            case REPAIR -> "repaired in " + done.occurrences() + " places";
            case SPLIT -> "cut into " + done.occurrences() + " pieces";
          };
      to.printf(Locale.ROOT, "  %-18s %7d  %s%n", done.kind().code(), done.documents(), how);
    }
    if (report.done().isEmpty()) {
      to.println("  nothing of these kinds was found");
    }
    report.remarks().forEach(remark -> to.println("  " + remark));
    to.flush();
  }

  private void printJson(FixReport report, long peakRss) {
    Map<String, Object> done = new LinkedHashMap<>();
    for (FixReport.Done each : report.done()) {
      done.put(
          each.kind().code(),
          Map.of("documents", each.documents(), "occurrences", each.occurrences()));
    }
    new JsonLines()
        .put("out", report.out().toString())
        .put("documents_read", report.read())
        .put("documents_written", report.written())
        .put("documents_repaired", report.repaired())
        .put("bytes_written", report.bytesWritten())
        .put("done", done)
        .put("remarks", report.remarks())
        .put("seconds", report.seconds())
        .put("peak_rss_mb", peakRss / 1048576.0)
        .print(spec.commandLine().getOut());
  }
}
