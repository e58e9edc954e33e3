package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.base.RunControl;
import org.minillm.train.CorpusSummary;
import org.minillm.train.CorpusSummary.FileSummary;
import org.minillm.train.CorpusSummary.LanguageShare;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code data summary}: what files and folders hold. */
@Command(
    name = "summary",
    mixinStandardHelpOptions = true,
    description = {
      "Formats, encodings, languages, documents and tokens of files and folders.",
      "Read are text, Markdown, CSV, JSON Lines, HTML, EPUB and PDF."
    })
final class DataSummaryCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Parameters(arity = "1..*", paramLabel = "FILE|DIR", description = "Files and folders of them.")
  private List<Path> paths;

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      description =
          "Model or tokenizer.json that counts the tokens; without it they are estimated for the"
              + " vocabulary of config.json.")
  private @Nullable Path tokenizer;

  @Option(names = "--json", description = "Prints one JSON object a file.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  DataSummaryCommand() {}

  @Override
  public Integer call() throws IOException {
    try (MiniLlmApp app = configOption.open()) {
      CorpusSummary summary =
          app.data().summary(paths, Optional.ofNullable(tokenizer), new RunControl());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        print(summary, out);
      } else {
        DataSummaryText.lines(summary).forEach(out::println);
      }
      out.flush();
    }
    return 0;
  }

  private static void print(CorpusSummary summary, PrintWriter out) {
    for (FileSummary f : summary.files()) {
      Map<String, Object> languages = new LinkedHashMap<>();
      for (LanguageShare l : f.languages()) {
        languages.put(l.language(), Math.rint(l.share() * 1e4) / 1e4);
      }
      new JsonLines()
          .put("file", f.path().toString())
          .put("bytes", f.bytes())
          .put("format", f.format())
          .put("encoding", f.encoding())
          .put("detail", f.detail())
          .put("remarks", f.remarks())
          .put("languages", languages)
          .put("documents", f.documents())
          .put("text_bytes", f.textBytes())
          .put("tokens", f.tokens())
          .put("tokens_exact", summary.exact())
          .print(out);
    }
    summary
        .skipped()
        .forEach(
            s ->
                new JsonLines()
                    .put("skipped", s.path().toString())
                    .put("reason", s.reason())
                    .print(out));
  }
}
