package org.minillm.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.MiniLlm;
import org.minillm.app.MiniLlmApp;
import picocli.CommandLine.Option;

/** Which model a command runs. */
final class ModelOptions {
  @Option(
      names = "--model",
      paramLabel = "PATH",
      description =
          "Model directory, .gguf or .bin, or a name in model_dir; default: the starter model.")
  private @Nullable Path model;

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      description = "Tokenizer, where the model brings none (llama2.c).")
  private @Nullable Path tokenizer;

  /** Loads it; the memory it takes is checked first. */
  MiniLlm open(MiniLlmApp app) throws IOException {
    return app.models().open(Optional.ofNullable(model), Optional.ofNullable(tokenizer));
  }
}
