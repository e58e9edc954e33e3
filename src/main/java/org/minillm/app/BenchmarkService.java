package org.minillm.app;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
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
import org.minillm.train.OptimizerType;
import org.minillm.train.SpeedTest;

/** Measures this machine: each measurement warms up for three seconds first. */
public final class BenchmarkService {
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  private final MiniLlmApp app;

  BenchmarkService(MiniLlmApp app) {
    this.app = app;
  }

  /**
   * Training steps on random tokens; sizes in bytes.
   *
   * @param collections of the heap while it was measured: hardly any where the compiled loops
   *     allocate nothing
   */
  public record Training(
      long parameters,
      int batch,
      int context,
      boolean memorySaver,
      double tokensPerSecond,
      double stepMillis,
      long collections,
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
   * Use of a tokenizer, and its training if one was trained; the reading of the file is counted.
   * The first pass of a process is cold; warm is the median of those that follow.
   *
   * @param training empty where a tokenizer was given
   * @param coldBytesPerSecond on one thread, the first pass of the process
   * @param one on one thread
   * @param all on all compute threads
   */
  public record Tokenization(
      int vocabSize,
      long bytes,
      Optional<TokenizerTraining> training,
      double coldBytesPerSecond,
      Encoding one,
      Encoding all,
      long tokens,
      long peakRssBytes) {}

  /** Seconds that the training of a tokenizer took. */
  public record TokenizerTraining(double coldSeconds, double warmSeconds) {}

  /**
   * Bytes of text a second in a warm process.
   *
   * @param first while the tokenizer has seen no word yet
   * @param again while it knows the words of the text
   */
  public record Encoding(double first, double again) {}

  /**
   * @param model empty for random weights of the configured shape
   * @param steps 0 measures for {@code seconds}
   */
  public Training train(
      AppConfig config, Optional<Path> model, int steps, double seconds, long seed)
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
            OptimizerType.of(config.training().optimizer()),
            seed);
    test.run(WARM_UP_NANOS, Integer.MAX_VALUE);
    long collectionsBefore = collections();
    SpeedTest.Result result =
        steps > 0
            ? test.run(Long.MAX_VALUE, steps)
            : test.run((long) (seconds * 1e9), Integer.MAX_VALUE);
    return new Training(
        transformer.config().parameterCount(),
        batch,
        time,
        config.optimization().memorySaver(),
        result.steps() * (double) batch * time / result.seconds(),
        result.seconds() * 1000 / result.steps(),
        collections() - collectionsBefore,
        plan.total(),
        peak());
  }

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  /**
   * Greedy decoding of {@code tokens} after a random prompt, quantised as configured, repeated for
   * {@code seconds}.
   */
  public Generation generate(
      AppConfig config,
      Optional<Path> model,
      Optional<Path> tokenizer,
      int promptTokens,
      int tokens,
      double seconds,
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
    List<GenerationResult> results = turns(generator, ids, greedy, (long) (seconds * 1e9));
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
              ids, id -> false, options, (id, distribution) -> true, new RunControl()));
    } while (System.nanoTime() - start < nanos);
    return results;
  }

  private static double median(java.util.stream.DoubleStream values) {
    double[] sorted = values.toArray();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /**
   * Training on a file unless a tokenizer is given, then encoding it on one thread and on all.
   *
   * @throws BadInput if the given tokenizer is no BPE
   */
  public Tokenization tokenizer(AppConfig config, Path data, Optional<Path> given)
      throws IOException {
    Corpus corpus = Corpus.open(List.of(data));
    List<BpeTokenizer> made = new ArrayList<>();
    Optional<TokenizerTraining> training = Optional.empty();
    if (given.isPresent()) {
      made.add(openBpe(given.get()));
    } else {
      List<Double> seconds =
          passes(
              () -> {
                made.clear();
                made.add(train(config, corpus));
              });
      training = Optional.of(new TokenizerTraining(seconds.get(0), warm(seconds)));
    }
    BpeTokenizer tokenizer = made.get(0);
    long[] tokens = {0};
    Pass one =
        () -> {
          tokens[0] = 0;
          corpus.forEach(text -> tokens[0] += tokenizer.encode(text).length);
        };
    Pass all =
        () -> {
          ParallelEncoder encoder = new ParallelEncoder(tokenizer, app.pool());
          corpus.forEach(text -> encoder.add(text, false, (ids, last) -> {}));
          encoder.finish();
        };
    List<Double> first = passes(forgetting(tokenizer, one));
    return new Tokenization(
        tokenizer.vocabSize(),
        corpus.bytes(),
        training,
        corpus.bytes() / first.get(0),
        new Encoding(corpus.bytes() / warm(first), corpus.bytes() / warm(passes(one))),
        new Encoding(
            corpus.bytes() / warm(passes(forgetting(tokenizer, all))),
            corpus.bytes() / warm(passes(all))),
        tokens[0],
        peak());
  }

  private static Pass forgetting(BpeTokenizer tokenizer, Pass pass) {
    return () -> {
      tokenizer.forgetWords();
      pass.run();
    };
  }

  private BpeTokenizer openBpe(Path path) throws IOException {
    if (app.models().openTokenizer(Optional.of(path)) instanceof BpeTokenizer bpe) {
      return bpe;
    }
    throw new BadInput(path.toString(), "is no byte-level BPE tokenizer; give one that is");
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
      ModelConfig shape = TrainingParts.shape(h, h.vocabSize());
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
