package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PreTokenizerTest {
  private static final Pattern DIGIT = Pattern.compile("\\p{N}");
  private static final Pattern GPT2 =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private static List<String> byPattern(String text) {
    List<String> words = new ArrayList<>();
    Matcher digit = DIGIT.matcher(text);
    int from = 0;
    while (digit.find()) {
      addWords(text.substring(from, digit.start()), words);
      words.add(digit.group());
      from = digit.end();
    }
    addWords(text.substring(from), words);
    return words;
  }

  private static void addWords(String piece, List<String> words) {
    Matcher word = GPT2.matcher(piece);
    while (word.find()) {
      words.add(word.group());
    }
  }

  private static List<String> byScanner(String text) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < text.length(); ) {
      int end = PreTokenizer.wordEnd(text, i, text.length());
      assertTrue(end > i, "no progress at " + i);
      words.add(text.substring(i, end));
      i = end;
    }
    return words;
  }

  @Test
  void knownTextsAreCutAsExpected() {
    assertEquals(
        List.of(
            "I", "'ll", " say", " ¡", "hola", "!", "  ", " x", " ", "4", "2", "\n", "\n", "don",
            "'t"),
        byScanner("I'll say ¡hola!   x 42\n\ndon't"));
    assertEquals(List.of("a", "   ", "1", "  "), byScanner("a   1  "));
    assertEquals(List.of(), byScanner(""));
  }

  @Test
  void everyCharacterIsCutAsByThePattern() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3200 ? 1 : 7) {
      if (c >= 0xD800 && c < 0xE000) {
        continue;
      }
      String s = Character.toString(c);
      String text = "a" + s + "b " + s + s + " x " + s + "1" + s;
      assertEquals(byPattern(text), byScanner(text), () -> "U+" + s.codePointAt(0));
    }
  }

  @Test
  void randomTextsAreCutAsByThePattern() {
    for (String text : TokenizerSamples.randomTexts(1, 4000, 40)) {
      assertEquals(byPattern(text), byScanner(text));
    }
    String sample = TokenizerSamples.text("sample.txt");
    assertEquals(byPattern(sample), byScanner(sample));
  }

  @Test
  @Tag("shared")
  void realBooksAreCutAsByThePattern() throws IOException {
    for (String name : List.of("es/gutenberg_simple.txt", "en/gutenberg_simple.txt")) {
      String text = Files.readString(Path.of("..", "shared", "data").resolve(name));
      assertEquals(byPattern(text), byScanner(text), name);
    }
  }

  @Test
  void endlessRunsAreCutButNoCharacterIsHalved() {
    for (String unit : List.of("-", "a", " ", "🙂", "𠮷")) {
      String text = "x" + unit.repeat(100_000);
      List<String> words = byScanner(text);
      assertEquals(text, String.join("", words));
      for (String word : words) {
        assertTrue(word.length() <= PreTokenizer.MAX_WORD + 1);
        assertTrue(!Character.isLowSurrogate(word.charAt(0)), "halved");
      }
    }
  }

  @Test
  void wordsEndAtTheGivenBound() {
    assertEquals(3, PreTokenizer.wordEnd("abcdef", 0, 3));
    assertEquals(3, PreTokenizer.wordEnd("a   b", 1, 3), "white space before a bound stays whole");
    assertEquals(1, PreTokenizer.wordEnd("'ll", 0, 1));
  }

  @Test
  void utf8IsJavasAndHalfPairsBecomeTheReplacementCharacter() {
    for (String text : TokenizerSamples.randomTexts(2, 500, 40)) {
      assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), utf8(text));
    }
    assertArrayEquals(
        "a\uFFFDb\uFFFD\uFFFD".getBytes(StandardCharsets.UTF_8), utf8("a\uD83Db\uDE00\uD83D"));
  }

  private static byte[] utf8(String text) {
    byte[] out = new byte[text.length() * 3];
    return Arrays.copyOf(out, Utf8.encode(text, 0, text.length(), out));
  }
}
