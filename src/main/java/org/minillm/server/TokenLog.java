package org.minillm.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.minillm.app.CompletionToken;

/**
 * Tells with each piece of text the tokens that it is made of. A token is known before its text is
 * sent, for that may wait until it is no stop string and its characters are whole.
 */
final class TokenLog {
  private final Deque<CompletionToken> waiting = new ArrayDeque<>();

  /** Bytes of the text told so far, and of the tokens told with it. */
  private long textBytes;

  private long tokenBytes;

  void add(List<CompletionToken> tokens) {
    waiting.addAll(tokens);
  }

  /** The tokens that begin within the text told so far, this piece included. */
  List<CompletionToken> with(String piece) {
    textBytes += piece.getBytes(StandardCharsets.UTF_8).length;
    List<CompletionToken> told = new ArrayList<>();
    while (!waiting.isEmpty() && tokenBytes < textBytes) {
      CompletionToken token = waiting.remove();
      tokenBytes += token.bytes().size();
      told.add(token);
    }
    return told;
  }

  /** All that are left: at the end of a text that no stop string ended. */
  List<CompletionToken> rest() {
    List<CompletionToken> told = List.copyOf(waiting);
    waiting.clear();
    return told;
  }
}
