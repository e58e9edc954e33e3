package org.minillm.app;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.minillm.app.MemoryPlan.Change;
import org.minillm.app.MemoryPlan.Item;
import org.minillm.app.MemoryPlan.Line;
import org.minillm.app.MemoryPlan.Suggestion;
import org.minillm.base.MemoryBudget;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.QuantizedParameters;
import org.minillm.model.TrainingPass;
import org.minillm.train.Dataset;
import org.minillm.train.FineTuning;
import org.minillm.train.OptimizerType;
import org.minillm.train.TrainOptions;
import org.minillm.train.TrainableModel;

/** Adds up plans and tries changes until one fits. */
final class MemoryPlanner {
  /**
   * Resident set of the process without model and training. Measured as the resident set of a real
   * run less the buffers that the plan counts (JDK 17 and 25, SerialGC, -Xmn8m, software Prism).
   */
  static final long WINDOW_BASE = 190 * MemoryBudget.MB;

  /** What a training in the window adds to that: its curve, compiled code, the heap's slack. */
  static final long WINDOW_TRAINING = 45 * MemoryBudget.MB;

  /** The same for the command line. */
  static final long COMMAND_LINE_BASE = 90 * MemoryBudget.MB;

  /** Positions handled at once by a session. */
  static final int SESSION_CHUNK = 64;

  /** Bytes a token of the vocabulary takes in the tokenizer's tables. */
  private static final long TOKENIZER_BYTES_PER_TOKEN = 400;

  private static final int SHORTEST_CONTEXT = 64;
  private static final int BYTES = Float.BYTES;

  private final long corpusBytes;
  private final long chatModelBytes;
  private final FrontEnd frontEnd;
  private final Optional<ModelConfig> base;
  private final @Nullable FineTuning tuning;

  MemoryPlanner(long corpusBytes, long chatModelBytes, FrontEnd frontEnd) {
    this(corpusBytes, chatModelBytes, frontEnd, Optional.empty(), null);
  }

  /**
   * @param base the model that is fine-tuned; empty for a new one of the configuration's shape
   * @param tuning how; null for a new model
   */
  MemoryPlanner(
      long corpusBytes,
      long chatModelBytes,
      FrontEnd frontEnd,
      Optional<ModelConfig> base,
      @Nullable FineTuning tuning) {
    this.corpusBytes = corpusBytes;
    this.chatModelBytes = chatModelBytes;
    this.frontEnd = frontEnd;
    this.base = base;
    this.tuning = tuning;
  }

  /**
   * What the training of a tokenizer may take: half of what the window leaves, in every front end,
   * so that the same text gives the same tokenizer.
   */
  static long tokenizerTraining(AppConfig config) {
    return Math.max(8 * MemoryBudget.MB, (config.resources().maxMemoryBytes() - WINDOW_BASE) / 2);
  }

  static long base(FrontEnd frontEnd) {
    return frontEnd == FrontEnd.WINDOW ? WINDOW_BASE : COMMAND_LINE_BASE;
  }

  MemoryPlan training(AppConfig config) {
    MemoryPlan plan = lines(config, frontEnd, chatModelBytes);
    return plan.fits()
        ? plan
        : new MemoryPlan(plan.what(), plan.lines(), plan.limit(), suggestions(config, plan));
  }

  private MemoryPlan lines(AppConfig config, FrontEnd where, long chatModel) {
    ModelConfig model = shape(config);
    AppConfig.Training training = config.training();
    OptimizerType optimizer = OptimizerType.of(training.optimizer());
    List<Line> lines = new ArrayList<>();
    lines.add(
        new Line(Item.PROCESS, base(where) + (where == FrontEnd.WINDOW ? WINDOW_TRAINING : 0)));
    if (chatModel > 0) {
      lines.add(new Line(Item.CHAT_MODEL, chatModel));
    }
    lines.add(new Line(Item.WEIGHTS, TrainableModel.weightBytes(model, tuning)));
    lines.add(new Line(Item.GRADIENTS, TrainableModel.gradientBytes(model, tuning)));
    lines.add(new Line(Item.OPTIMIZER, TrainableModel.optimizerBytes(model, optimizer, tuning)));
    lines.add(
        new Line(
            Item.ACTIVATIONS,
            TrainingPass.bytes(
                model,
                TrainOptions.microBatch(training.batchSize(), model.contextLength()),
                model.contextLength(),
                config.optimization().chunkSize(),
                config.optimization().memorySaver(),
                training.batchSize() * training.gradientAccumulation(),
                config.resources().cpuThreads(),
                tuning == null ? 0 : tuning.loraRank())));
    lines.add(new Line(Item.SESSION, session(model, model.contextLength())));
    lines.add(new Line(Item.TOKENIZER, model.vocabSize() * TOKENIZER_BYTES_PER_TOKEN));
    lines.add(new Line(Item.DATASET, Dataset.memoryBytes(corpusBytes, model.contextLength())));
    String what =
        (base.isPresent() ? "fine-tuning" : "training " + config.model().name())
            + ", batch "
            + training.batchSize();
    return new MemoryPlan(what, lines, config.resources().maxMemoryBytes(), List.of());
  }

  private ModelConfig shape(AppConfig config) {
    int context = config.hyperparameters().maxSeqLen();
    return base.map(b -> b.withContextLength(Math.min(b.contextLength(), context)))
        .orElseGet(config::modelConfig);
  }

  static long session(ModelConfig model, int context) {
    return InferenceSession.bytes(model, context, SESSION_CHUNK);
  }

  /** What a loaded model takes: weights, session and tokenizer. */
  static long chatModel(ModelConfig model, long weightBytes, int context) {
    return weightBytes + session(model, context) + model.vocabSize() * TOKENIZER_BYTES_PER_TOKEN;
  }

  static MemoryPlan generation(
      AppConfig config,
      ModelConfig model,
      long weightBytes,
      int context,
      long inUse,
      FrontEnd frontEnd) {
    MemoryPlan plan = generationLines(config, model, weightBytes, context, inUse, frontEnd);
    if (plan.fits()) {
      return plan;
    }
    List<Suggestion> fitting = new ArrayList<>();
    long int8 = QuantizedParameters.bytes(model, List.of());
    if (int8 < weightBytes) {
      MemoryPlan smaller = generationLines(config, model, int8, context, inUse, frontEnd);
      if (smaller.fits()) {
        AppConfig with = config.withOptimization(config.optimization().withQuantization("int8"));
        fitting.add(new Suggestion(Change.INT8, "", smaller.total(), with));
      }
    }
    if (frontEnd == FrontEnd.WINDOW) {
      MemoryPlan alone =
          generationLines(config, model, weightBytes, context, 0, FrontEnd.COMMAND_LINE);
      if (alone.fits()) {
        fitting.add(new Suggestion(Change.COMMAND_LINE, "", alone.total(), config));
      }
    }
    fitting.add(budget(config, plan));
    return new MemoryPlan(plan.what(), plan.lines(), plan.limit(), fitting);
  }

  private static MemoryPlan generationLines(
      AppConfig config,
      ModelConfig model,
      long weightBytes,
      int context,
      long inUse,
      FrontEnd frontEnd) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(Item.PROCESS, base(frontEnd) + inUse));
    lines.add(new Line(Item.WEIGHTS, weightBytes));
    lines.add(new Line(Item.SESSION, session(model, context)));
    lines.add(new Line(Item.TOKENIZER, model.vocabSize() * TOKENIZER_BYTES_PER_TOKEN));
    return new MemoryPlan(
        "generation with context " + context,
        lines,
        config.resources().maxMemoryBytes(),
        List.of());
  }

  /** Tries changes, the least intrusive first; every one returned fits. */
  private List<Suggestion> suggestions(AppConfig config, MemoryPlan plan) {
    List<Suggestion> fitting = new ArrayList<>();
    if (!config.optimization().memorySaver()) {
      AppConfig saving = config.withOptimization(config.optimization().withMemorySaver(true));
      attempt(Change.MEMORY_SAVER, "", saving, frontEnd, chatModelBytes).ifPresent(fitting::add);
    }
    if (chatModelBytes > 0) {
      attempt(Change.EJECT_CHAT_MODEL, "", config, frontEnd, 0).ifPresent(fitting::add);
    }
    if (fitting.isEmpty()) {
      shorterContext(config).ifPresent(fitting::add);
      if (base.isEmpty()) {
        smallerPreset(config, frontEnd, Change.PRESET).ifPresent(fitting::add);
      }
      if (frontEnd == FrontEnd.WINDOW) {
        attempt(Change.COMMAND_LINE, "", config, FrontEnd.COMMAND_LINE, 0).ifPresent(fitting::add);
      }
    }
    if (fitting.isEmpty() && frontEnd == FrontEnd.WINDOW && base.isEmpty()) {
      smallerPreset(config, FrontEnd.COMMAND_LINE, Change.PRESET_ON_COMMAND_LINE)
          .ifPresent(fitting::add);
    }
    if (fitting.isEmpty()) {
      fitting.add(budget(config, plan));
    }
    return fitting;
  }

  /** The longest context that fits, halving. */
  private Optional<Suggestion> shorterContext(AppConfig config) {
    AppConfig.Hyperparameters shape = config.hyperparameters();
    for (int context = shape(config).contextLength() / 2;
        context >= SHORTEST_CONTEXT;
        context /= 2) {
      Optional<Suggestion> fits =
          attempt(
              Change.CONTEXT,
              Integer.toString(context),
              config.withHyperparameters(shape.withMaxSeqLen(context)),
              frontEnd,
              chatModelBytes);
      if (fits.isPresent()) {
        return fits;
      }
    }
    return Optional.empty();
  }

  private Optional<Suggestion> smallerPreset(AppConfig config, FrontEnd where, Change change) {
    long parameters = config.modelConfig().parameterCount();
    return Arrays.stream(Preset.values())
        .map(preset -> config.withPreset(preset))
        .filter(smaller -> smaller.modelConfig().parameterCount() < parameters)
        .sorted(
            Comparator.comparingLong((AppConfig c) -> c.modelConfig().parameterCount()).reversed())
        .flatMap(
            smaller ->
                attempt(
                    change,
                    smaller.model().preset().orElseThrow().id(),
                    smaller,
                    where,
                    where == frontEnd ? chatModelBytes : 0)
                    .stream())
        .findFirst();
  }

  private Optional<Suggestion> attempt(
      Change change, String value, AppConfig config, FrontEnd where, long chatModel) {
    MemoryPlan plan = lines(config, where, chatModel);
    return plan.fits()
        ? Optional.of(new Suggestion(change, value, plan.total(), config))
        : Optional.empty();
  }

  private static Suggestion budget(AppConfig config, MemoryPlan plan) {
    int megabytes =
        (int) Math.min(1_048_576, Math.ceil(plan.total() / MemoryGuard.ACCEPTED / MemoryBudget.MB));
    return new Suggestion(
        Change.BUDGET,
        Integer.toString(megabytes),
        plan.total(),
        config.withResources(config.resources().withMaxMemoryMb(megabytes)));
  }
}
