package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.MiniLlm;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.ModelEntry;
import org.minillm.app.ResourceSnapshot;
import org.minillm.base.Choice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code info}: a model's facts, or this machine's. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description = "Facts about a model file, or, without one, about this machine and its kernels.",
    footerHeading = "%nThe kernels are chosen once at start. Options of the JVM force them:%n",
    footer = {
      "  -Dminillm.kernels=scalar|vector   plain Java, or the Vector API",
      "  -Dminillm.fma=on|off              fused multiply-add, or two roundings",
      "  -Dminillm.tile=4|8                rows of a matrix product's tile",
      "  -Dminillm.int8=scalar|vector      the kernels of int8 weights",
      "as in: MINILLM_JAVA_OPTS=-Dminillm.kernels=scalar ${ROOT-COMMAND-NAME} info"
    })
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description = "Model directory or file, or a name in model_dir.")
  private @Nullable Path model;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  InfoCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (MiniLlmApp app = configOption.open()) {
      if (model != null) {
        ModelEntry entry = app.models().describe(model);
        if (json) {
          ModelsCommand.describe(entry).print(out);
        } else {
          out.println(ModelsCommand.line(entry));
        }
      } else {
        machine(app, out);
      }
    }
    out.flush();
    return 0;
  }

  private void machine(MiniLlmApp app, PrintWriter out) {
    ResourceSnapshot now = app.monitor().readNow();
    String jdk = System.getProperty("java.vm.name") + " " + System.getProperty("java.version");
    int cores = Runtime.getRuntime().availableProcessors();
    if (json) {
      JsonLines line = new JsonLines();
      for (Choice choice : MiniLlm.kernelChoices()) {
        String key = choice.what().equals("int8") ? "int8_kernels" : choice.what();
        line.put(key, choice.value()).put(key + "_reason", choice.reason());
      }
      line.put("jdk", jdk)
          .put("os_arch", System.getProperty("os.arch"))
          .put("cores", cores)
          .put("cpu_threads", app.config().resources().cpuThreads())
          .put("memory_total_mb", now.memTotal() >> 20)
          .put("memory_available_mb", now.memAvailable() >> 20)
          .put("budget_mb", now.budget() >> 20)
          .put("heap_max_mb", Runtime.getRuntime().maxMemory() >> 20)
          .put("rss_mb", now.rssMb())
          .put("model_dir", app.library().directory().toString())
          .print(out);
      return;
    }
    for (Choice choice : MiniLlm.kernelChoices()) {
      out.printf("%-9s %s (%s)%n", choice.what(), choice.value(), choice.reason());
    }
    out.println("JDK       " + jdk + " (" + System.getProperty("os.arch") + ")");
    out.println(
        "cores     " + cores + ", compute threads " + app.config().resources().cpuThreads());
    out.println(
        "memory    "
            + (now.memAvailable() >> 20)
            + " of "
            + (now.memTotal() >> 20)
            + " MB available; budget "
            + (now.budget() >> 20)
            + " MB, heap at most "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MB");
    out.println("models    " + app.library().directory());
  }
}
