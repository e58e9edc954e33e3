package org.minillm.app;

import static org.minillm.app.ConfigRules.oneOf;
import static org.minillm.app.ConfigRules.range;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Quantization;

/**
 * What {@code config.json} says. Every key works, every section and key may be left out (then the
 * preset's or the default value holds), and a key that is not known or has a wrong value is refused
 * with its full name. Records are checked when made, so an {@code AppConfig} in hand is a valid
 * one.
 */
@RecordBuilder
public record AppConfig(
    Model model,
    Hyperparameters hyperparameters,
    Training training,
    Optimization optimization,
    Resources resources,
    TokenizerSettings tokenizer)
    implements AppConfigBuilder.With {
  /** Peak learning rates of AdamW in a fine-tuning: of all weights, and of adapters. */
  private static final float FINE_TUNING_LEARNING_RATE = 3e-4f;

  private static final float ADAPTER_LEARNING_RATE = 2e-3f;

  private static final int BYTE_TOKENS = 256;
  private static final long MAX_BYTES = 1 << 20;

  public AppConfig {
    int least = BYTE_TOKENS + tokenizer.specialTokens().size();
    if (tokenizer.type().equals("bpe") && hyperparameters.vocabSize() < least) {
      throw new BadConfig(
          "hyperparameters.vocab_size",
          Integer.toString(hyperparameters.vocabSize()),
          least + " or more: 256 bytes and " + (least - BYTE_TOKENS) + " special tokens");
    }
  }

  /**
   * Section {@code model}.
   *
   * @param name of a model trained with this configuration
   * @param preset where hyperparameters that are left out come from; empty for the default ones
   */
  public record Model(String name, Optional<Preset> preset) {
    public Model {
      if (name.isBlank() || name.length() > 100 || !name.matches("[^/\\\\\\p{Cntrl}]+")) {
        throw new BadConfig("model.name", '"' + name + '"', "1 to 100 characters, no slashes");
      }
    }

    public Model withName(String newName) {
      return new Model(newName, preset);
    }
  }

  /**
   * Section {@code hyperparameters}: the shape. Keys as in the file: vocab_size, d_model, n_heads,
   * n_kv_heads, n_layers, d_ff, max_seq_len, dropout, rope_theta, norm, tie_embeddings.
   *
   * @param norm "rmsnorm" or "layernorm"
   */
  @RecordBuilder
  public record Hyperparameters(
      int vocabSize,
      int dModel,
      int nHeads,
      int nKvHeads,
      int nLayers,
      int dFf,
      int maxSeqLen,
      float dropout,
      float ropeTheta,
      String norm,
      boolean tieEmbeddings)
      implements AppConfigHyperparametersBuilder.With {
    public Hyperparameters {
      range("hyperparameters.vocab_size", vocabSize, 16, 1_000_000);
      range("hyperparameters.d_model", dModel, 4, 65_536);
      range("hyperparameters.n_heads", nHeads, 1, 1024);
      range("hyperparameters.n_kv_heads", nKvHeads, 1, nHeads);
      range("hyperparameters.n_layers", nLayers, 1, 1024);
      range("hyperparameters.d_ff", dFf, 1, 1_000_000);
      range("hyperparameters.max_seq_len", maxSeqLen, 2, 1_000_000);
      range("hyperparameters.dropout", dropout, 0, 0.9);
      range("hyperparameters.rope_theta", ropeTheta, 1, 1e12);
      oneOf("hyperparameters.norm", norm, List.of("rmsnorm", "layernorm"));
      if (dModel % nHeads != 0 || dModel / nHeads % 2 != 0) {
        throw new BadConfig(
            "hyperparameters.n_heads",
            Integer.toString(nHeads),
            "a number that divides d_model (" + dModel + ") into heads of even width");
      }
      if (nHeads % nKvHeads != 0) {
        throw new BadConfig(
            "hyperparameters.n_kv_heads",
            Integer.toString(nKvHeads),
            "a number that divides n_heads (" + nHeads + ")");
      }
    }
  }

  /**
   * Section {@code training}.
   *
   * @param batchSize sequences a batch
   * @param maxEpochs passes over the corpus, 0 for no limit; with {@code maxSteps} whichever ends
   *     first
   * @param maxSteps optimiser steps, 0 for no limit
   * @param optimizer "adamw", or "muon": Muon for the matrices of the blocks, AdamW for the rest
   * @param learningRate of AdamW
   * @param matrixLearningRate of Muon
   * @param schedule "cosine" or "wsd" (warm-up, stable, decay)
   * @param decayFraction share of the steps at the end in which "wsd" decays
   * @param gradientAccumulation batches a step
   * @param checkpointInterval steps between checkpoints
   * @param evalInterval steps between evaluations
   * @param earlyStopping evaluations without a better validation loss that end the run; 0 off
   */
  @RecordBuilder
  public record Training(
      int batchSize,
      String optimizer,
      float learningRate,
      float matrixLearningRate,
      int maxEpochs,
      long maxSteps,
      int warmupSteps,
      String schedule,
      float decayFraction,
      int gradientAccumulation,
      int checkpointInterval,
      int evalInterval,
      int earlyStopping,
      float weightDecay,
      float validationFraction,
      long seed)
      implements AppConfigTrainingBuilder.With {
    public Training {
      range("training.batch_size", batchSize, 1, 4096);
      oneOf("training.optimizer", optimizer, List.of("adamw", "muon"));
      range("training.learning_rate", learningRate, 1e-8, 1);
      range("training.matrix_learning_rate", matrixLearningRate, 1e-8, 1);
      range("training.max_epochs", maxEpochs, 0, 1_000_000);
      range("training.max_steps", maxSteps, 0, 1_000_000_000);
      range("training.warmup_steps", warmupSteps, 0, 1_000_000);
      oneOf("training.schedule", schedule, List.of("cosine", "wsd"));
      range("training.decay_fraction", decayFraction, 0.01, 1);
      range("training.gradient_accumulation", gradientAccumulation, 1, 4096);
      range("training.checkpoint_interval", checkpointInterval, 1, 1_000_000_000);
      range("training.eval_interval", evalInterval, 1, 1_000_000_000);
      range("training.early_stopping", earlyStopping, 0, 1_000_000);
      range("training.weight_decay", weightDecay, 0, 1);
      range("training.validation_fraction", validationFraction, 0, 0.5);
      range("training.seed", seed, 0, Long.MAX_VALUE);
      if (maxEpochs == 0 && maxSteps == 0) {
        throw new BadConfig("training.max_steps", "0", "1 or more, unless max_epochs is given");
      }
    }

    /** Trains for {@code steps} steps; the limit in epochs goes. */
    public Training forSteps(long steps) {
      return with(t -> t.maxSteps(steps).maxEpochs(0));
    }

    /** Trains for {@code epochs} passes; the limit in steps goes. */
    public Training forEpochs(int epochs) {
      return with(t -> t.maxEpochs(epochs).maxSteps(0));
    }
  }

  /**
   * Section {@code optimization}.
   *
   * @param memorySaver recompute activations in the backward pass instead of keeping them
   * @param chunkSize keys a block of attention
   * @param quantization "none" or "int8": what the matrices of a model become when it is loaded for
   *     chat, generation or evaluation; training is always float32
   */
  @RecordBuilder
  public record Optimization(boolean memorySaver, int chunkSize, String quantization)
      implements AppConfigOptimizationBuilder.With {
    public Optimization {
      range("optimization.chunk_size", chunkSize, 1, 65_536);
      oneOf("optimization.quantization", quantization, List.of("none", "int8"));
    }
  }

  /**
   * Section {@code resources}.
   *
   * @param maxMemoryMb budget of the whole process, MB of 1,048,576 bytes
   * @param modelDir where models are; relative to the file's directory
   * @param cacheDir what may be deleted at any time; relative to the file's directory
   */
  @RecordBuilder
  public record Resources(int maxMemoryMb, int cpuThreads, String modelDir, String cacheDir)
      implements AppConfigResourcesBuilder.With {
    public Resources {
      range("resources.max_memory_mb", maxMemoryMb, 64, 1_048_576);
      range("resources.cpu_threads", cpuThreads, 1, 256);
      if (modelDir.isBlank()) {
        throw new BadConfig("resources.model_dir", "\"\"", "a directory");
      }
      if (cacheDir.isBlank()) {
        throw new BadConfig("resources.cache_dir", "\"\"", "a directory");
      }
    }

    /** The budget in bytes. */
    public long maxMemoryBytes() {
      return maxMemoryMb * MemoryBudget.MB;
    }
  }

  /**
   * Section {@code tokenizer}.
   *
   * @param type "bpe" or "simple"
   * @param specialTokens each gets an id of its own; the first ends a document
   */
  public record TokenizerSettings(String type, List<String> specialTokens) {
    public TokenizerSettings {
      oneOf("tokenizer.type", type, List.of("bpe", "simple"));
      specialTokens = List.copyOf(specialTokens);
      for (String token : specialTokens) {
        if (token.isBlank() || specialTokens.indexOf(token) != specialTokens.lastIndexOf(token)) {
          throw new BadConfig(
              "tokenizer.special_tokens", '"' + token + '"', "texts, none empty, none twice");
        }
      }
      if (specialTokens.isEmpty()) {
        throw new BadConfig(
            "tokenizer.special_tokens", "[]", "at least one; the first ends a document");
      }
    }
  }

  /** What an empty {@code config.json} means: the preset "base" under 512 MB with two threads. */
  public static AppConfig defaults() {
    return of(Preset.BASE);
  }

  /** The defaults with the shape and the training of {@code preset}. */
  public static AppConfig of(Preset preset) {
    return new AppConfig(
        new Model("mini-llm", Optional.of(preset)),
        preset.hyperparameters(),
        preset.training(
            AppConfigTrainingBuilder.builder()
                .batchSize(1)
                .optimizer("muon")
                .learningRate(1)
                .matrixLearningRate(1)
                .schedule("wsd")
                .decayFraction(1)
                .maxSteps(500)
                .warmupSteps(50)
                .gradientAccumulation(1)
                .checkpointInterval(100)
                .evalInterval(50)
                .weightDecay(0.1f)
                .validationFraction(0.05f)
                .seed(1)
                .build()),
        new Optimization(true, 64, "none"),
        new Resources(512, 2, "models", ".cache"),
        new TokenizerSettings("bpe", List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>")));
  }

  /**
   * Reads a file.
   *
   * @throws BadFormat with line and column where it is not JSON
   * @throws BadConfig for a key or value that is not allowed
   */
  public static AppConfig load(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new BadFormat(file.toString(), -1, "is not a file");
    }
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      throw new BadFormat(file.toString(), -1, "is " + size + " bytes long; at most 1 MB is read");
    }
    try {
      return parse(Files.readString(file), file.toString());
    } catch (CharacterCodingException e) {
      throw new BadFormat(file.toString(), -1, "is not UTF-8 text; save it as UTF-8");
    }
  }

  /** As {@link #load}, from a text. */
  public static AppConfig parse(String json, String fileName) {
    return ConfigReader.read(json, fileName);
  }

  /**
   * The configuration with an optimiser and a peak learning rate that suit weights that are good
   * already.
   *
   * @param adapters whether adapters of low rank are trained instead of all weights
   */
  public AppConfig forFineTuning(boolean adapters) {
    return withTraining(
        training
            .withOptimizer("adamw")
            .withLearningRate(adapters ? ADAPTER_LEARNING_RATE : FINE_TUNING_LEARNING_RATE));
  }

  /** This configuration with the shape, batch and learning rate of {@code preset}. */
  public AppConfig withPreset(Preset preset) {
    return new AppConfig(
        new Model(model.name(), Optional.of(preset)),
        preset.hyperparameters(),
        preset.training(training),
        optimization,
        resources,
        tokenizer);
  }

  /** The shape as the model room knows it. */
  public ModelConfig modelConfig() {
    Hyperparameters h = hyperparameters;
    return new ModelConfig(
        h.vocabSize(),
        h.dModel(),
        h.nLayers(),
        h.nHeads(),
        h.nKvHeads(),
        h.dFf(),
        h.maxSeqLen(),
        h.ropeTheta(),
        ModelConfig.DEFAULT_NORM_EPS,
        NormType.valueOf(h.norm().toUpperCase(Locale.ROOT)),
        h.tieEmbeddings());
  }

  /** What matrices become when a model is loaded to run. */
  public Quantization quantization() {
    return Quantization.of(optimization.quantization());
  }
}
