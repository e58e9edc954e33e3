package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.TokenizerReport;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tokenizer train|encode|decode}. */
@Command(
    name = "tokenizer",
    mixinStandardHelpOptions = true,
    description = "Trains a tokenizer, or shows how one cuts a text.",
    subcommands = {
      TokenizerCommand.Train.class,
      TokenizerEncodeCommand.class,
      TokenizerCommand.Decode.class
    })
final class TokenizerCommand implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  TokenizerCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which: train, encode or decode?");
  }

  /** {@code tokenizer train}. */
  @Command(
      name = "train",
      mixinStandardHelpOptions = true,
      description = "Trains a byte-level BPE tokenizer on text files.")
  static final class Train implements Callable<Integer> {
    private static final long TELL_NANOS = 2_000_000_000L;

    @Spec private CommandSpec spec;
    @Mixin private ConfigOption configOption;

    @Option(
        names = "--data",
        required = true,
        arity = "1..*",
        paramLabel = "FILE|DIR",
        description = "Text files and folders of them, as for train.")
    private List<Path> data;

    @Option(
        names = "--vocab",
        paramLabel = "N",
        description = "Vocabulary size; default: that of config.json.")
    private @Nullable Integer vocab;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE",
        description = "tokenizer.json to write.")
    private Path out;

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    @SuppressWarnings("NullAway.Init") // picocli fills the fields
    Train() {}

    @Override
    public Integer call() throws IOException {
      try (CancelOnExit exit = new CancelOnExit();
          MiniLlmApp app = configOption.open()) {
        AppConfig config = app.config();
        int size = vocab == null ? config.hyperparameters().vocabSize() : vocab;
        TokenizerReport report =
            app.models().trainTokenizer(data, size, out, exit.control(), new Teller());
        PrintWriter to = spec.commandLine().getOut();
        if (json) {
          new JsonLines()
              .put("vocab_size", report.vocabSize())
              .put("asked", size)
              .put("bytes", report.bytes())
              .put("forgotten_words", report.forgottenWords())
              .put("seconds", report.seconds())
              .print(to);
        } else {
          to.printf(
              Locale.ROOT,
              "%s: vocabulary %d, %.1f MB read, %.1f s%n",
              out,
              report.vocabSize(),
              report.bytes() / 1048576.0,
              report.seconds());
          if (report.vocabSize() < size) {
            to.println(
                "The text ran out of pairs that occur twice: "
                    + report.vocabSize()
                    + " tokens instead of "
                    + size
                    + ".");
          }
          if (report.forgottenWords() > 0) {
            to.println(
                report.forgottenWords()
                    + " words of the text were left out, the rarest: resources.max_memory_mb has no"
                    + " room for all.");
          }
          to.flush();
        }
      }
      return 0;
    }

    /** A line every two seconds. */
    private final class Teller implements BpeTrainer.Progress {
      private long told = System.nanoTime();

      @Override
      public void at(BpeTrainer.Stage stage, long done, long total) {
        long now = System.nanoTime();
        if (now - told > TELL_NANOS) {
          told = now;
          PrintWriter err = spec.commandLine().getErr();
          err.println(
              stage == BpeTrainer.Stage.COUNTING
                  ? done + " documents read"
                  : done + " of " + total + " tokens");
          err.flush();
        }
      }
    }
  }

  /** {@code tokenizer decode}. */
  @Command(
      name = "decode",
      mixinStandardHelpOptions = true,
      description = "Prints the text of token ids.")
  static final class Decode implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ConfigOption configOption;

    @Option(
        names = "--model",
        paramLabel = "PATH",
        description = "Model, tokenizer.json or tokenizer .bin; default: the starter model.")
    private @Nullable Path model;

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Token ids, or a JSON array.")
    private List<String> ids;

    @SuppressWarnings("NullAway.Init") // picocli fills the fields
    Decode() {}

    @Override
    public Integer call() throws IOException {
      String joined =
          ids.stream().collect(Collectors.joining(" ")).replaceAll("[\\[\\],]", " ").strip();
      int[] tokens;
      try {
        tokens =
            Arrays.stream(joined.split("\\s+"))
                .filter(s -> !s.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
      } catch (NumberFormatException e) {
        throw new ParameterException(spec.commandLine(), "Token ids are whole numbers: " + joined);
      }
      try (MiniLlmApp app = configOption.open()) {
        Tokenizer tokenizer = app.models().openTokenizer(Optional.ofNullable(model));
        for (int id : tokens) {
          if (id < 0 || id >= tokenizer.vocabSize()) {
            throw new ParameterException(
                spec.commandLine(),
                "Token id " + id + " is outside 0 to " + (tokenizer.vocabSize() - 1));
          }
        }
        spec.commandLine().getOut().println(tokenizer.decode(tokens));
        spec.commandLine().getOut().flush();
      }
      return 0;
    }
  }
}
