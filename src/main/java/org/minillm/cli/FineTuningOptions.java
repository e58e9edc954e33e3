package org.minillm.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.TrainingRequest;
import org.minillm.train.FineTuning;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** {@code --from} and what belongs to it: fine-tuning of a model. */
final class FineTuningOptions {
  private static final String CONTEXT = "--context";
  private static final String OPTIMIZER = "--optimizer";

  /** What the base decides. */
  private static final List<String> OF_BASE =
      List.of(
          "--preset",
          "--vocab",
          "--d-model",
          "--layers",
          "--heads",
          "--kv-heads",
          "--d-ff",
          "--norm",
          "--tie-embeddings",
          "--tokenizer-type");

  @Option(
      names = "--from",
      paramLabel = "MODEL",
      description =
          "Fine-tunes this model (directory, file or name in model_dir); it is only read.")
  private @Nullable Path from;

  @Option(
      names = "--chat",
      description = "The data are conversations (.jsonl), and the answers alone are learned.")
  private boolean chat;

  @Option(
      names = "--lora-rank",
      paramLabel = "N",
      description =
          "Trains adapters of this rank (LoRA) instead of all weights: less memory; 8 is usual.")
  private @Nullable Integer loraRank;

  @Option(
      names = "--lora-alpha",
      paramLabel = "X",
      description = "Scale of the adapters: X / rank times their product; default: twice the rank.")
  private @Nullable Float loraAlpha;

  /** Refuses what contradicts. */
  void check(CommandSpec spec) {
    ParseResult parsed = spec.commandLine().getParseResult();
    if (from == null && chat) {
      throw new ParameterException(
          spec.commandLine(),
          "--chat goes with --from MODEL: a model learns to write before it learns to answer");
    }
    if (from == null && (loraRank != null || loraAlpha != null)) {
      throw new ParameterException(
          spec.commandLine(), "--lora-rank and --lora-alpha go with --from MODEL");
    }
    if (loraRank != null && loraRank < 1 || loraRank == null && loraAlpha != null) {
      throw new ParameterException(
          spec.commandLine(), "--lora-rank is 1 or more; without it all weights are trained");
    }
    if (loraRank != null && parsed.matchedOptionValue(OPTIMIZER, "").equals("muon")) {
      throw new ParameterException(
          spec.commandLine(),
          "--lora-rank trains with AdamW; --optimizer muon needs whole matrices");
    }
    for (String option : OF_BASE) {
      if (from != null && parsed.hasMatchedOption(option)) {
        throw new ParameterException(
            spec.commandLine(),
            "--from takes shape and tokenizer from the model; "
                + option
                + " cannot be given with it");
      }
    }
  }

  /** Refuses --from where it means nothing. */
  void refuse(CommandSpec spec, String why) {
    if (from != null || chat || loraRank != null || loraAlpha != null) {
      throw new ParameterException(
          spec.commandLine(), why + "; --from and what goes with it cannot be given");
    }
  }

  /** The configuration with what suits weights that are good already; options come over it. */
  AppConfig defaults(AppConfig config) {
    return from == null ? config : config.forFineTuning(loraRank != null);
  }

  /**
   * The request as a fine-tuning, if it is one.
   *
   * @throws ParameterException if a context longer than the model's was asked for
   */
  TrainingRequest apply(TrainingRequest request, MiniLlmApp app, CommandSpec spec) {
    if (from == null) {
      return request;
    }
    Path base = app.models().resolve(Optional.of(from)).toAbsolutePath().normalize();
    int rank = loraRank == null ? 0 : loraRank;
    float alpha = loraAlpha == null ? 2f * rank : loraAlpha;
    FineTuning tuning = new FineTuning(base.toString(), chat, rank, alpha);
    int most = app.training().baseShape(tuning).contextLength();
    int asked = request.config().hyperparameters().maxSeqLen();
    if (asked > most && spec.commandLine().getParseResult().hasMatchedOption(CONTEXT)) {
      throw new ParameterException(
          spec.commandLine(),
          CONTEXT + " " + asked + " is longer than the " + most + " tokens of the model of --from");
    }
    return request.withFineTuning(Optional.of(tuning));
  }
}
