package org.minillm.gui;

import com.sun.glass.ui.Timer;
import com.sun.javafx.tk.Toolkit;
import java.lang.System.Logger.Level;
import java.lang.reflect.Field;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * JavaFX's timer of pulses, which stops while nothing moves. JavaFX asks its timer to pause after a
 * quiet moment and to resume with the next change; GTK's does not listen, and wakes an idle window
 * as often as one that draws. This one stops it and starts it anew.
 *
 * <p>Takes JavaFX's own classes, which the start script opens; where they are closed or look
 * otherwise, everything stays as JavaFX has it.
 */
final class PulseTimer {
  private static final String TOOLKIT = "com.sun.javafx.tk.quantum.QuantumToolkit";
  private static final int PERIOD_MILLIS = 16;

  private final Timer ticks;

  private PulseTimer(Timer ticks) {
    this.ticks = ticks;
  }

  /** Whether JavaFX lets its timer be replaced; before or after its start. */
  static boolean possible() {
    try {
      Module window = PulseTimer.class.getModule();
      Module javafx = toolkit().getModule();
      return Stream.of("com.sun.glass.ui", "com.sun.javafx.tk")
              .allMatch(name -> javafx.isExported(name, window))
          && field().trySetAccessible();
    } catch (ReflectiveOperationException e) {
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
        Pausing pausing = new Pausing(ticks);
        pausing.start(PERIOD_MILLIS);
        field.set(Toolkit.getToolkit(), pausing);
        return Optional.of(new PulseTimer(ticks));
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      System.getLogger(PulseTimer.class.getName())
          .log(Level.DEBUG, "JavaFX's timer stays as it is", e);
    }
    return Optional.empty();
  }

  private static Class<?> toolkit() throws ClassNotFoundException {
    return Class.forName(TOOLKIT, false, PulseTimer.class.getClassLoader());
  }

  private static Field field() throws ReflectiveOperationException {
    return toolkit().getDeclaredField("pulseTimer");
  }

  /** Whether it ticks at present. */
  boolean ticks() {
    return ticks.isRunning();
  }

  /** Of a class of its own, which is loaded only where JavaFX lets it be. */
  private static final class Pausing extends Timer {
    private static final long STARTED = 1;

    private final Timer ticks;

    Pausing(Timer ticks) {
      super(() -> {}); // the ticks have JavaFX's own
      this.ticks = ticks;
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
}
