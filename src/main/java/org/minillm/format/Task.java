package org.minillm.format;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A part of a model read on one thread, whose result or error another thread takes. */
final class Task<T> {
  /** Reads something. */
  interface Reading<T> {
    T read() throws IOException;
  }

  private final Reading<T> reading;
  private @Nullable T result;
  private @Nullable Exception failure;

  Task(Reading<T> reading) {
    this.reading = reading;
  }

  void run() {
    try {
      result = reading.read();
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
  }

  /** What was read, after {@link #run}; throws what reading threw. */
  T get() throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (result == null) {
      throw new IllegalStateException("not read yet");
    }
    return result;
  }
}
