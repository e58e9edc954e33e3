package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.TokenFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tokenizer encode}: a text to the screen, or files of any size to a file of ids. */
@Command(
    name = "encode",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the token ids of a text, or writes those of text files to a file:",
      "nothing but ids, little-endian, 2 bytes each up to a vocabulary of 65536, else 4."
    })
final class TokenizerEncodeCommand implements Callable<Integer> {
  private static final long TELL_NANOS = 2_000_000_000L;

  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Option(
      names = "--model",
      paramLabel = "PATH",
      description = "Model, tokenizer.json or tokenizer .bin; default: the starter model.")
  private @Nullable Path model;

  @Option(names = "--json", description = "Prints the ids as a JSON array; with --data, figures.")
  private boolean json;

  @Option(names = "--special", description = "Recognises special tokens in the text.")
  private boolean special;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Text files of any size, encoded document by document as train does.")
  private @Nullable List<Path> data;

  @Option(names = "--out", paramLabel = "FILE", description = "File of ids to write.")
  private @Nullable Path out;

  @Option(
      names = "--whole",
      description = "Encodes the files as they are: no documents, no end-of-text tokens.")
  private boolean whole;

  @Parameters(
      paramLabel = "TEXT",
      arity = "0..1",
      description = "The text; - reads standard input.")
  private @Nullable String text;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  TokenizerEncodeCommand() {}

  @Override
  public Integer call() throws IOException {
    if (text != null && data == null && out == null && !whole) {
      return printIds(text);
    }
    if (text == null && data != null && out != null && !special) {
      return writeIds(data, out);
    }
    throw new ParameterException(
        spec.commandLine(),
        "tokenizer encode needs TEXT [--special], or --data FILE… --out FILE [--whole]");
  }

  private int printIds(String text) throws IOException {
    try (MiniLlmApp app = configOption.open()) {
      Tokenizer tokenizer = app.models().openTokenizer(Optional.ofNullable(model));
      byte[] from =
          text.equals("-") ? System.in.readAllBytes() : text.getBytes(StandardCharsets.UTF_8);
      int[] ids =
          special
              ? tokenizer.encodeWithSpecials(new String(from, StandardCharsets.UTF_8))
              : tokenizer.encode(from);
      PrintWriter to = spec.commandLine().getOut();
      if (json) {
        to.println(JsonLines.text(ids));
      } else {
        for (int id : ids) {
          to.println(id + "\t" + tokenizer.tokenText(id));
        }
      }
      to.flush();
    }
    return 0;
  }

  private int writeIds(List<Path> files, Path target) throws IOException {
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open()) {
      long start = System.nanoTime();
      TokenFile.Result result =
          app.models()
              .encode(
                  files, Optional.ofNullable(model), target, whole, exit.control(), new Teller());
      double seconds = (System.nanoTime() - start) / 1e9;
      tell(target, result, seconds, app.monitor().readNow().peakRss());
    }
    return 0;
  }

  private void tell(Path target, TokenFile.Result result, double seconds, long peakRss) {
    PrintWriter to = spec.commandLine().getOut();
    if (json) {
      new JsonLines()
          .put("tokens", result.tokens())
          .put("bytes_per_id", result.idBytes())
          .put("text_bytes", result.textBytes())
          .put("seconds", seconds)
          .put("peak_rss_mb", peakRss / 1048576.0)
          .print(to);
    } else {
      to.printf(
          Locale.ROOT,
          "%s: %d tokens of %d bytes, %.1f MB read, %.1f s%n",
          target,
          result.tokens(),
          result.idBytes(),
          result.textBytes() / 1048576.0,
          seconds);
      to.flush();
    }
  }

  /** A line every two seconds. */
  private final class Teller implements TokenFile.Progress {
    private long told = System.nanoTime();

    @Override
    public void at(long tokens, long chars) {
      long now = System.nanoTime();
      if (now - told > TELL_NANOS) {
        told = now;
        PrintWriter err = spec.commandLine().getErr();
        err.printf(Locale.ROOT, "%.1f M characters, %.1f M tokens%n", chars / 1e6, tokens / 1e6);
        err.flush();
      }
    }
  }
}
