package org.minillm.gui;

import java.io.PrintStream;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Standard error without what JavaFX tells there of itself: the rate of its pulses where it was
 * set, and what fails in it once the process ends, as its renderer ends before its pulses.
 */
final class ErrorStream extends PrintStream {
  private static final String RATE = "Setting PULSE_DURATION";
  private static final String FAILURE = "Exception in ";

  private final BooleanSupplier ending;

  ErrorStream(PrintStream to) {
    this(to, ErrorStream::ending);
  }

  /**
   * @param ending whether the process ends
   */
  ErrorStream(PrintStream to, BooleanSupplier ending) {
    super(to, true);
    this.ending = ending;
  }

  /** A process that ends takes no more hooks; it does not tell otherwise. */
  private static boolean ending() {
    Thread hook = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return !Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private boolean unwanted(@Nullable String text) {
    return text != null
        && (text.startsWith(RATE) || (text.startsWith(FAILURE) && ending.getAsBoolean()));
  }

  @Override
  public void println(@Nullable String line) {
    if (!unwanted(line)) {
      super.println(line);
    }
  }

  /** How a stack trace is printed, line by line. */
  @Override
  public void println(@Nullable Object line) {
    if (!ending.getAsBoolean()) {
      super.println(line);
    }
  }

  @Override
  public void print(@Nullable String text) {
    if (!unwanted(text)) {
      super.print(text);
    }
  }
}
