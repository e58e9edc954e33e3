package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.OutOfBudget;

class FittingContextTest {
  /** A model whose context takes a kB a token, beside 1 MB of weights. */
  private static MemoryPlan plan(int context, int limitMb) {
    return new MemoryPlan(
        "generation with context " + context,
        List.of(
            new MemoryPlan.Line(MemoryPlan.Item.WEIGHTS, MemoryBudget.MB),
            new MemoryPlan.Line(MemoryPlan.Item.SESSION, context * 1024L)),
        limitMb * MemoryBudget.MB,
        List.of());
  }

  @Test
  void theLargestHalfOfAHalfThatFitsIsTaken() {
    assertEquals(8192, FittingContext.of(8192, c -> plan(c, 20)));
    assertEquals(4096, FittingContext.of(8192, c -> plan(c, 8)));
    assertEquals(2048, FittingContext.of(8192, c -> plan(c, 4)));
  }

  @Test
  void whereNoneFitsTheRefusalTellsTheWhole() {
    OutOfBudget e = assertThrows(OutOfBudget.class, () -> FittingContext.of(8192, c -> plan(c, 1)));
    assertEquals(9 * MemoryBudget.MB, e.asked());
  }
}
