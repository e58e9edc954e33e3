package org.minillm.app;

import java.util.function.IntFunction;
import org.minillm.base.MemoryBudget;

/** How much of a model's context the budget has room for. */
final class FittingContext {
  private static final System.Logger LOG = System.getLogger(FittingContext.class.getName());

  /** With fewer tokens of context a model is of little use. */
  private static final int SHORTEST = 256;

  private FittingContext() {}

  /**
   * The whole context, or the half, the quarter and so on of it that fits, of which a warning is
   * logged.
   *
   * @param whole tokens the model was made for
   * @param plan of the model with so many of them
   * @throws org.minillm.base.MiniLlmException.OutOfBudget if none fits, with what the whole takes
   */
  static int of(int whole, IntFunction<MemoryPlan> plan) {
    int context = whole;
    while (context / 2 >= SHORTEST && !plan.apply(context).fits()) {
      context /= 2;
    }
    MemoryPlan all = plan.apply(whole);
    if (!plan.apply(context).fits()) {
      all.require();
    }
    if (context < whole) {
      LOG.log(
          System.Logger.Level.WARNING,
          "The context is {0} of {1} tokens: with all of them the model would take {2} MB of the"
              + " {3} MB budget.",
          Integer.toString(context),
          Integer.toString(whole),
          all.total() / MemoryBudget.MB,
          all.limit() / MemoryBudget.MB);
    }
    return context;
  }
}
