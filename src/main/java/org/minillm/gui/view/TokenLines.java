package org.minillm.gui.view;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Where each cell of a {@link TokenMap} stands: lines of a given width, in which a word of several
 * tokens goes to the next line whole. Text that is drawn as it is read begins a wrapped line
 * without the space before it.
 */
final class TokenLines {
  private static final double SMALLER = TokenMap.SMALLER;

  private final List<TokenMap.Cell> cells;
  private final double padding;
  private final ToDoubleFunction<String> widthOf;
  private final double[] x;
  private final double[] width;
  private final int[] line;
  private final String[] words;

  /**
   * @param room width of a line, pixels
   * @param padding free pixels on both sides of a token's text; 0 draws the text as it is read
   * @param widthOf the width of a text, pixels
   */
  TokenLines(
      List<TokenMap.Cell> cells, double room, double padding, ToDoubleFunction<String> widthOf) {
    this.cells = cells;
    this.padding = padding;
    this.widthOf = widthOf;
    x = new double[cells.size()];
    width = new double[cells.size()];
    line = new int[cells.size()];
    words = new String[cells.size()];
    flow(room);
  }

  private void flow(double room) {
    double at = 0;
    int row = 0;
    int word = 0;
    int first = 0;
    boolean wrapped = false;
    for (int i = 0; i < cells.size(); i++) {
      String text = cells.get(i).text();
      measure(i, wrapped && at == 0);
      if (text.isEmpty() || !Character.isLetterOrDigit(text.codePointAt(0))) {
        word = i;
      }
      if (at + width[i] > room && i > first) {
        row++;
        wrapped = true;
        first = word > first ? word : i;
        at = 0;
        for (int j = first; j < i; j++) {
          measure(j, at == 0);
          at = place(j, at, row);
        }
        measure(i, at == 0);
      }
      at = place(i, at, row);
      if (text.indexOf('\n') >= 0) {
        row++;
        wrapped = false;
        at = 0;
        first = i + 1;
        word = i + 1;
      }
    }
  }

  /**
   * @param first whether the cell begins a wrapped line
   */
  private void measure(int i, boolean first) {
    TokenMap.Cell cell = cells.get(i);
    String text = first && padding == 0 ? cell.text().replaceFirst("^ +", "") : cell.text();
    words[i] = signs(text);
    double wide =
        Math.max(widthOf.applyAsDouble(words[i]), SMALLER * widthOf.applyAsDouble(cell.caption()));
    width[i] = wide + 2 * padding + (padding > 0 ? 1 : 0);
  }

  private double place(int i, double at, int row) {
    x[i] = at;
    line[i] = row;
    return at + width[i];
  }

  /** White space that has a width but nothing to see gets a sign. */
  private static String signs(String text) {
    return text.replace("\r", "␍").replace("\n", "↵").replace("\t", "⇥");
  }

  int cells() {
    return cells.size();
  }

  int lines() {
    return cells.isEmpty() ? 0 : line[cells.size() - 1] + 1;
  }

  /** Where a cell begins, pixels from the beginning of its line. */
  double x(int cell) {
    return x[cell];
  }

  /** A cell's width, pixels. */
  double width(int cell) {
    return width[cell];
  }

  /** The line that a cell is in, from 0. */
  int line(int cell) {
    return line[cell];
  }

  /** What is drawn of a cell's text. */
  String words(int cell) {
    return words[cell];
  }
}
