package org.minillm.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.OverflowPolicy;
import picocli.CommandLine.Option;

/** How tokens are chosen. */
final class SamplingOptions {
  @Option(names = "--max-tokens", paramLabel = "N", description = "Tokens at most; default 256.")
  private @Nullable Integer maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "0 takes the likeliest token; default 0.5.")
  private @Nullable Float temperature;

  @Option(names = "--top-k", paramLabel = "N", description = "0 turns it off; default 40.")
  private @Nullable Integer topK;

  @Option(names = "--top-p", paramLabel = "P", description = "1 turns it off; default 0.95.")
  private @Nullable Float topP;

  @Option(names = "--min-p", paramLabel = "P", description = "0 turns it off; default 0.05.")
  private @Nullable Float minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "1 turns it off; default 1.")
  private @Nullable Float repetitionPenalty;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Same seed, same text; default: a new one each time.")
  private @Nullable Long seed;

  @Option(names = "--stop", paramLabel = "TEXT", description = "Ends the text; may be repeated.")
  private @Nullable List<String> stop;

  @Option(
      names = "--overflow",
      paramLabel = "NAME",
      description = "When the context is full: stop (default), or slide, which forgets the oldest.")
  private @Nullable OverflowPolicy overflow;

  GenerateOptions options() {
    GenerateOptions options = GenerateOptions.defaults();
    if (overflow != null) {
      options = options.withOverflow(overflow, 0);
    }
    if (maxTokens != null) {
      options = options.withMaxTokens(maxTokens);
    }
    if (temperature != null) {
      options = options.withTemperature(temperature);
    }
    if (topK != null) {
      options = options.withTopK(topK);
    }
    if (topP != null) {
      options = options.withTopP(topP);
    }
    if (minP != null) {
      options = options.withMinP(minP);
    }
    if (repetitionPenalty != null) {
      options = options.withRepetitionPenalty(repetitionPenalty);
    }
    if (seed != null) {
      options = options.withSeed(seed);
    }
    if (stop != null) {
      options = options.withStop(stop);
    }
    return options;
  }
}
