package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Subscription;
import org.minillm.app.TrainingRequest;
import org.minillm.server.ApiServer;
import org.minillm.train.LearningRateFinder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code train}: trains a model on text files, or goes on with an interrupted run. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description =
        "Trains a model on text files, or fine-tunes one; Ctrl+C saves and stops, --resume goes"
            + " on.")
final class TrainCommand implements Callable<Integer> {
  private static final Set<String> WITH_RESUME =
      Set.of(
          "--resume", "--config", "--json", "--anyway", "--threads", "--max-memory-mb", "--serve");

  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private ShapeOptions shape;
  @Mixin private FineTuningOptions fineTuning;
  @Mixin private TrainingOptions training;
  @Mixin private ServeOption serve;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "FILE",
      description = {
        "Files or folders: text, Markdown, CSV, JSON Lines, HTML, EPUB, PDF.",
        "In plain text a line <|endoftext|> stands between stories."
      })
  private @Nullable List<Path> data;

  @Option(names = "--out", paramLabel = "DIR", description = "Directory of the new model.")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Goes on with the interrupted run of that directory.")
  private @Nullable Path resume;

  @Option(
      names = "--find-learning-rate",
      description =
          "Trains a fresh model with a growing rate, prints the curve and a rate; saves nothing.")
  private boolean findLearningRate;

  @Option(
      names = "--sample-prompt",
      paramLabel = "TEXT",
      description = "Beginning of a sample text at each evaluation; may be given several times.")
  private List<String> samplePrompts = List.of();

  @Option(
      names = "--anyway",
      description =
          "Starts although the memory plan does not fit; with --resume: goes on although the"
              + " recorded step is not found again bit for bit.")
  private boolean anyway;

  @Option(names = "--json", description = "One JSON object a line per evaluation.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  TrainCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (findLearningRate) {
      return findLearningRate();
    }
    if (resume == null && (data == null || out == null)) {
      throw new ParameterException(
          spec.commandLine(), "train needs --data FILE… and --out DIR, or --resume DIR");
    }
    if (resume != null) {
      requireNothingBesides(spec.commandLine().getParseResult());
    }
    fineTuning.check(spec);
    AppConfig config = training.apply(fineTuning.defaults(shape.apply(configOption.load())));
    try (MiniLlmApp app = configOption.open(config)) {
      TrainingFollower follower =
          new TrainingFollower(app, json, spec.commandLine().getOut(), spec.commandLine().getErr());
      Thread saveOnInterrupt = new Thread(follower::stopAndWait, "minillm-save-on-exit");
      Runtime.getRuntime().addShutdownHook(saveOnInterrupt);
      try (Subscription news = app.training().listen(follower);
          ApiServer server = serve.start(app, this::tell)) {
        if (resume != null) {
          Path run = resume;
          if (!follower.begin(() -> app.training().resumeRun(run, anyway))) {
            return CommandLineMain.FAILED;
          }
        } else if (data != null && out != null) {
          Path name = out.toAbsolutePath().normalize().getFileName();
          TrainingRequest request =
              fineTuning.apply(
                  new TrainingRequest(
                      name == null ? "model" : name.toString(),
                      data,
                      out,
                      config,
                      FrontEnd.COMMAND_LINE,
                      anyway,
                      samplePrompts),
                  app,
                  spec);
          tell(app.training().plan(request).text());
          if (!follower.begin(() -> app.training().start(request))) {
            return CommandLineMain.FAILED;
          }
        }
        return follower.await();
      } finally {
        follower.finish();
        removeHook(saveOnInterrupt);
      }
    }
  }

  private int findLearningRate() throws IOException {
    if (data == null || resume != null) {
      throw new ParameterException(
          spec.commandLine(), "--find-learning-rate needs --data FILE…, and no --resume");
    }
    fineTuning.refuse(spec, "--find-learning-rate trains a fresh model");
    AppConfig config = training.apply(shape.apply(configOption.load()));
    PrintWriter result = spec.commandLine().getOut();
    try (CancelOnExit exit = new CancelOnExit();
        MiniLlmApp app = configOption.open(config)) {
      LearningRateFinder.Result found =
          app.advice()
              .learningRate(
                  config, data, anyway, this::tell, point -> tell(point, result), exit.control());
      // The matrices' rate grew in the same proportion.
      AppConfig.Training t = config.training();
      double matrices = found.suggestion() * t.matrixLearningRate() / t.learningRate();
      boolean muon = t.optimizer().equals("muon");
      if (json) {
        JsonLines line = new JsonLines().put("suggestion", found.suggestion());
        (muon ? line.put("suggestion_matrices", matrices) : line).print(result);
      } else {
        result.printf(Locale.ROOT, "suggestion: --learning-rate %.2g", found.suggestion());
        result.println(
            muon ? String.format(Locale.ROOT, " --matrix-learning-rate %.2g", matrices) : "");
        result.flush();
      }
    }
    return 0;
  }

  private void tell(LearningRateFinder.Point point, PrintWriter result) {
    if (json) {
      new JsonLines()
          .put("rate", point.rate())
          .put("loss", point.loss())
          .put("smoothed", point.smoothed())
          .print(result);
    } else {
      result.printf(
          Locale.ROOT,
          "rate %.3e  loss %.4f  smoothed %.4f%n",
          point.rate(),
          point.loss(),
          point.smoothed());
      result.flush();
    }
  }

  /** A resumed run has its settings from its checkpoint: another one would be ignored silently. */
  private void requireNothingBesides(ParseResult parsed) {
    for (OptionSpec option : parsed.matchedOptions()) {
      if (!WITH_RESUME.contains(option.longestName())) {
        throw new ParameterException(
            spec.commandLine(),
            "--resume goes on with the run's own settings; "
                + option.longestName()
                + " cannot be given with it");
      }
    }
  }

  private void tell(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(text);
    err.flush();
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already: the hook runs and waits for the checkpoint.
    }
  }
}
