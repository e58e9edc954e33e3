package org.minillm;

import java.util.function.Consumer;
import org.minillm.generate.ScoredToken;

/** News of a text under way, on the generating thread. Be quick, never block. */
public interface GenerationListener {
  /** The next piece, whole characters, nothing that could still become a stop string. */
  default void onText(String piece) {}

  /**
   * The next token with {@link #candidates()} likeliest ones beside it, before the text that it
   * completes. Tokens of a stop string come, too; the one that ends a text does not.
   */
  default void onToken(ScoredToken token) {}

  /** Candidates wanted beside each token; below 0, the default, {@link #onToken} is not called. */
  default int candidates() {
    return -1;
  }

  /** Hears the text alone. */
  static GenerationListener ofText(Consumer<String> onText) {
    return new GenerationListener() {
      @Override
      public void onText(String piece) {
        onText.accept(piece);
      }
    };
  }
}
