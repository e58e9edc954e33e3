package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ExportReport;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code import}: a model of another program. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Brings a model of another program into model_dir, reads it back and compares it.",
      "It becomes a Hugging Face directory; a GGUF file where it is int8, or where its tokenizer"
          + " merges by scores."
    })
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Parameters(
      paramLabel = "PATH",
      description = "Hugging Face directory (one file or several), GGUF or llama2.c file.")
  private Path path;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "f32, f16, bf16 or q8_0 (int8, a quarter of the memory); default: as it is.")
  private @Nullable String type;

  @Option(
      names = "--out",
      paramLabel = "PATH",
      description = "Directory to write, or file (.gguf is added); default: in model_dir.")
  private @Nullable Path out;

  @Option(names = "--tokenizer", paramLabel = "PATH", description = "Tokenizer (llama2.c).")
  private @Nullable Path tokenizer;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ImportCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter to = spec.commandLine().getOut();
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open()) {
      ExportReport report =
          app.models()
              .importModel(
                  path,
                  Optional.ofNullable(tokenizer),
                  Optional.ofNullable(type).map(t -> t.toLowerCase(Locale.ROOT)),
                  Optional.ofNullable(out),
                  exit.control());
      ExportSlipText.print(report, json, to);
      if (app.models().describe(report.path()).chat().equals(ModelEntry.UNKNOWN_CHAT)) {
        spec.commandLine()
            .getErr()
            .println(
                "Its chat template is not known here (known: ChatML, Llama 2, Llama 3, Zephyr):"
                    + " it can continue text, as with generate, but not chat.");
      }
    }
    return 0;
  }
}
