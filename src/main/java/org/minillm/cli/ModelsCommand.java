package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code models}: what stands in the model directory. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    description = "Lists the models in model_dir.")
final class ModelsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Option(names = "--json", description = "One JSON object a line per model.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  ModelsCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (MiniLlmApp app = configOption.open()) {
      List<ModelEntry> models = app.library().list();
      for (ModelEntry model : models) {
        if (json) {
          describe(model).print(out);
        } else {
          out.println(line(model));
        }
      }
      if (models.isEmpty() && !json) {
        spec.commandLine().getErr().println("No models in " + app.library().directory());
        spec.commandLine().getErr().flush();
      }
    }
    out.flush();
    return 0;
  }

  static String line(ModelEntry model) {
    return String.format(
        Locale.ROOT,
        "%-24s %6.2f M parameters, context %d, vocabulary %d, %s %s, %.1f MB, chat %s  %s",
        model.name(),
        model.parameters() / 1e6,
        model.contextLength(),
        model.vocabSize(),
        model.format(),
        model.dtype(),
        model.fileBytes() / 1048576.0,
        model.chat(),
        model.path());
  }

  static JsonLines describe(ModelEntry model) {
    return new JsonLines()
        .put("name", model.name())
        .put("path", model.path().toString())
        .put("format", model.format())
        .put("dtype", model.dtype())
        .put("parameters", model.parameters())
        .put("context_length", model.contextLength())
        .put("vocab_size", model.vocabSize())
        .put("file_bytes", model.fileBytes())
        .put("estimated_bytes", model.estimatedBytes())
        .put("chat_template", model.chat())
        .put("description", model.description())
        .put("resumable", model.resumable());
  }
}
