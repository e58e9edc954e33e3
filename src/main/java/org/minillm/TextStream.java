package org.minillm;

import java.util.List;
import java.util.function.Consumer;
import org.minillm.tokenizer.StreamingDecoder;

/**
 * Tokens in, text out: whole characters only, and nothing that could still become a stop string.
 */
final class TextStream {
  private final StreamingDecoder decoder;
  private final List<String> stops;
  private final Consumer<String> sink;
  private final StringBuilder text = new StringBuilder();

  /** Characters of {@link #text} that were handed out. */
  private int given;

  TextStream(StreamingDecoder decoder, List<String> stops, Consumer<String> sink) {
    this.decoder = decoder;
    this.stops = stops;
    this.sink = sink;
  }

  /** Takes a token; false when a stop string is complete: the text ends before it. */
  boolean accept(int id) {
    return append(decoder.accept(id));
  }

  /** Ends the text: what was held back comes out. */
  void finish() {
    if (append(decoder.flush())) {
      giveOut(text.length());
    }
  }

  String text() {
    return text.toString();
  }

  private boolean append(String piece) {
    if (piece.isEmpty()) {
      return true;
    }
    text.append(piece);
    int stopAt = -1;
    for (String stop : stops) {
      int at = text.indexOf(stop, Math.max(0, given - stop.length() + 1));
      if (at >= 0 && (stopAt < 0 || at < stopAt)) {
        stopAt = at;
      }
    }
    if (stopAt >= 0) {
      text.setLength(stopAt);
      giveOut(stopAt);
      return false;
    }
    giveOut(text.length() - heldBack());
    return true;
  }

  private void giveOut(int end) {
    if (end > given) {
      String piece = text.substring(given, end);
      given = end;
      sink.accept(piece);
    }
  }

  /** Length of the longest end of the text that a stop string begins with. */
  private int heldBack() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, text.length()); n > longest; n--) {
        if (stop.startsWith(text.substring(text.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
