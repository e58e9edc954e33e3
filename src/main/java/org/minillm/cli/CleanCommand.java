package org.minillm.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.minillm.app.MiniLlmApp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code clean}: empties {@code cache_dir}, nothing else. */
@Command(
    name = "clean",
    mixinStandardHelpOptions = true,
    description = "Empties cache_dir, nothing else.")
final class CleanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  CleanCommand() {}

  @Override
  public Integer call() throws IOException {
    try (MiniLlmApp app = configOption.open()) {
      long bytes = app.emptyCache();
      spec.commandLine().getErr().println("Freed " + (bytes >> 20) + " MB");
      spec.commandLine().getErr().flush();
    }
    return 0;
  }
}
