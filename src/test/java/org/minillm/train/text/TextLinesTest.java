package org.minillm.train.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Lines as the JDK sees them. */
class TextLinesTest {
  @Provide
  Arbitrary<String> linesOfAnyKind() {
    return Arbitraries.strings().withChars("ab\r\n 😀".toCharArray()).ofMaxLength(40);
  }

  @Property(tries = 1000)
  void linesAreThoseOfBufferedReader(@ForAll("linesOfAnyKind") String text) throws IOException {
    List<String> lines = new ArrayList<>();
    try (TextLines in = new TextLines(new StringReader(text))) {
      for (String line = in.next(); line != null; line = in.next()) {
        assertTrue(in.ended());
        lines.add(line);
      }
    }
    assertEquals(text.lines().toList(), lines);
  }
}
