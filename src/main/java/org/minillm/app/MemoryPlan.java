package org.minillm.app;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.OutOfBudget;
import org.minillm.model.ModelConfig;
import org.minillm.model.Quantization;
import org.minillm.model.QuantizedParameters;
import org.minillm.train.FineTuning;

/**
 * What something will take in memory, line by line, computed before anything is allocated. It is
 * accepted up to 85 % of the budget; above, suggestions say which changes were computed to fit.
 *
 * @param what for messages: "training mini-llm, batch 4"
 * @param lines in the order to show
 * @param limit the budget, bytes
 * @param suggestions what fits, the smallest change first; empty when this fits
 */
public record MemoryPlan(String what, List<Line> lines, long limit, List<Suggestion> suggestions) {

  /** What takes memory. */
  public enum Item {
    /** JVM, code, libraries and the window where there is one (measured). */
    PROCESS,
    /** A model that is loaded for the chat. */
    CHAT_MODEL,
    WEIGHTS,
    GRADIENTS,
    OPTIMIZER,
    ACTIVATIONS,
    /** KV-cache and scratch of a chat or generation. */
    SESSION,
    TOKENIZER,
    DATASET,
    /** What a process takes beyond all of these; never planned. */
    REST
  }

  /** One line of the plan: bytes an item takes. */
  public record Line(Item item, long bytes) {}

  /**
   * What can be changed to make a plan fit. The batch is not here: training takes one sequence of
   * it after the other, so it costs no memory.
   */
  public enum Change {
    MEMORY_SAVER("memory saver on"),
    /** Chat and generation with int8 weights. */
    INT8("optimization.quantization int8"),
    /** {@code value} = tokens; the model sees less text at once. */
    CONTEXT("context %s"),
    /** Close the model of the chat. */
    EJECT_CHAT_MODEL("eject the chat's model"),
    /** Same work from the command line, without the window. */
    COMMAND_LINE("the command line instead of the window"),
    /** {@code value} = id of the preset. */
    PRESET("preset %s"),
    /** {@code value} = id of the preset, from the command line. */
    PRESET_ON_COMMAND_LINE("preset %s from the command line"),
    /** {@code value} = the budget in MB that would be enough. */
    BUDGET("max_memory_mb %s");

    private final String english;

    Change(String english) {
      this.english = english;
    }
  }

  /**
   * A change that was computed to fit.
   *
   * @param value see {@link Change}, empty where none is needed
   * @param totalBytes what all takes with it
   * @param config the configuration with the change made
   */
  public record Suggestion(Change change, String value, long totalBytes, AppConfig config) {
    /** In English: "memory saver on: 398 MB". */
    public String text() {
      return String.format(Locale.ROOT, change.english, value) + ": " + mb(totalBytes) + " MB";
    }
  }

  public MemoryPlan {
    lines = List.copyOf(lines);
    suggestions = List.copyOf(suggestions);
  }

  /**
   * Training as {@code config} says.
   *
   * @param corpusBytes size of the text
   * @param chatModelBytes what a model that is loaded for the chat takes, 0 for none
   */
  public static MemoryPlan forTraining(
      AppConfig config, long corpusBytes, long chatModelBytes, FrontEnd frontEnd) {
    return new MemoryPlanner(corpusBytes, chatModelBytes, frontEnd).training(config);
  }

  /**
   * Fine-tuning of a model, else as {@link #forTraining}.
   *
   * @param config for all but the shape; the context length is its, at most the model's
   * @param tuning how: all weights, or adapters
   */
  public static MemoryPlan forFineTuning(
      AppConfig config,
      ModelConfig base,
      FineTuning tuning,
      long corpusBytes,
      long chatModelBytes,
      FrontEnd frontEnd) {
    return new MemoryPlanner(corpusBytes, chatModelBytes, frontEnd, Optional.of(base), tuning)
        .training(config);
  }

  /**
   * Chat or generation with a model, float32.
   *
   * @param config for the budget
   * @param context positions of the KV-cache
   * @param inUse bytes the process takes already beyond its base (a training), 0 for none
   */
  public static MemoryPlan forGeneration(
      AppConfig config, ModelConfig model, int context, long inUse, FrontEnd frontEnd) {
    long weights = Float.BYTES * model.parameterCount();
    return MemoryPlanner.generation(config, model, weights, context, inUse, frontEnd);
  }

  /**
   * The same with weights of that many bytes in memory.
   *
   * @param weightBytes see {@code ModelInfo.weightBytes}
   */
  public static MemoryPlan forGeneration(
      AppConfig config,
      ModelConfig model,
      long weightBytes,
      int context,
      long inUse,
      FrontEnd frontEnd) {
    return MemoryPlanner.generation(config, model, weightBytes, context, inUse, frontEnd);
  }

  /** Generation with a model of the configured shape and quantization and its whole context. */
  public static MemoryPlan forGeneration(AppConfig config, FrontEnd frontEnd) {
    AppConfig.Hyperparameters h = config.hyperparameters();
    ModelConfig shape = TrainingParts.shape(h, h.vocabSize());
    long weights =
        config.quantization() == Quantization.INT8
            ? QuantizedParameters.bytes(shape, List.of())
            : Float.BYTES * shape.parameterCount();
    return forGeneration(config, shape, weights, h.maxSeqLen(), 0, frontEnd);
  }

  /** Sum of all lines, bytes. */
  public long total() {
    return lines.stream().mapToLong(Line::bytes).sum();
  }

  /** Bytes of one item, 0 when it is not in the plan. */
  public long bytes(Item item) {
    return lines.stream().filter(l -> l.item() == item).mapToLong(Line::bytes).sum();
  }

  /** Whether the total is within 85 % of the budget. */
  public boolean fits() {
    return total() <= accepted();
  }

  /** 85 % of the budget, bytes. */
  public long accepted() {
    return (long) (limit * MemoryGuard.ACCEPTED);
  }

  /**
   * Throws unless it {@link #fits()}.
   *
   * @throws OutOfBudget with the sum and what would fit
   */
  public void require() {
    if (!fits()) {
      throw new OutOfBudget(what, total(), accepted(), limit, suggestionText());
    }
  }

  /** What would fit, as a sentence in English; empty when this fits. */
  public String suggestionText() {
    return suggestions.isEmpty()
        ? ""
        : "What would fit: "
            + suggestions.stream().map(Suggestion::text).collect(Collectors.joining(", or "))
            + ".";
  }

  /** The plan as text in English, a line each, sizes in MB. */
  public String text() {
    StringBuilder text = new StringBuilder(what).append('\n');
    for (Line line : lines) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-12s %6.1f MB%n",
              line.item().name().toLowerCase(Locale.ROOT).replace('_', ' '),
              (double) line.bytes() / MemoryBudget.MB));
    }
    text.append(
        String.format(
            Locale.ROOT,
            "  %-12s %6.1f MB of %d MB, accepted up to %d MB: %s%n",
            "total",
            (double) total() / MemoryBudget.MB,
            limit / MemoryBudget.MB,
            accepted() / MemoryBudget.MB,
            fits() ? "fits" : "does not fit"));
    return suggestions.isEmpty() ? text.toString() : text.append(suggestionText()).toString();
  }

  private static long mb(long bytes) {
    return (bytes + MemoryBudget.MB - 1) / MemoryBudget.MB;
  }
}
