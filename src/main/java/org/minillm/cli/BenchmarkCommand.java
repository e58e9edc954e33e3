package org.minillm.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.BenchmarkService;
import org.minillm.app.MiniLlmApp;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code benchmark train|generate|tokenizer}: how fast this machine is. */
@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    description = "Measures training, generation or the tokenizer after a warm-up of 3 s.")
final class BenchmarkCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ConfigOption configOption;
  @Mixin private ShapeOptions shape;
  @Mixin private QuantizationOption quantization;

  @Parameters(paramLabel = "WHAT", description = "train, generate or tokenizer.")
  private String what;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model to run; default: a random one of the given shape.")
  private @Nullable Path model;

  @Option(
      names = "--tokenizer",
      paramLabel = "PATH",
      description = {
        "The model's tokenizer (llama2.c);",
        "for benchmark tokenizer the one to encode with, default: one trained on the text."
      })
  private @Nullable Path tokenizer;

  @Option(names = "--data", paramLabel = "FILE", description = "Text for benchmark tokenizer.")
  private @Nullable Path data;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Training steps, instead of --seconds.")
  private int steps;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "10",
      description = "How long train and generate measure; default ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--prompt-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Length of the prompt; default ${DEFAULT-VALUE}.")
  private int promptTokens;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "128",
      description = "Tokens to generate; default ${DEFAULT-VALUE}.")
  private int tokens;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description = "What train updates with, muon or adamw; default: the configuration's.")
  private @Nullable String optimizer;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Seed.")
  private long seed;

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli fills the fields
  BenchmarkCommand() {}

  @Override
  public Integer call() throws IOException {
    AppConfig config = quantization.apply(shape.apply(configOption.load()));
    if (optimizer != null) {
      config = config.withTraining(config.training().withOptimizer(optimizer));
    }
    try (MiniLlmApp app = configOption.open(config)) {
      BenchmarkService benchmark = app.benchmark();
      Optional<Path> path = Optional.ofNullable(model);
      JsonLines line = new JsonLines().put("benchmark", what);
      switch (what) {
        case "train" -> put(line, benchmark.train(config, path, steps, seconds, seed));
        case "generate" ->
            put(
                line,
                benchmark.generate(
                    config,
                    path,
                    Optional.ofNullable(tokenizer),
                    promptTokens,
                    tokens,
                    seconds,
                    seed));
        case "tokenizer" -> {
          if (data == null) {
            throw new ParameterException(
                spec.commandLine(), "benchmark tokenizer needs --data FILE");
          }
          put(line, benchmark.tokenizer(config, data, Optional.ofNullable(tokenizer)));
        }
        default ->
            throw new ParameterException(
                spec.commandLine(), "WHAT is " + what + "; allowed: train, generate, tokenizer");
      }
      line.put("kernels", org.minillm.MiniLlm.kernels())
          .put("int8_kernels", org.minillm.MiniLlm.int8Kernels())
          .put("threads", config.resources().cpuThreads())
          .put("jdk", System.getProperty("java.version"));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        line.print(out);
      } else {
        line.printAsText(out);
      }
    }
    return 0;
  }

  private static void put(JsonLines line, BenchmarkService.Training r) {
    line.put("params", r.parameters())
        .put("batch", r.batch())
        .put("context", r.context())
        .put("memory_saver", r.memorySaver())
        .put("tokens_per_s", r.tokensPerSecond())
        .put("step_ms", r.stepMillis())
        .put("heap_collections", r.collections())
        .put("planned_mb", r.plannedBytes() / 1048576.0)
        .put("peak_rss_mb", r.peakRssBytes() / 1048576.0);
  }

  private static void put(JsonLines line, BenchmarkService.Generation r) {
    line.put("params", r.parameters())
        .put("weight_mb", r.weightBytes() / 1048576.0)
        .put("prompt_tokens", r.promptTokens())
        .put("tokens", r.tokens())
        .put("prompt_tokens_per_s", r.promptTokensPerSecond())
        .put("decode_tokens_per_s", r.decodeTokensPerSecond())
        .put("ttft_ms", r.firstTokenMillis())
        .put("peak_rss_mb", r.peakRssBytes() / 1048576.0);
  }

  private static void put(JsonLines line, BenchmarkService.Tokenization r) {
    line.put("vocab_size", r.vocabSize()).put("bytes", r.bytes());
    r.training()
        .ifPresent(t -> line.put("train_cold_s", t.coldSeconds()).put("train_s", t.warmSeconds()));
    line.put("encode_cold_mb_per_s", r.coldBytesPerSecond() / 1048576.0)
        .put("encode_first_mb_per_s", r.one().first() / 1048576.0)
        .put("encode_mb_per_s", r.one().again() / 1048576.0)
        .put("encode_all_threads_first_mb_per_s", r.all().first() / 1048576.0)
        .put("encode_all_threads_mb_per_s", r.all().again() / 1048576.0)
        .put("tokens", r.tokens())
        .put("peak_rss_mb", r.peakRssBytes() / 1048576.0);
  }
}
