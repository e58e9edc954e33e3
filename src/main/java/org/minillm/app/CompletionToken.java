package org.minillm.app;

import java.util.List;

/**
 * A token of an answer with its probability in the model's own distribution.
 *
 * @param text as it is shown; {@code <0xC3>} for a byte that is no whole character
 * @param bytes what it adds to the text, UTF-8 but perhaps only a part of a character
 * @param logProbability natural logarithm of its probability
 * @param alternatives the likeliest tokens in its place, falling, without alternatives of their own
 */
public record CompletionToken(
    String text, List<Byte> bytes, double logProbability, List<CompletionToken> alternatives) {
  public CompletionToken {
    bytes = List.copyOf(bytes);
    alternatives = List.copyOf(alternatives);
  }
}
