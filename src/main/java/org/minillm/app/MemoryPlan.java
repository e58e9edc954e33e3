package org.minillm.app;

import java.util.List;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.OutOfBudget;

/**
 * What something will take in memory, line by line, before anything is allocated.
 *
 * @param what for messages: "training base, batch 4"
 * @param lines in the order to show
 * @param limit the budget, bytes
 * @param suggestion the smallest change that fits, where this does not
 */
public record MemoryPlan(
    String what, List<Line> lines, long limit, Optional<Suggestion> suggestion) {

  /** What takes memory. */
  public enum Item {
    /** JVM, code, libraries and the window where there is one (measured). */
    PROCESS,
    WEIGHTS,
    GRADIENTS,
    OPTIMIZER,
    ACTIVATIONS,
    /** KV-cache and scratch of a chat or generation. */
    SESSION,
    TOKENIZER,
    DATASET
  }

  /** One line of the plan: bytes an item takes. */
  public record Line(Item item, long bytes) {}

  /** What can be changed to make a plan fit. */
  public enum Change {
    /** {@code value} = the micro-batch. */
    BATCH,
    MEMORY_SAVER,
    /** {@code value} = batch size, and memory saver on. */
    BATCH_AND_MEMORY_SAVER,
    /** {@code value} = tokens. */
    CONTEXT,
    /** {@code value} = id of the preset. */
    PRESET,
    /** Same work from the command line, without the window. */
    COMMAND_LINE,
    /** {@code value} = id of the preset, from the command line. */
    PRESET_ON_COMMAND_LINE,
    /** Close the model of the chat. */
    EJECT_CHAT_MODEL,
    /** {@code value} = the budget in MB that would be enough. */
    BUDGET
  }

  /** A change that was computed to fit: with it, all takes {@code totalBytes}. */
  public record Suggestion(Change change, String value, long totalBytes) {
    /** In English, without a full stop. */
    public String text() {
      throw new UnsupportedOperationException();
    }
  }

  public MemoryPlan {
    lines = List.copyOf(lines);
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

  /** Throws unless it {@link #fits()}. */
  public void require() {
    if (!fits()) {
      throw new OutOfBudget(
          what, total(), accepted(), limit, suggestion.map(Suggestion::text).orElse(""));
    }
  }

  /** The plan as text, a line each, sizes in MB. */
  public String text() {
    return what + " " + total() / MemoryBudget.MB;
  }

  /** Training as {@code config} says. */
  public static MemoryPlan forTraining(AppConfig config, FrontEnd frontEnd) {
    throw new UnsupportedOperationException();
  }

  /** Chat or generation with a model of this shape, float32. */
  public static MemoryPlan forGeneration(AppConfig config, FrontEnd frontEnd) {
    throw new UnsupportedOperationException();
  }
}
