package org.minillm.app;

/** Hears a text in the making, on the thread that makes it. Be quick, never block. */
@FunctionalInterface
public interface CompletionListener {
  /** The next piece of whole characters. */
  void onText(String piece);

  /** The next token, before the text that it completes; those of a stop string come, too. */
  default void onToken(CompletionToken token) {}

  /** Alternatives wanted beside each token; below 0, the default, no token is told. */
  default int alternatives() {
    return -1;
  }
}
