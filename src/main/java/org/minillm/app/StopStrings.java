package org.minillm.app;

import java.util.List;

/**
 * Lets text through until one of several strings appears. What could be the beginning of one is
 * held back until the next piece tells.
 */
final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopStrings(List<String> stops) {
    this.stops = stops;
  }

  /** What may be shown now. */
  String accept(String piece) {
    if (found) {
      return "";
    }
    held.append(piece);
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      first = at >= 0 && (first < 0 || at < first) ? at : first;
    }
    if (first >= 0) {
      found = true;
      return held.substring(0, first);
    }
    int show = held.length() - longestBeginning();
    String text = held.substring(0, show);
    held.delete(0, show);
    return text;
  }

  /** Whether a stop string came. */
  boolean found() {
    return found;
  }

  /** What was held back, at the end. */
  String flush() {
    String rest = found ? "" : held.toString();
    held.setLength(0);
    return rest;
  }

  private int longestBeginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
