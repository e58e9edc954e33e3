package org.minillm.gui.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lines of letters one pixel wide. */
class TokenLinesTest {
  private static TokenLines lines(double room, double padding, String... tokens) {
    List<TokenMap.Cell> cells =
        Stream.of(tokens).map(text -> new TokenMap.Cell(text, Double.NaN, 0, -1, false)).toList();
    return new TokenLines(cells, room, padding, String::length);
  }

  /** What stands in each line, one cell after the other. */
  private static List<String> drawn(TokenLines lines) {
    return IntStream.range(0, lines.lines())
        .mapToObj(
            row ->
                IntStream.range(0, lines.cells())
                    .filter(i -> lines.line(i) == row)
                    .mapToObj(lines::words)
                    .reduce("", String::concat))
        .toList();
  }

  @Test
  void aWrappedLineBeginsWithItsFirstLetter() {
    TokenLines lines = lines(8, 0, " once", " upon", " a", " time");
    assertEquals(List.of(" once", "upon a", "time"), drawn(lines));
    assertEquals(List.of(0.0, 0.0, 4.0, 0.0), IntStream.range(0, 4).mapToObj(lines::x).toList());
    assertEquals(4, lines.width(1));
  }

  @Test
  void aWordOfSeveralTokensGoesToTheNextLineWhole() {
    TokenLines lines = lines(9, 0, "once", " up", "on", "time", " a");
    assertEquals(List.of("once", "upontime", "a"), drawn(lines));
    assertEquals(2, lines.x(2));
    assertEquals(List.of("ab", "cd"), drawn(lines(3, 0, "ab", " ", "cd")), "a space of its own");
  }

  @Test
  void whatBeginsAfterALineFeedStaysAsItIs() {
    assertEquals(
        List.of("one.↵", "  two", "three"), drawn(lines(8, 0, "one.\n", "  two", " three")));
  }

  @Test
  void tokensWithRoomAroundThemKeepTheirSpaces() {
    TokenLines lines = lines(8, 1, " one", " two");
    assertEquals(List.of(" one", " two"), drawn(lines));
    assertEquals(7, lines.width(1), "four letters, room on both sides and a gap");
  }
}
