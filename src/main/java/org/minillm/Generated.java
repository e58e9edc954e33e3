package org.minillm;

import org.minillm.generate.StopReason;

/**
 * A generated text and its figures.
 *
 * @param text what follows the prompt; whole characters, a stop string is not part of it
 * @param stopReason why it ended
 * @param promptTokens tokens in the prompt
 * @param reusedTokens of them, tokens that were in the cache already
 * @param forgottenTokens tokens that left the context because it was full
 * @param tokens tokens generated
 * @param ids of them; those of a stop string are among them
 * @param promptNanos time to process the prompt
 * @param decodeNanos time from then to the end
 */
public record Generated(
    String text,
    StopReason stopReason,
    int promptTokens,
    int reusedTokens,
    int forgottenTokens,
    int tokens,
    int[] ids,
    long promptNanos,
    long decodeNanos) {

  /** Tokens of the prompt a second, those in the cache not counted; 0 if none. */
  public double promptTokensPerSecond() {
    return promptNanos == 0 ? 0 : (promptTokens - reusedTokens) * 1e9 / promptNanos;
  }

  /** New tokens a second; 0 if none. */
  public double decodeTokensPerSecond() {
    return decodeNanos == 0 ? 0 : tokens * 1e9 / decodeNanos;
  }

  /** Milliseconds to the first token. */
  public double firstTokenMillis() {
    return promptNanos / 1e6;
  }
}
