package org.minillm.app.corpus;

import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive lines of a skeleton, joined by line breaks.
 *
 * @param lines number of each line in the file
 */
record Passage(String file, String text, List<Integer> lines) {
  /** The place of a character. */
  Place at(int offset) {
    int line = 0;
    for (int i = 0; i < Math.min(offset, text.length()); i++) {
      line += text.charAt(i) == '\n' ? 1 : 0;
    }
    return new Place(file, lines.get(line));
  }

  /** Collects lines. */
  static final class Builder {
    private final String file;
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> lines = new ArrayList<>();

    Builder(String file) {
      this.file = file;
    }

    Builder add(String line, int number) {
      if (!lines.isEmpty()) {
        text.append('\n');
      }
      text.append(line);
      lines.add(number);
      return this;
    }

    Passage build() {
      return new Passage(file, text.toString(), List.copyOf(lines));
    }
  }
}
