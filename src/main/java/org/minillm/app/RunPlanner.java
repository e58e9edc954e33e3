package org.minillm.app;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.model.ModelConfig;
import org.minillm.train.Corpus;

/**
 * Proposes a run for a budget, a time and a text: measures this machine on the narrowest and the
 * widest shape that fit, predicts for every shape how much text it sees in the time, and takes the
 * one with the lowest predicted bits per byte (see {@link LossGuess}).
 */
final class RunPlanner {
  /** Width, layers, heads, feed-forward, context. */
  private static final int[][] SHAPES = {
    {64, 2, 4, 192, 128},
    {96, 3, 4, 256, 128},
    {128, 3, 4, 512, 128},
    {128, 4, 4, 512, 256},
    {192, 4, 4, 768, 256},
    {256, 4, 4, 1024, 256},
    {256, 6, 4, 1024, 256},
    {320, 6, 5, 1280, 256},
    {384, 6, 6, 1536, 256},
    {384, 8, 6, 1536, 256},
    {512, 8, 8, 2048, 256},
  };

  /** Vocabulary, smallest text in bytes that fills it well, bytes a token of plain prose. */
  private static final double[][] VOCABULARIES = {
    {512, 0, 2.2}, {1024, 100e3, 2.7}, {2048, 500e3, 3.1}, {4096, 2e6, 3.5}, {8192, 8e6, 3.8},
  };

  private static final int WIDEST_MEASURED = 256;
  private static final double MOST_EPOCHS = 16; // repeating text more often gains next to nothing
  private static final int FEWEST_STEPS = 50;
  private static final int ENOUGH_STEPS = 400; // fewer: smaller batches
  private static final int SMALLEST_BATCH = 4;
  private static final int MOST_EVALUATIONS = 20;
  private static final double EVALUATION_SHARE = 0.1; // of the time, at most
  private static final double EVALUATION_TOKENS = 16_384 / 3.0; // a forward pass alone
  private static final double SIDE_WORK = 0.05; // samples, checkpoints, reading, warming up

  private final AppConfig config;
  private final FrontEnd frontEnd;
  private final Measurement measurement;

  /** How the speed is found out; tests say it. */
  interface Measurement {
    MachineSpeed of(ModelConfig narrow, ModelConfig wide, AppConfig.Training training);
  }

  RunPlanner(AppConfig config, FrontEnd frontEnd, Measurement measurement) {
    this.config = config;
    this.frontEnd = frontEnd;
    this.measurement = measurement;
  }

  /**
   * @param files files and folders
   * @param minutes for the whole run
   * @throws BadInput if no shape fits, or there is no text
   */
  RunProposal propose(List<Path> files, double minutes) throws IOException {
    TextSample text = sample(files);
    long bytes = text.bytes();
    List<AppConfig> fitting = fitting(bytes);
    if (fitting.isEmpty()) {
      throw new BadInput(
          "a budget of " + config.resources().maxMemoryMb() + " MB",
          "no shape fits it; the smallest takes "
              + (plan(with(SHAPES[0], VOCABULARIES[0], true), bytes).total() / MemoryBudget.MB + 1)
              + " MB, and 85 % of the budget are accepted. Give a larger one");
    }
    MachineSpeed speed = measure(fitting);
    double difficulty = LossGuess.difficulty(text.sample());
    double trainingBytes = bytes * (1.0 - config.training().validationFraction());
    return fitting.stream()
        .map(c -> proposal(c, bytes, trainingBytes, speed, difficulty, 60 * minutes))
        .flatMap(Optional::stream)
        .min(Comparator.comparingDouble(RunProposal::bitsPerByteHigh))
        .orElseThrow(
            () ->
                new BadInput(
                    BigDecimal.valueOf(minutes).stripTrailingZeros().toPlainString() + " minutes",
                    "not even "
                        + FEWEST_STEPS
                        + " steps of the smallest shape fit; give more time"));
  }

  private List<AppConfig> fitting(long bytes) {
    List<AppConfig> fitting = new ArrayList<>();
    for (int[] shape : SHAPES) {
      for (double[] vocabulary : VOCABULARIES) {
        if (bytes >= vocabulary[1]) {
          for (boolean saver : new boolean[] {false, true}) {
            AppConfig candidate = with(shape, vocabulary, saver);
            if (plan(candidate, bytes).fits()) {
              fitting.add(candidate);
              break; // computing activations again only costs time then
            }
          }
        }
      }
    }
    return fitting;
  }

  private MemoryPlan plan(AppConfig candidate, long bytes) {
    return MemoryPlan.forTraining(candidate, bytes, 0, frontEnd);
  }

  private AppConfig with(int[] shape, double[] vocabulary, boolean memorySaver) {
    return config
        .withHyperparameters(
            new AppConfig.Hyperparameters(
                (int) vocabulary[0],
                shape[0],
                shape[2],
                shape[2],
                shape[1],
                shape[3],
                shape[4],
                config.hyperparameters().dropout(),
                config.hyperparameters().ropeTheta(),
                config.hyperparameters().norm(),
                true))
        .withTraining(Preset.BASE.training(config.training()).withGradientAccumulation(1))
        .withOptimization(config.optimization().withMemorySaver(memorySaver));
  }

  private MachineSpeed measure(List<AppConfig> fitting) {
    Comparator<ModelConfig> byWidth = Comparator.comparingInt(ModelConfig::dModel);
    Comparator<ModelConfig> order = byWidth.thenComparingLong(ModelConfig::parameterCount);
    List<ModelConfig> shapes =
        fitting.stream()
            .map(AppConfig::modelConfig)
            .filter(s -> s.dModel() <= WIDEST_MEASURED)
            .sorted(order)
            .toList();
    ModelConfig narrow = shapes.get(0);
    ModelConfig wide = shapes.get(shapes.size() - 1);
    return measurement.of(narrow, wide, fitting.get(0).training());
  }

  private Optional<RunProposal> proposal(
      AppConfig candidate,
      long bytes,
      double trainingBytes,
      MachineSpeed speed,
      double difficulty,
      double seconds) {
    ModelConfig shape = candidate.modelConfig();
    double bytesPerToken = bytesPerToken(shape.vocabSize());
    double tokensPerSecond = speed.tokensPerSecond(shape, candidate.optimization().memorySaver());
    double all = seconds * (1 - SIDE_WORK) * tokensPerSecond;
    int evaluations =
        (int) Math.max(1, Math.min(MOST_EVALUATIONS, EVALUATION_SHARE * all / EVALUATION_TOKENS));
    double affordable = all - evaluations * EVALUATION_TOKENS;
    double useful = MOST_EPOCHS * trainingBytes / bytesPerToken;
    double tokens = Math.min(affordable, useful);
    int sequences = candidate.training().batchSize();
    while (sequences > SMALLEST_BATCH
        && tokens / (sequences * shape.contextLength()) < ENOUGH_STEPS) {
      sequences /= 2;
    }
    int batch = sequences;
    long steps = (long) (tokens / (sequences * shape.contextLength()));
    if (steps < FEWEST_STEPS) {
      return Optional.empty();
    }
    tokens = (double) steps * sequences * shape.contextLength();
    double epochs = tokens * bytesPerToken / trainingBytes;
    double guess =
        difficulty
            * LossGuess.ofOptimizer(candidate.training().optimizer())
            * LossGuess.bitsPerByte(shape.parameterCount(), tokens * bytesPerToken, trainingBytes);
    List<String> remarks = new ArrayList<>();
    if (useful < affordable) {
      remarks.add(
          "The text is short: more than "
              + (int) MOST_EPOCHS
              + " passes over it would gain next to nothing, so not all of the time is used.");
    }
    AppConfig.Training t =
        candidate
            .training()
            .forSteps(steps)
            .with(
                b ->
                    b.batchSize(batch)
                        .warmupSteps((int) Math.min(100, steps / 10))
                        .evalInterval((int) Math.max(1, steps / evaluations))
                        .checkpointInterval((int) Math.min(500, Math.max(10, steps / 20)))
                        .earlyStopping(epochs > 3 ? 5 : 0));
    AppConfig whole = candidate.withTraining(t);
    double needed = (tokens + evaluations * EVALUATION_TOKENS) / tokensPerSecond / (1 - SIDE_WORK);
    return Optional.of(
        new RunProposal(
            whole,
            plan(whole, bytes),
            shape.parameterCount(),
            tokensPerSecond,
            needed / 60,
            (long) tokens,
            epochs,
            guess * LossGuess.LOW,
            guess * LossGuess.HIGH,
            remarks));
  }

  private static double bytesPerToken(int vocabulary) {
    for (double[] known : VOCABULARIES) {
      if (known[0] == vocabulary) {
        return known[2];
      }
    }
    throw new IllegalArgumentException("vocabulary " + vocabulary);
  }

  /** Reads the documents as a training does: a book's bytes are not its text's. */
  private static TextSample sample(List<Path> files) throws IOException {
    TextSample sample = new TextSample();
    try {
      Corpus.open(files).forEachDocument(sample);
    } catch (NoSuchFileException e) {
      throw new BadInput(String.valueOf(e.getFile()), "there is no such file");
    }
    if (sample.bytes() == 0) {
      throw new BadInput("corpus " + files, "the files are empty");
    }
    return sample;
  }

  /** Bits a byte that zlib's best compression leaves of a text. */
  static double compressed(byte[] text) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try {
      deflater.setInput(text);
      deflater.finish();
      byte[] out = new byte[1 << 16];
      long bytes = 0;
      while (!deflater.finished()) {
        bytes += deflater.deflate(out);
      }
      return 8.0 * bytes / Math.max(1, text.length);
    } finally {
      deflater.end();
    }
  }
}
