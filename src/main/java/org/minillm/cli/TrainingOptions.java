package org.minillm.cli;

import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import picocli.CommandLine.Option;

/** Steps, rates, schedule and seed of a training, on top of {@code config.json}. */
final class TrainingOptions {
  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Optimiser steps; with --epochs what comes first ends it.")
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
      names = "--warmup",
      paramLabel = "N",
      description = "Steps of warm-up; a tenth of all steps at most.")
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

  /** With both limits whichever comes first ends the training, as in {@code config.json}. */
  private AppConfig.Training length(AppConfig.Training t) {
    if (steps != null && epochs != null) {
      long maxSteps = steps;
      int maxEpochs = epochs;
      return t.with(x -> x.maxSteps(maxSteps).maxEpochs(maxEpochs));
    }
    if (steps != null) {
      return t.forSteps(steps);
    }
    return epochs == null ? t : t.forEpochs(epochs);
  }

  /** The configuration with these values instead of its own. */
  AppConfig apply(AppConfig config) {
    AppConfig.Training t = config.training();
    t = length(t);
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
}
