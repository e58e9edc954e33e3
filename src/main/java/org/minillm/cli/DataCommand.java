package org.minillm.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code data summary|check|fix|memorised}. */
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    description = "Looks after the text that a model is trained on.",
    subcommands = {
      DataSummaryCommand.class,
      DataCheckCommand.class,
      DataFixCommand.class,
      DataMemorisedCommand.class
    })
final class DataCommand implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  DataCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which: summary, check, fix or memorised?");
  }
}
