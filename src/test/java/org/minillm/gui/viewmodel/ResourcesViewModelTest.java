package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.minillm.app.GuardAction;
import org.minillm.app.GuardEvent;
import org.minillm.app.GuardLevel;

class ResourcesViewModelTest {
  private static GuardAction shownAfter(GuardAction... actions) {
    Optional<GuardEvent> shown = Optional.empty();
    for (GuardAction action : actions) {
      GuardEvent event = new GuardEvent(0, GuardLevel.CALM, action, 2, 1, 0.5, 4, "");
      shown = Optional.of(ResourcesViewModel.lastAct(shown, event));
    }
    return shown.orElseThrow().action();
  }

  @Test
  void whatTheGuardDidStaysWhenItOnlyWatchesOrIsCalmAgain() {
    assertEquals(GuardAction.CALM, shownAfter(GuardAction.WATCH, GuardAction.CALM));
    for (GuardAction act :
        new GuardAction[] {GuardAction.TRIM, GuardAction.PAUSE, GuardAction.RELEASE}) {
      assertEquals(act, shownAfter(act, GuardAction.CALM, GuardAction.WATCH));
    }
    assertEquals(
        GuardAction.RESUME, shownAfter(GuardAction.PAUSE, GuardAction.RESUME, GuardAction.CALM));
    assertEquals(
        GuardAction.PAUSE, shownAfter(GuardAction.TRIM, GuardAction.CALM, GuardAction.PAUSE));
  }
}
