package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.MemoryPlan;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RunProposal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code plan}: what a configuration would take, before anything is allocated. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description =
        "Memory that training and generation with a configuration would take; with --minutes and"
            + " --data: a run that fits memory and time.")
final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private ShapeOptions shape;
  @Mixin private QuantizationOption quantization;

  @Option(names = "--window", description = "Plans for the window instead of the command line.")
  private boolean window;

  @Option(names = "--memory", paramLabel = "MB", description = "The same as --max-memory-mb.")
  private @Nullable Integer memory;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description =
          "Measures this machine for ten seconds and proposes a run of that time; needs --data.")
  private @Nullable Double minutes;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Text files of the run that --minutes asks for.")
  private @Nullable List<Path> data;

  @Option(
      names = "--write",
      paramLabel = "FILE",
      description = "Writes what is proposed into that config.json.")
  private @Nullable Path write;

  @Option(names = "--json", description = "Prints one JSON object a plan.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  PlanCommand() {}

  @Override
  public Integer call() throws IOException {
    AppConfig config = quantization.apply(shape.apply(configOption.load()));
    if (memory != null) {
      config = config.withResources(config.resources().withMaxMemoryMb(memory));
    }
    if (minutes != null || data != null || write != null) {
      return propose(config);
    }
    PrintWriter out = spec.commandLine().getOut();
    MemoryPlan training = MemoryPlan.forTraining(config, 0, 0, frontEnd());
    MemoryPlan generation = MemoryPlan.forGeneration(config, frontEnd());
    for (MemoryPlan plan : List.of(training, generation)) {
      if (json) {
        print(plan, plan == training ? "train" : "generate", out);
      } else {
        out.println(plan.text());
      }
    }
    out.flush();
    return training.fits() ? 0 : CommandLineMain.FAILED;
  }

  private FrontEnd frontEnd() {
    return window ? FrontEnd.WINDOW : FrontEnd.COMMAND_LINE;
  }

  private int propose(AppConfig config) throws IOException {
    if (minutes == null || data == null || !(minutes > 0 && minutes <= 1e6)) {
      throw new ParameterException(
          spec.commandLine(), "a proposal needs --data FILE… and --minutes N, more than 0");
    }
    RunProposal proposal;
    try (MiniLlmApp app = configOption.open(config)) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("measuring this machine for ten seconds …");
      err.flush();
      proposal = app.advice().propose(config, data, minutes, frontEnd());
    }
    if (write != null) {
      proposal.write(write);
    }
    // After writing: the file may be the one that train reads.
    new ProposalText(proposal, data, configOption.named(), configOption.load())
        .print(spec.commandLine().getOut(), json);
    return 0;
  }

  private static void print(MemoryPlan plan, String what, PrintWriter out) {
    List<Map<String, Object>> lines = new ArrayList<>();
    for (MemoryPlan.Line line : plan.lines()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("item", line.item().name().toLowerCase(Locale.ROOT));
      entry.put("bytes", line.bytes());
      lines.add(entry);
    }
    new JsonLines()
        .put("plan", what)
        .put("lines", lines)
        .put("total_bytes", plan.total())
        .put("accepted_bytes", plan.accepted())
        .put("limit_bytes", plan.limit())
        .put("fits", plan.fits())
        .put("suggestions", plan.suggestions().stream().map(MemoryPlan.Suggestion::text).toList())
        .print(out);
  }
}
