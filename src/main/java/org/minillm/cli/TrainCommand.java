package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.FrontEnd;
import org.minillm.app.GuardEvent;
import org.minillm.app.JobState;
import org.minillm.app.MetricsPoint;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.Subscription;
import org.minillm.app.TrainingListener;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingRequest;
import org.minillm.app.TrainingSnapshot;
import org.minillm.train.CorpusSummary;
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
      Set.of("--resume", "--config", "--json", "--anyway", "--threads", "--max-memory-mb");

  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private ShapeOptions shape;
  @Mixin private FineTuningOptions fineTuning;

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

  @Option(names = "--steps", paramLabel = "N", description = "Optimiser steps.")
  private @Nullable Long steps;

  @Option(names = "--epochs", paramLabel = "N", description = "Passes over the data.")
  private @Nullable Integer epochs;

  @Option(names = "--learning-rate", paramLabel = "X", description = "Peak learning rate.")
  private @Nullable Float learningRate;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = "muon (default): Muon for the matrices of the blocks; or adamw.")
  private @Nullable String optimizer;

  @Option(
      names = "--matrix-learning-rate",
      paramLabel = "X",
      description = "Peak learning rate of Muon; default 0.01.")
  private @Nullable Float matrixLearningRate;

  @Option(
      names = "--find-learning-rate",
      description =
          "Trains a fresh model with a growing rate, prints the curve and a rate; saves nothing.")
  private boolean findLearningRate;

  @Option(names = "--warmup", paramLabel = "N", description = "Steps of warm-up.")
  private @Nullable Integer warmup;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "wsd (default): warm-up, stable, decay; or cosine.")
  private @Nullable String schedule;

  @Option(
      names = "--decay-fraction",
      paramLabel = "X",
      description = "Share of the steps in which wsd decays; default 0.5.")
  private @Nullable Float decayFraction;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Ends after N evaluations without a better validation loss; 0: never.")
  private @Nullable Integer patience;

  @Option(names = "--eval-every", paramLabel = "N", description = "Steps between evaluations.")
  private @Nullable Integer evalEvery;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      description = "Steps between checkpoints.")
  private @Nullable Integer checkpointEvery;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of weights and batches.")
  private @Nullable Long seed;

  @Option(
      names = "--tokenizer-type",
      paramLabel = "NAME",
      description = "bpe (default) or simple (characters).")
  private @Nullable String tokenizerType;

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
    AppConfig config = training(fineTuning.defaults(shape.apply(configOption.load())));
    try (MiniLlmApp app = configOption.open(config)) {
      Follower follower = new Follower(app);
      Thread saveOnInterrupt = new Thread(follower::stopAndWait, "minillm-save-on-exit");
      Runtime.getRuntime().addShutdownHook(saveOnInterrupt);
      try (Subscription training = app.training().listen(follower);
          Subscription guard = app.guard().listen(this::tellGuard)) {
        if (resume != null) {
          app.training().resumeRun(resume, anyway);
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
          app.training().start(request);
        }
        return follower.await();
      } finally {
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
    AppConfig config = training(shape.apply(configOption.load()));
    PrintWriter result = spec.commandLine().getOut();
    try (MiniLlmApp app = configOption.open(config)) {
      LearningRateFinder.Result found =
          app.advice().learningRate(config, data, anyway, this::tell, point -> tell(point, result));
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

  private AppConfig training(AppConfig config) {
    AppConfig.Training t = config.training();
    t = steps == null ? t : t.forSteps(steps);
    t = epochs == null ? t : t.forEpochs(epochs);
    t = learningRate == null ? t : t.withLearningRate(learningRate);
    t = optimizer == null ? t : t.withOptimizer(optimizer);
    t = matrixLearningRate == null ? t : t.withMatrixLearningRate(matrixLearningRate);
    t = warmup == null ? t : t.withWarmupSteps(warmup);
    t = schedule == null ? t : t.withSchedule(schedule);
    t = decayFraction == null ? t : t.withDecayFraction(decayFraction);
    t = patience == null ? t : t.withEarlyStopping(patience);
    t = evalEvery == null ? t : t.withEvalInterval(evalEvery);
    t = checkpointEvery == null ? t : t.withCheckpointInterval(checkpointEvery);
    t = seed == null ? t : t.withSeed(seed);
    config = config.withTraining(t);
    if (tokenizerType != null) {
      config =
          config.withTokenizer(
              new AppConfig.TokenizerSettings(tokenizerType, config.tokenizer().specialTokens()));
    }
    return config;
  }

  private void tell(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(text);
    err.flush();
  }

  private void tellGuard(GuardEvent event) {
    tell(
        String.format(
            Locale.ROOT,
            "guard: %s at %.0f %% (%d MB → %d MB) %s",
            event.action(),
            event.pressure() * 100,
            event.rssBefore() >> 20,
            event.rssAfter() >> 20,
            event.detail()));
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already: the hook runs and waits for the checkpoint.
    }
  }

  /** Prints what the run reports and waits for its end. */
  private final class Follower implements TrainingListener {
    private final MiniLlmApp app;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable TrainingSnapshot> last = new AtomicReference<>();
    private @Nullable TrainingPhase phase;
    private String notice = "";
    private String sample = "";
    private long told;

    Follower(MiniLlmApp app) {
      this.app = app;
    }

    @Override
    public void onSnapshot(TrainingSnapshot s) {
      last.set(s);
      if (s.phase() != phase && s.phase() != TrainingPhase.EVALUATING) {
        if (s.phase() != TrainingPhase.TRAINING || phase != TrainingPhase.EVALUATING) {
          tell(s.phase().name().toLowerCase(Locale.ROOT) + " …");
        }
        phase = s.phase();
      }
      if (!s.notice().isEmpty() && !s.notice().equals(notice)) {
        notice = s.notice();
        tell(notice);
      }
      if (!s.sample().isEmpty() && !s.sample().equals(sample)) {
        sample = s.sample();
        tell(sample.indent(4).stripTrailing());
      }
      long now = System.nanoTime();
      if (!json
          && s.step() > 0
          && s.phase() == TrainingPhase.TRAINING
          && now - told > 2_000_000_000L) {
        told = now;
        tell(
            String.format(
                Locale.ROOT,
                "step %d/%d  loss %.3f  %.0f tokens/s  %s left",
                s.step(),
                s.totalSteps(),
                s.loss(),
                s.tokensPerSecond(),
                duration(s.etaSeconds())));
      }
      if (s.state().ended()) {
        ended.countDown();
      }
    }

    @Override
    public void onData(CorpusSummary summary) {
      if (summary.exact()) {
        tell(DataSummaryText.tokens(summary));
      } else {
        DataSummaryText.lines(summary).forEach(TrainCommand.this::tell);
      }
    }

    @Override
    public void onPoint(MetricsPoint p) {
      if (Double.isNaN(p.valLoss())) {
        return;
      }
      PrintWriter result = spec.commandLine().getOut();
      if (json) {
        new JsonLines()
            .put("step", p.step())
            .put("tokens", p.tokens())
            .put("loss", p.loss())
            .put("val_loss", p.valLoss())
            .put("bits_per_byte", p.bitsPerByte())
            .put("tokens_per_s", p.tokensPerSecond())
            .put("rss_mb", app.monitor().readNow().rss() / 1048576.0)
            .print(result);
      } else {
        result.printf(
            Locale.ROOT,
            "step %d  loss %.4f  validation %.4f  bits/byte %.4f  %.0f tokens/s%n",
            p.step(),
            p.loss(),
            p.valLoss(),
            p.bitsPerByte(),
            p.tokensPerSecond());
        result.flush();
      }
    }

    int await() throws InterruptedException {
      ended.await();
      TrainingSnapshot s = last.get();
      if (s == null) {
        return CommandLineMain.FAILED;
      }
      if (s.state() == JobState.SUCCEEDED) {
        tell("Done: " + s.outDir());
        return 0;
      }
      if (s.state() == JobState.CANCELLED) {
        tell("Stopped and saved at step " + s.step() + ". Go on: train --resume " + s.outDir());
        return 0;
      }
      tell(s.failure().map(CommandLineMain::message).orElse("The training failed."));
      return CommandLineMain.FAILED;
    }

    /** On Ctrl+C: saves, and keeps the process alive until that is done. */
    void stopAndWait() {
      app.training().stop();
      try {
        ended.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static String duration(long seconds) {
    if (seconds < 0) {
      return "?";
    }
    return seconds < 120
        ? seconds + " s"
        : seconds < 7200
            ? seconds / 60 + " min"
            : seconds / 3600 + " h " + seconds / 60 % 60 + " min";
  }
}
