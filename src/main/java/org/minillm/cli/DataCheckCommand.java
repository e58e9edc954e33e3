package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.doctor.CheckReport;
import org.minillm.app.doctor.Example;
import org.minillm.app.doctor.Finding;
import org.minillm.app.doctor.FindingKind;
import org.minillm.app.doctor.LanguageMix;
import org.minillm.app.doctor.Place;
import org.minillm.base.RunControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code data check}: what is wrong with a corpus. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Tells what is wrong with a corpus: duplicates and near duplicates, leakage from training into",
      "validation, mojibake, languages, documents too long or empty. Changes nothing."
    },
    exitCodeListHeading = "%nExit code:%n",
    exitCodeList = {
      "0:the corpus was read to its end, whatever was found; --json lists it as findings",
      "1:a file is missing or cannot be read as what it is",
      "2:wrong usage"
    })
final class DataCheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private DoctorMeasures measures;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "3",
      description = "Examples of each finding; default ${DEFAULT-VALUE}.")
  private int examples;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  DataCheckCommand() {}

  @Override
  public Integer call() throws IOException {
    try (MiniLlmApp app = configOption.open()) {
      CheckReport report =
          app.doctor()
              .check(
                  measures.options(app.doctor()).withExamples(examples),
                  new RunControl(),
                  new DoctorTeller(spec.commandLine().getErr()));
      if (json) {
        printJson(report, app.monitor().readNow().peakRss());
      } else {
        print(report);
      }
    }
    return 0;
  }

  private void print(CheckReport report) {
    PrintWriter to = spec.commandLine().getOut();
    to.printf(
        Locale.ROOT,
        "%d documents (%d conversations), %.1f MB, %.1f s; %s%n",
        report.documents(),
        report.conversations(),
        report.bytes() / 1048576.0,
        report.seconds(),
        languages(report.languages()));
    report.remarks().forEach(remark -> to.println("  " + remark));
    print(to, "To fix:", report.findings().stream().filter(f -> f.kind().safe()).toList());
    print(to, "To know:", report.findings().stream().filter(f -> !f.kind().safe()).toList());
    List<Finding> safe = report.findings().stream().filter(f -> f.kind().safe()).toList();
    to.println();
    if (safe.isEmpty()) {
      to.println("Nothing has to be fixed.");
    } else {
      to.println("One step mends what is to fix, into a new file:");
      to.println(
          "  %s data fix %s --out %s"
              .formatted(CommandLineMain.commandName(), paths(), suggestedOut(report)));
    }
    to.flush();
  }

  private static void print(PrintWriter to, String title, List<Finding> findings) {
    if (findings.isEmpty()) {
      return;
    }
    to.println();
    to.println(title);
    for (Finding finding : findings) {
      to.printf(
          Locale.ROOT,
          "  %-18s %7d  %5.1f %%  %s%s%n",
          finding.kind().code(),
          finding.documents(),
          100 * finding.share(),
          DoctorTexts.of(finding),
          finding.detail().isEmpty() ? "" : " (" + finding.detail() + ")");
      finding.examples().forEach(example -> to.println("      " + text(example)));
    }
  }

  private static String text(Example example) {
    return text(example.place())
        + example.other().map(other -> " = " + text(other)).orElse("")
        + (example.excerpt().isEmpty() ? "" : "  " + example.excerpt())
        + (example.detail().isEmpty() ? "" : "  → " + example.detail());
  }

  private static String text(Place place) {
    return place.file().getFileName() + ":" + place.line();
  }

  private static String languages(LanguageMix mix) {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("Spanish", mix.spanish());
    parts.put("English", mix.english());
    parts.put("in both", mix.mixed());
    parts.put("in neither", mix.other());
    parts.put("too short to tell", mix.unknown());
    String text =
        parts.entrySet().stream()
            .filter(e -> e.getValue() > 0)
            .map(e -> e.getValue() + " " + e.getKey())
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "no language" : text;
  }

  private String paths() {
    return measures.files().stream()
        .map(file -> ShellWords.quoted(file.toString()))
        .collect(Collectors.joining(" "));
  }

  private String suggestedOut(CheckReport report) {
    boolean jsonLines =
        measures.files().stream()
            .anyMatch(f -> f.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl"));
    return jsonLines || report.conversations() > 0 ? "fixed.jsonl" : "fixed.txt";
  }

  private void printJson(CheckReport report, long peakRss) {
    LanguageMix mix = report.languages();
    Map<String, Object> languages = new LinkedHashMap<>();
    languages.put("es", mix.spanish());
    languages.put("en", mix.english());
    languages.put("both", mix.mixed());
    languages.put("neither", mix.other());
    languages.put("unknown", mix.unknown());
    new JsonLines()
        .put("documents", report.documents())
        .put("conversations", report.conversations())
        .put("bytes", report.bytes())
        .put("validation_documents", report.validationDocuments())
        .put("languages", languages)
        .put("findings", report.findings().stream().map(DataCheckCommand::json).toList())
        .put("remarks", report.remarks())
        .put("seconds", report.seconds())
        .put("peak_rss_mb", peakRss / 1048576.0)
        .print(spec.commandLine().getOut());
  }

  private static Map<String, @Nullable Object> json(Finding finding) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    FindingKind kind = finding.kind();
    object.put("kind", kind.code());
    object.put("documents", finding.documents());
    object.put("share", finding.share());
    object.put("occurrences", finding.occurrences());
    object.put("safe", kind.safe());
    object.put("fix", kind.remedy().name().toLowerCase(Locale.ROOT));
    object.put("fixed_documents", finding.fixed());
    object.put("detail", finding.detail());
    object.put("examples", finding.examples().stream().map(DataCheckCommand::json).toList());
    return object;
  }

  private static Map<String, @Nullable Object> json(Example example) {
    Map<String, @Nullable Object> object = json(example.place());
    object.put("excerpt", example.excerpt());
    object.put("detail", example.detail());
    object.put("same_as", example.other().map(DataCheckCommand::json).orElse(null));
    return object;
  }

  private static Map<String, @Nullable Object> json(Place place) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put("document", place.document());
    object.put("file", place.file().toString());
    object.put("line", place.line());
    return object;
  }
}
