package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.RunControl;
import org.minillm.format.ModelFiles;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.GenerationResult;
import org.minillm.generate.Generator;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;
import org.minillm.model.QuantizedParameters;
import org.minillm.model.Transformer;
import org.minillm.ndarray.RandomGenerator;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.ParallelEncoder;
import org.minillm.train.Corpus;
import org.minillm.train.SpeedTest;

/** Measures this machine: each measurement warms up for three seconds first. */
public final class BenchmarkService {
  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final long MEASURE_NANOS = 10_000_000_000L;

  private final MiniLlmApp app;

  BenchmarkService(MiniLlmApp app) {
    this.app = app;
  }

  /** Training steps on random tokens; sizes in bytes. */
  public record Training(
      long parameters,
      int batch,
      int context,
      boolean memorySaver,
      double tokensPerSecond,
      double stepMillis,
      long plannedBytes,
      long peakRssBytes) {}

  /** A prompt and its continuation, median of the runs. */
  public record Generation(
      long parameters,
      long weightBytes,
      int promptTokens,
      int tokens,
      double promptTokensPerSecond,
      double decodeTokensPerSecond,
      double firstTokenMillis,
      long peakRssBytes) {}

  /**
   * Training and use of a tokenizer, the reading of the file counted. The first pass of a process
   * is cold; warm is the median of those that follow.
   *
   * @param encodeBytesPerSecond on one thread, warm
   * @param parallelBytesPerSecond on all compute threads, warm
   */
  public record Tokenization(
      int vocabSize,
      long bytes,
      double coldTrainSeconds,
      double trainSeconds,
      double coldEncodeBytesPerSecond,
      double encodeBytesPerSecond,
      double parallelBytesPerSecond,
      long tokens,
      long peakRssBytes) {}

  /**
   * @param model empty for random weights of the configured shape
   * @param steps 0 measures for ten seconds
   */
  public Training train(AppConfig config, Optional<Path> model, int steps, long seed)
      throws IOException {
    MemoryPlan plan = MemoryPlan.forTraining(config, 0, 0, app.frontEnd());
    if (model.isEmpty()) {
      plan.require();
    }
    Transformer transformer = transformer(config, model, Optional.empty(), seed, Quantization.NONE);
    int time = Math.min(config.hyperparameters().maxSeqLen(), transformer.config().contextLength());
    int batch = config.training().batchSize();
    SpeedTest test =
        new SpeedTest(
            transformer,
            batch,
            time,
            config.optimization().chunkSize(),
            config.optimization().memorySaver(),
            seed);
    test.run(WARM_UP_NANOS, Integer.MAX_VALUE);
    SpeedTest.Result result =
        steps > 0 ? test.run(Long.MAX_VALUE, steps) : test.run(MEASURE_NANOS, Integer.MAX_VALUE);
    return new Training(
        transformer.config().parameterCount(),
        batch,
        time,
        config.optimization().memorySaver(),
        result.steps() * (double) batch * time / result.seconds(),
        result.seconds() * 1000 / result.steps(),
        plan.total(),
        peak());
  }

  /** Greedy decoding of {@code tokens} after a random prompt, quantised as configured. */
  public Generation generate(
      AppConfig config,
      Optional<Path> model,
      Optional<Path> tokenizer,
      int promptTokens,
      int tokens,
      long seed)
      throws IOException {
    Transformer transformer = transformer(config, model, tokenizer, seed, config.quantization());
    int capacity = transformer.config().contextLength();
    int prompt = Math.max(1, Math.min(promptTokens, capacity - 1));
    int count = Math.max(1, Math.min(tokens, capacity - prompt));
    int[] ids = new int[prompt];
    RandomGenerator random = new RandomGenerator(seed);
    for (int i = 0; i < prompt; i++) {
      ids[i] = random.nextInt(transformer.config().vocabSize());
    }
    Generator generator =
        new Generator(
            new InferenceSession(transformer, capacity, config.optimization().chunkSize()));
    GenerateOptions greedy = GenerateOptions.greedy().withMaxTokens(count);
    turns(generator, ids, greedy, WARM_UP_NANOS);
    List<GenerationResult> results = turns(generator, ids, greedy, MEASURE_NANOS);
    double promptNanos = median(results.stream().mapToDouble(GenerationResult::promptNanos));
    double decodeNanos = median(results.stream().mapToDouble(GenerationResult::decodeNanos));
    return new Generation(
        transformer.config().parameterCount(),
        transformer.weightBytes(),
        prompt,
        count,
        prompt * 1e9 / promptNanos,
        // The first token comes out of the prompt's pass; the others are a pass each.
        Math.max(1, count - 1) * 1e9 / decodeNanos,
        promptNanos / 1e6,
        peak());
  }

  private static List<GenerationResult> turns(
      Generator generator, int[] ids, GenerateOptions options, long nanos) {
    List<GenerationResult> results = new ArrayList<>();
    long start = System.nanoTime();
    do {
      generator.forget();
      results.add(
          generator.generate(
              ids, id -> false, options, (id, logProbability) -> true, new RunControl()));
    } while (System.nanoTime() - start < nanos);
    return results;
  }

  private static double median(java.util.stream.DoubleStream values) {
    double[] sorted = values.toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Training on a file, then encoding it on one thread and on all. */
  public Tokenization tokenizer(AppConfig config, Path data) throws IOException {
    Corpus corpus = Corpus.open(List.of(data));
    List<BpeTokenizer> trained = new ArrayList<>();
    List<Double> training =
        passes(
            () -> {
              trained.clear();
              trained.add(train(config, corpus));
            });
    BpeTokenizer tokenizer = trained.get(0);
    long[] tokens = {0};
    List<Double> encoding =
        passes(
            () -> {
              tokens[0] = 0;
              corpus.forEach(text -> tokens[0] += tokenizer.encode(text).length);
            });
    List<Double> parallel =
        passes(
            () -> {
              ParallelEncoder encoder = new ParallelEncoder(tokenizer, app.pool());
              corpus.forEach(text -> encoder.add(text, false, (ids, last) -> {}));
              encoder.finish();
            });
    return new Tokenization(
        tokenizer.vocabSize(),
        corpus.bytes(),
        training.get(0),
        warm(training),
        corpus.bytes() / encoding.get(0),
        corpus.bytes() / warm(encoding),
        corpus.bytes() / warm(parallel),
        tokens[0],
        peak());
  }

  private BpeTokenizer train(AppConfig config, Corpus corpus) throws IOException {
    return BpeTrainer.train(
        corpus,
        config.hyperparameters().vocabSize(),
        config.tokenizer().specialTokens(),
        app.pool(),
        new RunControl(),
        BpeTrainer.Progress.NONE);
  }

  private interface Pass {
    void run() throws IOException;
  }

  /** Seconds of each pass: three at least, more for the time of a warm-up. */
  private static List<Double> passes(Pass pass) throws IOException {
    List<Double> seconds = new ArrayList<>();
    long begin = System.nanoTime();
    do {
      long start = System.nanoTime();
      pass.run();
      seconds.add((System.nanoTime() - start) / 1e9);
    } while (seconds.size() < 3 || System.nanoTime() - begin < WARM_UP_NANOS);
    return seconds;
  }

  private static double warm(List<Double> passes) {
    return median(passes.stream().skip(1).mapToDouble(Double::doubleValue));
  }

  private Transformer transformer(
      AppConfig config,
      Optional<Path> model,
      Optional<Path> tokenizer,
      long seed,
      Quantization quantization)
      throws IOException {
    if (model.isEmpty()) {
      MemoryPlan.forGeneration(config, app.frontEnd()).require();
      AppConfig.Hyperparameters h = config.hyperparameters();
      ModelConfig shape = TrainerWork.shape(h, h.vocabSize());
      Transformer fresh = Transformer.initialise(shape, seed, app.pool());
      return quantization == Quantization.INT8
          ? new Transformer(shape, QuantizedParameters.of(shape, fresh.parameters()), app.pool())
          : fresh;
    }
    Path path = app.models().resolve(model);
    return ModelFiles.load(path, tokenizer, app.pool(), MemoryBudget.ofHeap(), quantization)
        .model();
  }

  private long peak() {
    return app.monitor().readNow().peakRss();
  }
}
