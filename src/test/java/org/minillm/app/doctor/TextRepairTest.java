package org.minillm.app.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.tokenizer.ChatMessage;

/** Mojibake, invisible characters and lengths, one text at a time. */
class TextRepairTest {
  private static final String TEXT =
      "¿Dónde está el niño? «Aquí», dijo ella… “Así es” – cuesta 5 €. Ñandú, pingüino, œuvre 😊";

  private static String misread(String text, Charset as) {
    return new String(text.getBytes(StandardCharsets.UTF_8), as);
  }

  @Test
  void textReadAsLatinIsPutRightHoweverOften() {
    Charset windows = Charset.forName("windows-1252");
    Mojibake mojibake = new Mojibake();
    String once = misread(TEXT, StandardCharsets.ISO_8859_1);
    assertEquals(TEXT, mojibake.repair(once));
    assertEquals(TEXT, mojibake.repair(misread(once, StandardCharsets.ISO_8859_1)));
    String common = TEXT.replaceAll("[”í]", ""); // bytes that Windows-1252 has no character for
    assertEquals(common, mojibake.repair(misread(common, windows)));
    assertEquals(common, mojibake.repair(misread(misread(common, windows), windows)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "¿Dónde está el niño? «Aquí», dijo — “sí”… 5 €, ½, 20 °C",
        "«¡SE ACABÓ», «CAFÉ», «AQUÍ», «ÑU», «PERÚ»",
        "São João, français, Zürich, Ångström, naïve, œuvre",
        "Привет, κόσμος, 日本語, 😊",
        "plain English"
      })
  void rightTextStaysAsItIs(String text) {
    assertSame(text, new Mojibake().repair(text));
    assertEquals(-1, Mojibake.lostAt(text));
  }

  @Test
  void partsOfATextArePutRightBesideRightOnes() {
    Mojibake mojibake = new Mojibake();
    assertEquals("año, niño y señor", mojibake.repair("año, niÃ±o y seÃ±or"));
    assertEquals(2, mojibake.repaired());
    assertEquals(7, mojibake.firstAt());
    assertEquals("“Hola”", mojibake.repair("\u0093Hola\u0094"));
    assertEquals(4, Mojibake.lostAt("aquÃ est\u00E1".replace("aqu", "aquu")));
  }

  @Test
  void whatNobodySeesIsTakenOut() {
    ControlCharacters controls = new ControlCharacters();
    assertEquals("a\tb\nc\nd", controls.remove("a\tb\r\nc\rd\u0000"));
    assertEquals(3, controls.removed());
    assertEquals("niño", controls.remove("\uFEFFni\u00ADño\u200B"));
    String right = "👩\u200D🚀 a\u00A0b";
    assertSame(right, controls.remove(right));
  }

  @Test
  void longTextIsCutWithoutLosingAnything() {
    Random random = new Random(3);
    LengthRule rule = new LengthRule(50, Optional.empty());
    for (int i = 0; i < 50; i++) {
      StringBuilder text = new StringBuilder();
      while (text.length() < 3000) {
        text.append(StoryTexts.spanish(random, 1 + random.nextInt(40)));
        text.append(List.of(" ", "\n", "\n\n", "", "😊").get(random.nextInt(5)));
      }
      Content content = new Content(text.toString().strip(), List.of(), "");
      List<Content> pieces = rule.split(content);
      StringBuilder joined = new StringBuilder();
      for (Content piece : pieces) {
        assertTrue(rule.tokens(piece) <= 50);
        joined.append(piece.text());
      }
      assertTrue(pieces.size() < 4 * rule.tokens(content) / 50);
      assertEquals(content.text().replaceAll("\\s", ""), joined.toString().replaceAll("\\s", ""));
    }
  }

  @Test
  void textIsCutAtBlankLinesBeforeSentencesBeforeWords() {
    LengthRule rule = new LengthRule(10, Optional.empty());
    Content lines =
        new Content("One two three four.\n\nFive six. Seven eight nine ten", List.of(), "");
    assertEquals("One two three four.", rule.split(lines).get(0).text());
    Content sentences = new Content("One two three four five. Six seven eight nine", List.of(), "");
    assertEquals("One two three four five.", rule.split(sentences).get(0).text());
  }

  @Test
  void conversationIsCutBeforeAQuestionAndKeepsItsSystemMessage() {
    LengthRule rule = new LengthRule(40, Optional.empty());
    ChatMessage system = ChatMessage.system("Be brief.");
    ChatMessage question = ChatMessage.user("Who are you?");
    ChatMessage answer = ChatMessage.assistant("A small program.");
    Content talk = new Content("", List.of(system, question, answer, question, answer), "");
    List<Content> pieces = rule.split(talk);
    assertEquals(2, pieces.size());
    pieces.forEach(p -> assertEquals(List.of(system, question, answer), p.messages()));
    assertEquals(1, new LengthRule(20, Optional.empty()).split(pieces.get(0)).size());
  }
}
