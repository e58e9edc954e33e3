package org.minillm.gui;

import com.sun.glass.ui.Timer;
import com.sun.javafx.tk.Toolkit;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
import java.util.Optional;

/**
 * JavaFX's timer of pulses, which stops while nothing moves. JavaFX asks its timer to pause after a
 * quiet moment and to resume with the next change; GTK's does not listen, and wakes an idle window
 * as often as one that draws. This one stops it and starts it anew.
 *
 * <p>Takes JavaFX's own classes, which the start script opens; where they are closed or look
 * otherwise, everything stays as JavaFX has it.
 */
final class PulseTimer extends Timer {
  private static final int PERIOD_MILLIS = 16;
  private static final long STARTED = 1;

  private final Timer ticks;

  private PulseTimer(Timer ticks) {
    super(() -> {}); // the ticks have JavaFX's own
    this.ticks = ticks;
  }

  /** Whether JavaFX lets its timer be replaced; before or after its start. */
  static boolean possible() {
    try {
      return field().trySetAccessible();
    } catch (ReflectiveOperationException | LinkageError e) {
      return false;
    }
  }

  /**
   * Replaces the timer of the running toolkit, where that is possible; on its thread.
   *
   * @return what is there now; empty if JavaFX's own stays
   */
  static Optional<PulseTimer> use() {
    try {
      Field field = field();
      if (field.trySetAccessible() && field.get(Toolkit.getToolkit()) instanceof Timer ticks) {
        PulseTimer timer = new PulseTimer(ticks);
        timer.start(PERIOD_MILLIS);
        field.set(Toolkit.getToolkit(), timer);
        return Optional.of(timer);
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      System.getLogger(PulseTimer.class.getName())
          .log(Level.DEBUG, "JavaFX's timer stays as it is", e);
    }
    return Optional.empty();
  }

  private static Field field() throws ReflectiveOperationException {
    return Class.forName("com.sun.javafx.tk.quantum.QuantumToolkit").getDeclaredField("pulseTimer");
  }

  /** Whether it ticks at present. */
  boolean ticks() {
    return ticks.isRunning();
  }

  @Override
  protected long _start(Runnable runnable) {
    return _start(runnable, PERIOD_MILLIS);
  }

  @Override
  protected long _start(Runnable runnable, int period) {
    ticks.start(period);
    return STARTED;
  }

  @Override
  protected void _stop(long started) {
    ticks.stop();
  }

  @Override
  protected void _pause(long started) {
    ticks.stop();
  }

  @Override
  protected void _resume(long started) {
    if (!ticks.isRunning()) {
      ticks.start(PERIOD_MILLIS);
    }
  }
}
