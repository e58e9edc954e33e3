package org.minillm.app;

import java.util.function.Consumer;

/** Joins the pieces of a text that streams, so that it is told at most 30 times a second. */
final class TextPieces {
  private static final long NANOS = 33_000_000;

  private final Consumer<String> told;
  private final StringBuilder waiting = new StringBuilder();
  private long last;

  TextPieces(Consumer<String> told) {
    this.told = told;
  }

  void add(String piece) {
    waiting.append(piece);
    if (System.nanoTime() - last >= NANOS) {
      flush();
    }
  }

  /** Tells what waits. */
  void flush() {
    if (waiting.length() == 0) {
      return;
    }
    String text = waiting.toString();
    waiting.setLength(0);
    last = System.nanoTime();
    told.accept(text);
  }
}
