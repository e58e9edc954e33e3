package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.minillm.gui.viewmodel.Markdown.Block;
import org.minillm.gui.viewmodel.Markdown.Kind;
import org.minillm.gui.viewmodel.Markdown.Span;

class MarkdownTest {
  private static List<String> texts(String markdown) {
    return Markdown.parse(markdown).stream().map(Block::text).toList();
  }

  @Test
  void aParagraphKeepsItsLinesAndItsStyles() {
    List<Block> blocks = Markdown.parse("La **luna** es *muy\ngrande*; `x < y`.\n\nFin.");
    assertEquals(
        List.of("La luna es muy\ngrande; x < y.", "Fin."),
        texts("La **luna** es *muy\ngrande*; `x < y`.\n\nFin."));
    List<Span> spans = blocks.get(0).spans();
    assertEquals(new Span("luna", true, false, false, false), spans.get(1));
    assertEquals(new Span("muy", false, true, false, false), spans.get(3));
    assertTrue(spans.contains(new Span("x < y", false, false, true, false)));
    assertEquals(
        new Span("aquí", false, false, false, true),
        Markdown.parse("[aquí](http://a.b)").get(0).spans().get(0));
  }

  @Test
  void headingsCodeAndRulesAreBlocks() {
    List<Block> blocks = Markdown.parse("## Uno\n```java\nint a;\n  b\n```\n---\nDos");
    assertEquals(
        List.of(Kind.HEADING, Kind.CODE, Kind.RULE, Kind.PARAGRAPH),
        blocks.stream().map(Block::kind).toList());
    assertEquals(2, blocks.get(0).level());
    assertEquals("int a;\n  b", blocks.get(1).text());
  }

  @Test
  void listsKnowTheirMarkersAndDepth() {
    List<Block> blocks = Markdown.parse("- uno\n- dos\n  1. tres\n  2. cuatro\n\n  más\n");
    assertEquals(List.of("•", "•", "1.", "2.", ""), blocks.stream().map(Block::marker).toList());
    assertEquals(List.of(1, 1, 2, 2, 1), blocks.stream().map(Block::indent).toList());
    assertEquals("7.", Markdown.parse("6. seis\n7. siete").get(1).marker());
    assertTrue(Markdown.parse("> dicho").get(0).quoted());
  }

  @Test
  void whatASmallModelWritesByChanceStaysText() {
    assertEquals(List.of("<b>x</b>"), texts("<b>x</b>"));
    assertEquals(List.of("<div>", "y"), texts("<div>\n\ny"));
    assertEquals(List.of("cuatro espacios"), texts("    cuatro espacios"));
    assertEquals(List.of("**sin cerrar"), texts("**sin cerrar"));
    assertEquals(List.of(""), texts(""));
    assertEquals(List.of(""), texts("-"));
  }

  @Test
  void textThatStreamsChangesItsLastBlockOnly() {
    String whole = "# Uno\n\nDos **tres** cuatro.\n\n- cinco\n- seis\n\n```\nsiete\n```\n";
    for (int i = 1; i < whole.length(); i++) {
      List<Block> before = Markdown.parse(whole.substring(0, i));
      List<Block> after = Markdown.parse(whole.substring(0, i + 1));
      int same = Math.min(before.size(), after.size()) - 1;
      assertEquals(before.subList(0, same), after.subList(0, same), "at " + i);
    }
  }

  @Test
  void deepNestingIsBounded() {
    assertTrue(Markdown.parse(">".repeat(5000) + " x").size() < 100);
    assertTrue(Markdown.parse("*".repeat(3000) + "x" + "*".repeat(3000)).size() < 100);
    assertTrue(Markdown.parse("- ".repeat(3000) + "x").size() < 100);
  }
}
