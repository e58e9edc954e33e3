package org.minillm.app;

import org.minillm.generate.StopReason;

/**
 * An answer with its figures.
 *
 * @param text with what it was to begin with, without stop strings and special tokens
 * @param reason why it ended
 * @param promptTokens tokens before what was generated
 * @param reusedTokens of them, tokens that were in the cache already
 * @param tokens generated
 * @param tokensPerSecond while answering, the prompt not counted; 0 for no token
 * @param firstTokenSeconds from the turn to compute to the first token; NaN for no token
 * @param forgottenMessages oldest messages that no longer fit the context
 * @param forgottenTokens tokens dropped while answering
 * @param contextUsed positions in use afterwards, of {@code contextLength}
 * @param trainingStep step of a model in training, -1 for a finished one
 */
public record ChatReply(
    String text,
    StopReason reason,
    int promptTokens,
    int reusedTokens,
    int tokens,
    double tokensPerSecond,
    double firstTokenSeconds,
    int forgottenMessages,
    int forgottenTokens,
    int contextUsed,
    int contextLength,
    long trainingStep) {
  /** The same of a conversation that was longer by so many oldest messages. */
  public ChatReply withMoreForgotten(int messages) {
    return new ChatReply(
        text,
        reason,
        promptTokens,
        reusedTokens,
        tokens,
        tokensPerSecond,
        firstTokenSeconds,
        forgottenMessages + messages,
        forgottenTokens,
        contextUsed,
        contextLength,
        trainingStep);
  }
}
