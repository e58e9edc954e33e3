package org.minillm.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Acts on memory pressure, with hysteresis (design.md section 5.3). */
public final class MemoryGuard {
  /** Share of the budget under which a plan is accepted and paused work goes on. */
  public static final double ACCEPTED = 0.85;

  /**
   * @param log JSON-lines file the events are appended to, or empty
   */
  public MemoryGuard(ResourceMonitor monitor, Optional<Path> log) {}

  /** The level now. */
  public GuardLevel level() {
    return GuardLevel.CALM;
  }

  /** Whether work sleeps because of the guard. */
  public boolean paused() {
    return false;
  }

  /** Puts work under the guard. */
  public Subscription guard(GuardedWork work) {
    return () -> {};
  }

  /** Goes on although the pressure is still high. */
  public void resumeAnyway() {}

  /** The latest events (at most 200), oldest first. */
  public List<GuardEvent> events() {
    return List.of();
  }

  /** Events as they happen, on the monitor's thread. */
  public Subscription listen(Consumer<GuardEvent> listener) {
    return () -> {};
  }
}
