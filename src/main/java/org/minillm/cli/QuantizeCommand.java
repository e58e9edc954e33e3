package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ExportReport;
import org.minillm.app.MiniLlmApp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quantize}: a model as one GGUF file. */
@Command(
    name = "quantize",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a model as a GGUF file, for this app and for llama.cpp, reads it back and compares.",
      "A row passes at a time, so models larger than the memory can be converted."
    })
final class QuantizeCommand implements Callable<Integer> {
  /** How matrices are stored. */
  enum Target {
    F32,
    F16,
    Q8_0
  }

  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Parameters(
      paramLabel = "MODEL",
      description = "Hugging Face directory, GGUF or llama2.c file, or a name in model_dir.")
  private Path model;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "TYPE",
      description = "f32, f16 or q8_0 (int8 in blocks of 32).")
  private Target target;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "File to write; default: MODEL-TYPE.gguf beside the model.")
  private @Nullable Path out;

  @Option(names = "--tokenizer", paramLabel = "PATH", description = "Tokenizer (llama2.c).")
  private @Nullable Path tokenizer;

  @Option(names = "--overwrite", description = "Replace FILE if it exists.")
  private boolean overwrite;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  QuantizeCommand() {}

  @Override
  public Integer call() throws IOException {
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open()) {
      ExportReport report =
          app.models()
              .quantize(
                  model,
                  Optional.ofNullable(tokenizer),
                  target.name().toLowerCase(Locale.ROOT),
                  Optional.ofNullable(out),
                  overwrite,
                  exit.control());
      ExportSlipText.print(report, json, spec.commandLine().getOut());
    }
    return 0;
  }
}
