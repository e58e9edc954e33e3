package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.TrainingData;
import org.minillm.app.VerbatimLookup;
import org.minillm.app.verbatim.VerbatimReport;
import org.minillm.app.verbatim.VerbatimRun;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code data memorised}: what of a text stands word for word in a corpus. */
@Command(
    name = "memorised",
    mixinStandardHelpOptions = true,
    description = {
      "Tells which words of a text stand in the training data in the same order, and where.",
      "For what a model wrote: did it learn it by heart? Case and punctuation do not count.",
      "The data's words are indexed at the first question, beside the run of --model or in",
      "cache_dir; that takes about 1.4 times the data on the disk."
    })
final class DataMemorisedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @ArgGroup(multiplicity = "1")
  private Data data;

  @ArgGroup(multiplicity = "1")
  private Asked asked;

  @Option(
      names = "--min-words",
      defaultValue = "8",
      paramLabel = "N",
      description = "Shortest run of words that counts, 6 or more (${DEFAULT-VALUE}).")
  private int minWords;

  @Option(names = "--json", description = "Prints one JSON object a run, then one with the sums.")
  private boolean json;

  /** Where to look. */
  static final class Data {
    @Option(
        names = "--data",
        arity = "1..*",
        paramLabel = "FILE|DIR",
        description = "The texts that a model was trained on.")
    private @Nullable List<Path> files;

    @Option(
        names = "--model",
        paramLabel = "MODEL",
        description = "A model that was trained here: the files that its last checkpoint names.")
    private @Nullable Path model;
  }

  /** The text, given or in a file. */
  static final class Asked {
    @Option(names = "--text", paramLabel = "TEXT", description = "The text to look up.")
    private @Nullable String text;

    @Option(names = "--file", paramLabel = "FILE", description = "A file that holds the text.")
    private @Nullable Path file;

    String read() throws IOException {
      Path from = file;
      if (from == null) {
        return String.valueOf(text);
      }
      try {
        return Files.readString(from, StandardCharsets.UTF_8);
      } catch (CharacterCodingException e) {
        throw new BadInput(from.toString(), "is not UTF-8 text; save it as UTF-8");
      }
    }
  }

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  DataMemorisedCommand() {}

  @Override
  public Integer call() throws IOException {
    String text = asked.read();
    try (MiniLlmApp app = configOption.open();
        CancelOnExit exit = new CancelOnExit()) {
      ShareTeller teller = new ShareTeller("Indexing the data", spec.commandLine().getErr());
      List<Path> files = data.files;
      VerbatimReport report =
          files == null
              ? ofModel(app, text, exit.control(), teller)
              : app.data().verbatim(files, text, minWords, exit.control(), teller);
      PrintWriter out = spec.commandLine().getOut();
      report.runs().forEach(run -> print(run, text, out));
      print(report, out);
      out.flush();
    }
    return 0;
  }

  private VerbatimReport ofModel(
      MiniLlmApp app, String text, RunControl control, ShareTeller teller) throws IOException {
    Path model = app.models().resolve(Optional.ofNullable(data.model));
    VerbatimLookup found = app.verbatim().look(model, text, minWords, control, teller);
    TrainingData looked = found.data();
    PrintWriter err = spec.commandLine().getErr();
    if (found.report().isPresent() && !looked.missing().isEmpty()) {
      err.println(
          looked.missing().size()
              + " of the files it was trained on are not there any more, the first: "
              + looked.missing().get(0));
    }
    if (found.changed()) {
      err.println("The data are not the same any more as when the model was trained.");
    }
    err.flush();
    return found
        .report()
        .orElseThrow(
            () ->
                new BadInput(
                    model.toString(),
                    looked.known()
                        ? "the files it was trained on are not there any more, the first: "
                            + looked.missing().get(0)
                        : "has no checkpoint that names the files it was trained on. Name them"
                            + " with --data"));
  }

  private void print(VerbatimRun run, String text, PrintWriter out) {
    if (json) {
      new JsonLines()
          .put("from", run.from())
          .put("to", run.to())
          .put("words", run.words())
          .put("file", run.file().toString())
          .put("line", run.line())
          .put("before", run.before())
          .put("passage", run.passage())
          .put("after", run.after())
          .print(out);
      return;
    }
    out.printf(
        Locale.ROOT,
        "%d words: %s%n  %s%s%n  …%s[%s]%s…%n",
        run.words(),
        oneLine(text.substring(run.from(), run.to())),
        run.file(),
        run.line() > 0 ? ", line " + run.line() : "",
        oneLine(run.before()),
        oneLine(run.passage()),
        oneLine(run.after()));
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }

  private void print(VerbatimReport report, PrintWriter out) {
    if (json) {
      new JsonLines()
          .put("words", report.words())
          .put("min_words", report.minWords())
          .put("verbatim_words", report.verbatimWords())
          .put("share", Math.rint(report.share() * 1e4) / 1e4)
          .put("longest", report.longestWords())
          .print(out);
      return;
    }
    out.printf(
        Locale.ROOT,
        "%d of %d words (%.1f %%) stand in the data in runs of %d or more; the longest has %d.%n",
        report.verbatimWords(),
        report.words(),
        100 * report.share(),
        report.minWords(),
        report.longestWords());
  }
}
