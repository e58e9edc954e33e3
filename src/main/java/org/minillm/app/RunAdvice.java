package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.minillm.base.FileTrees;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.Corpus;
import org.minillm.train.Dataset;
import org.minillm.train.LearningRateFinder;
import org.minillm.train.OptimizerType;
import org.minillm.train.text.SourceListing;

/** Finds out, by measuring on this machine and this text, how to train. Saves nothing. */
public final class RunAdvice {
  private static final int RANGE_TEST_STEPS = 150;
  private static final long NANOS_EACH = 5_000_000_000L;

  private final MiniLlmApp app;

  RunAdvice(MiniLlmApp app) {
    this.app = app;
  }

  /**
   * The learning-rate range test with the configured shape and batch on the text; computes on the
   * calling thread.
   *
   * @param startAnyway although the memory plan does not fit
   * @param tell hears what it does before the first step
   * @param each hears every step
   * @param control cancels between layers; nothing is left on the disk
   * @throws org.minillm.base.MiniLlmException.OutOfBudget when the plan does not fit
   */
  public LearningRateFinder.Result learningRate(
      AppConfig config,
      List<Path> files,
      boolean startAnyway,
      Consumer<String> tell,
      Consumer<LearningRateFinder.Point> each,
      RunControl control)
      throws IOException {
    MemoryPlan plan = MemoryPlan.forTraining(config, bytesOf(files), 0, app.frontEnd());
    if (!startAnyway) {
      plan.require();
    }
    TrainingWork.Listener news = new Told(tell);
    Corpus corpus = Corpus.open(files);
    corpus.remarks().forEach(tell);
    Tokenizer tokenizer = TrainingParts.makeTokenizer(config, corpus, app.pool(), control, news);
    AppConfig.Training t = config.training();
    ModelConfig shape = TrainingParts.shape(config.hyperparameters(), tokenizer.vocabSize());
    Files.createDirectories(app.cacheDir());
    Path ids = Files.createTempDirectory(app.cacheDir(), MiniLlmApp.RANGE_TEST);
    try (Dataset dataset =
        TrainingParts.encode(
            ids,
            false,
            corpus,
            tokenizer,
            t.validationFraction(),
            t.seed(),
            app.pool(),
            control,
            news)) {
      LearningRateFinder.Result range =
          LearningRateFinder.find(
              Transformer.initialise(shape, t.seed(), app.pool()),
              dataset,
              TrainingParts.options(config, List.of()),
              RANGE_TEST_STEPS,
              each,
              control);
      dataset.delete();
      return range;
    } finally {
      FileTrees.delete(ids);
    }
  }

  /**
   * A run that fits memory and time, after about ten seconds of measuring on the calling thread.
   *
   * @param config budget and threads; shape and training are proposed
   * @param minutes for the whole run
   * @throws BadInput when no shape fits, or there is no text
   */
  public RunProposal propose(AppConfig config, List<Path> files, double minutes)
      throws IOException {
    return propose(config, files, minutes, app.frontEnd());
  }

  /**
   * The same for a run that another front end is to start.
   *
   * @param frontEnd whose memory the run has to leave room for
   */
  public RunProposal propose(AppConfig config, List<Path> files, double minutes, FrontEnd frontEnd)
      throws IOException {
    return new RunPlanner(config, frontEnd, this::measure).propose(files, minutes);
  }

  /** An answer of the chat that computes meanwhile would make the machine look slow. */
  private MachineSpeed measure(ModelConfig narrow, ModelConfig wide, AppConfig.Training training) {
    try {
      app.gate().enter();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
    try {
      return MachineSpeed.measure(
          narrow,
          wide,
          training.batchSize(),
          OptimizerType.of(training.optimizer()),
          app.pool(),
          NANOS_EACH);
    } finally {
      app.gate().leave();
      System.gc(); // the heap is set to shrink: what was measured with is given back
    }
  }

  static long bytesOf(List<Path> files) throws IOException {
    long bytes = 0;
    try {
      for (Path file : SourceListing.of(files).files()) {
        bytes += Files.size(file);
      }
    } catch (NoSuchFileException e) {
      throw new BadInput(String.valueOf(e.getFile()), "there is no such file");
    }
    return bytes;
  }

  /** Tells phases once and notices. */
  private static final class Told implements TrainingWork.Listener {
    private final Consumer<String> tell;
    private TrainingPhase last = TrainingPhase.IDLE;

    Told(Consumer<String> tell) {
      this.tell = tell;
    }

    @Override
    public void phase(TrainingPhase phase, double fraction) {
      if (phase != last) {
        last = phase;
        tell.accept(phase.name().toLowerCase(java.util.Locale.ROOT) + " …");
      }
    }

    @Override
    public void notice(String text) {
      tell.accept(text);
    }

    @Override
    public void point(MetricsPoint point, String sample) {}

    @Override
    public void progress(long totalSteps, double epoch, long etaSeconds) {}

    @Override
    public boolean boundary() {
      return true;
    }
  }
}
