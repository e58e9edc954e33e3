package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MiniLlmApp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code export}: a model for other programs. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a model for other programs, reads it back and compares it.",
      "A row passes at a time, so models larger than the memory can be converted."
    },
    footerHeading = "%nFormats and their types (the first is the default):%n",
    footer = {
      "  gguf     f32, f16, q8_0   one file, for llama.cpp and programs that use it",
      "  hf       f32, f16, bf16   a directory, for transformers",
      "  llama2c  f32, q8_0        a directory of model.bin and tokenizer.bin, for run and runq"
    })
final class ExportCommand implements Callable<Integer> {
  /** What other programs read. */
  enum Target {
    GGUF,
    HF,
    LLAMA2C
  }

  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Parameters(
      paramLabel = "MODEL",
      description = "Hugging Face directory, GGUF or llama2.c file, or a name in model_dir.")
  private Path model;

  @Option(
      names = "--format",
      required = true,
      paramLabel = "FORMAT",
      description = "gguf, hf or llama2c.")
  private Target format;

  @Option(names = "--type", paramLabel = "TYPE", description = "How weights are stored; see below.")
  private @Nullable String type;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "PATH",
      description = "File (gguf) or directory to write.")
  private Path out;

  @Option(names = "--tokenizer", paramLabel = "PATH", description = "Tokenizer (llama2.c).")
  private @Nullable Path tokenizer;

  @Option(names = "--overwrite", description = "Replaces a file that exists; never a directory.")
  private boolean overwrite;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open()) {
      ExportSlipText.print(
          app.models()
              .export(
                  model,
                  Optional.ofNullable(tokenizer),
                  format.name().toLowerCase(Locale.ROOT),
                  Optional.ofNullable(type).map(t -> t.toLowerCase(Locale.ROOT)),
                  out,
                  overwrite,
                  exit.control()),
          json,
          spec.commandLine().getOut());
    }
    return 0;
  }
}
