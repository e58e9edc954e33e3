package org.minillm.cli;

import org.jspecify.annotations.Nullable;
import org.minillm.app.AppConfig;
import org.minillm.app.Preset;
import picocli.CommandLine.Option;

/** The shape of a model and of its training steps, on top of {@code config.json}. */
final class ShapeOptions {
  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "Shape to start from: nano, chromebook, base or story.")
  private @Nullable String preset;

  @Option(names = "--vocab", paramLabel = "N", description = "Vocabulary size.")
  private @Nullable Integer vocab;

  @Option(names = "--d-model", paramLabel = "N", description = "Width.")
  private @Nullable Integer dModel;

  @Option(names = "--layers", paramLabel = "N", description = "Depth.")
  private @Nullable Integer layers;

  @Option(names = "--heads", paramLabel = "N", description = "Attention heads.")
  private @Nullable Integer heads;

  @Option(
      names = "--kv-heads",
      paramLabel = "N",
      description = "Key and value heads; default: as --heads.")
  private @Nullable Integer kvHeads;

  @Option(names = "--d-ff", paramLabel = "N", description = "Width of the feed-forward layer.")
  private @Nullable Integer dFf;

  @Option(names = "--context", paramLabel = "N", description = "Context length in tokens.")
  private @Nullable Integer context;

  @Option(names = "--norm", paramLabel = "NAME", description = "rmsnorm or layernorm.")
  private @Nullable String norm;

  @Option(
      names = "--tie-embeddings",
      arity = "1",
      paramLabel = "true|false",
      description = "Whether the head uses the embedding matrix.")
  private @Nullable Boolean tied;

  @Option(names = "--dropout", paramLabel = "P", description = "Dropout in training, 0 to 0.9.")
  private @Nullable Float dropout;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences a batch; computed in micro-batches of about 512 tokens.")
  private @Nullable Integer batch;

  @Option(
      names = "--accumulation",
      paramLabel = "N",
      description = "Batches a step (gradient accumulation).")
  private @Nullable Integer accumulation;

  @Option(
      names = "--memory-saver",
      arity = "1",
      paramLabel = "true|false",
      description = "Compute activations again in the backward pass instead of keeping them.")
  private @Nullable Boolean memorySaver;

  @Option(names = "--threads", paramLabel = "N", description = "Compute threads.")
  private @Nullable Integer threads;

  @Option(
      names = "--max-memory-mb",
      paramLabel = "MB",
      description = "Budget of the whole process.")
  private @Nullable Integer maxMemoryMb;

  /** {@code base} with what the options say. */
  AppConfig apply(AppConfig base) {
    AppConfig config = preset == null ? base : base.withPreset(Preset.of("--preset", preset));
    AppConfig.Hyperparameters h = config.hyperparameters();
    int nHeads = or(heads, h.nHeads());
    // Heads given without --kv-heads: plain multi-head attention.
    int nKvHeads = kvHeads != null ? kvHeads : heads != null ? heads : h.nKvHeads();
    config =
        config.withHyperparameters(
            new AppConfig.Hyperparameters(
                or(vocab, h.vocabSize()),
                or(dModel, h.dModel()),
                nHeads,
                nKvHeads,
                or(layers, h.nLayers()),
                or(dFf, h.dFf()),
                or(context, h.maxSeqLen()),
                dropout == null ? h.dropout() : dropout,
                h.ropeTheta(),
                norm == null ? h.norm() : norm,
                tied == null ? h.tieEmbeddings() : tied));
    if (batch != null) {
      config = config.withTraining(config.training().withBatchSize(batch));
    }
    if (accumulation != null) {
      config = config.withTraining(config.training().withGradientAccumulation(accumulation));
    }
    if (memorySaver != null) {
      config = config.withOptimization(config.optimization().withMemorySaver(memorySaver));
    }
    if (threads != null) {
      config = config.withResources(config.resources().withCpuThreads(threads));
    }
    if (maxMemoryMb != null) {
      config = config.withResources(config.resources().withMaxMemoryMb(maxMemoryMb));
    }
    return config;
  }

  private static int or(@Nullable Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }
}
