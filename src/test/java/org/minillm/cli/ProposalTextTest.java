package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.MemoryPlan;
import org.minillm.app.RunProposal;

/** The command of a proposal trains what was planned, whatever the configuration says. */
class ProposalTextTest {
  private static final AppConfig PLANNED = AppConfig.defaults();

  private static String command(Optional<Path> named, AppConfig file) {
    MemoryPlan memory = MemoryPlan.forTraining(PLANNED, 0, 0, FrontEnd.COMMAND_LINE);
    RunProposal proposal = new RunProposal(PLANNED, memory, 1, 1, 1, 1, 1, 1, 1, List.of());
    return new ProposalText(proposal, List.of(Path.of("a.txt")), named, file).command();
  }

  @Test
  void whatTheConfigurationSaysOtherwiseIsAnOption() {
    AppConfig file =
        PLANNED
            .withHyperparameters(
                PLANNED
                    .hyperparameters()
                    .with(h -> h.tieEmbeddings(false).dropout(0.1f).norm("layernorm")))
            .withResources(PLANNED.resources().withCpuThreads(7));
    String command = command(Optional.of(Path.of("my config.json")), file);
    assertTrue(command.contains(" --config 'my config.json'"), command);
    assertTrue(command.contains(" --tie-embeddings true"), command);
    assertTrue(command.contains(" --dropout 0.0"), command);
    assertTrue(command.contains(" --norm rmsnorm"), command);
    assertTrue(command.contains(" --threads 2"), command);
  }

  @Test
  void whatItSaysAnywayIsNot() {
    String command = command(Optional.empty(), PLANNED);
    for (String option :
        List.of("--config", "--tie-embeddings", "--dropout", "--norm", "--threads")) {
      assertFalse(command.contains(option), command);
    }
  }
}
