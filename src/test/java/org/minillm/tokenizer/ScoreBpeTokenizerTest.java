package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException;

class ScoreBpeTokenizerTest {
  /** A vocabulary in llama2.c's layout with these tokens after the bytes. */
  private record Vocabulary(List<String> tokens, float[] scores) {
    static Vocabulary of(Object... tokensAndScores) {
      List<String> tokens = new ArrayList<>(List.of("<unk>", "\n<s>\n", "\n</s>\n"));
      for (int b = 0; b < 256; b++) {
        tokens.add(String.format("<0x%02X>", b));
      }
      float[] scores = new float[259 + tokensAndScores.length / 2];
      for (int i = 0; i < tokensAndScores.length; i += 2) {
        tokens.add((String) tokensAndScores[i]);
        scores[259 + i / 2] = ((Number) tokensAndScores[i + 1]).floatValue();
      }
      return new Vocabulary(tokens, scores);
    }

    ScoreBpeTokenizer tokenizer() {
      byte[][] bytes =
          tokens.stream().map(t -> t.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
      return new ScoreBpeTokenizer(bytes, scores);
    }

    /** llama2.c's loop as its description says, without any cleverness. */
    int[] slowly(String text) {
      Map<String, Integer> known = new HashMap<>();
      for (int id = 0; id < tokens.size(); id++) {
        known.putIfAbsent(tokens.get(id), id);
      }
      List<Integer> ids = new ArrayList<>();
      String withSpace = text.isEmpty() ? "" : " " + text;
      withSpace
          .codePoints()
          .mapToObj(Character::toString)
          .forEach(
              c -> {
                if (known.containsKey(c)) {
                  ids.add(known.get(c));
                } else {
                  for (byte b : c.getBytes(StandardCharsets.UTF_8)) {
                    ids.add((b & 0xFF) + 3);
                  }
                }
              });
      while (true) {
        float best = -1e10f;
        int at = -1;
        for (int i = 0; i + 1 < ids.size(); i++) {
          Integer id = known.get(tokens.get(ids.get(i)) + tokens.get(ids.get(i + 1)));
          if (id != null && scores[id] > best) {
            best = scores[id];
            at = i;
          }
        }
        if (at < 0) {
          return ids.stream().mapToInt(i -> i).toArray();
        }
        ids.set(at, known.get(tokens.get(ids.get(at)) + tokens.get(ids.remove(at + 1))));
      }
    }
  }

  private static Vocabulary words() {
    return Vocabulary.of(
        " ", -9, "a", -9, "b", -9, "c", -9, "ñ", -9, "ab", -1, "bc", -2, "abc", -3, " a", -2, " ab",
        -2.5, "aa", -2, "aaa", -4, "  ", -1.5, "ca", -2);
  }

  @Test
  void theBestScoreMergesFirstAndTheLeftmostOfEquals() {
    ScoreBpeTokenizer tokenizer = words().tokenizer();
    // "ab" (-1) before "bc" (-2); then " ab" (-2.5) before "abc" (-3)
    assertArrayEquals(new int[] {268, 262}, tokenizer.encode("abc"));
    assertArrayEquals(words().slowly("abc"), tokenizer.encode("abc"));
  }

  @Test
  void idsAreThoseOfTheSlowLoopOnRandomTexts() {
    Random random = new Random(8);
    // The second vocabulary has a space inside a token, so text may not be cut at spaces.
    for (Vocabulary vocabulary :
        List.of(words(), Vocabulary.of("a", 0, " ", 0, "b", 0, "a ", 1, "b a", 3, " b", 2))) {
      ScoreBpeTokenizer tokenizer = vocabulary.tokenizer();
      for (int run = 0; run < 1500; run++) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(run % 10 == 0 ? 150 : 20); n > 0; n--) {
          text.append(pick(random));
        }
        assertArrayEquals(
            vocabulary.slowly(text.toString()), tokenizer.encode(text.toString()), text.toString());
      }
    }
  }

  private static String pick(Random random) {
    return List.of("a", "a", "b", "b", "c", " ", " ", "ñ", "é", "🙂").get(random.nextInt(10));
  }

  @Test
  void anEmptyPromptIsBosAloneAndOthersGetTheDummySpace() {
    ScoreBpeTokenizer tokenizer = words().tokenizer();
    assertArrayEquals(new int[] {1}, tokenizer.prompt(""));
    assertArrayEquals(new int[0], tokenizer.encode(""));
    assertArrayEquals(new int[] {1, 267}, tokenizer.prompt("a"));
    assertArrayEquals(new int[] {1, 271, 260}, tokenizer.prompt(" a"), "two spaces merge first");
  }

  @Test
  void unknownCharactersAreTheirBytes() {
    ScoreBpeTokenizer tokenizer = words().tokenizer();
    assertArrayEquals(new int[] {259, 0xC3 + 3, 0xA9 + 3, 263}, tokenizer.encode("éñ"));
    assertEquals("éñ🙂", tokenizer.decode(tokenizer.prompt("éñ🙂")));
    assertEquals("<0xC3>", tokenizer.tokenText(0xC3 + 3));
    assertEquals("A", tokenizer.tokenText('A' + 3));
  }

  @Test
  void oneSpaceAfterBosIsNotShown() {
    ScoreBpeTokenizer tokenizer = words().tokenizer();
    assertEquals("ab", tokenizer.decode(tokenizer.prompt("ab")));
    assertEquals(" ab", tokenizer.decode(tokenizer.prompt(" ab")));
    assertEquals(" ab", tokenizer.decode(tokenizer.encode("ab")), "without BOS nothing is cut");
    StreamingDecoder decoder = tokenizer.streamingDecoder();
    assertEquals("", decoder.accept(1));
    assertEquals("a", decoder.accept(267));
    assertEquals(" a", decoder.accept(267));
  }

  @Test
  void aVeryLowScoreNeverMerges() {
    Vocabulary vocabulary = Vocabulary.of("a", 0, " ", 0, "aa", -2e10);
    assertArrayEquals(new int[] {260, 259, 259}, vocabulary.tokenizer().encode("aa"));
  }

  @Test
  void brokenVocabulariesAreRefused() {
    assertThrows(
        MiniLlmException.BadInput.class,
        () -> new ScoreBpeTokenizer(new byte[258][0], new float[258]));
    assertThrows(
        MiniLlmException.BadInput.class,
        () -> new ScoreBpeTokenizer(new byte[300][0], new float[299]));
    Vocabulary vocabulary = Vocabulary.of("a", Float.NaN);
    assertThrows(MiniLlmException.BadInput.class, vocabulary::tokenizer);
    ScoreBpeTokenizer tokenizer = words().tokenizer();
    assertThrows(
        MiniLlmException.BadInput.class, () -> tokenizer.decode(new int[] {tokenizer.vocabSize()}));
  }

  @Test
  void longTextsCostLinearTime() {
    ScoreBpeTokenizer tokenizer = words().tokenizer();
    String text = "abc".repeat(200_000) + " ab".repeat(200_000);
    assertEquals(text, tokenizer.decode(tokenizer.prompt(text)));
  }

  @Test
  @Tag("shared")
  void theRealVocabularyGivesTheSlowLoopsIds() throws IOException {
    Path folder = Path.of("..", "shared", "conformance", "stories260K");
    ByteBuffer in =
        ByteBuffer.wrap(Files.readAllBytes(folder.resolve("tok512.bin")))
            .order(ByteOrder.LITTLE_ENDIAN);
    in.getInt();
    List<String> tokens = new ArrayList<>();
    float[] scores = new float[512];
    for (int id = 0; id < 512; id++) {
      scores[id] = in.getFloat();
      byte[] bytes = new byte[in.getInt()];
      in.get(bytes);
      tokens.add(new String(bytes, StandardCharsets.UTF_8));
    }
    Vocabulary vocabulary = new Vocabulary(tokens, scores);
    ScoreBpeTokenizer tokenizer = vocabulary.tokenizer();
    // Recorded here; the slow loop gives the same.
    assertArrayEquals(new int[] {403, 407, 261, 378}, vocabulary.slowly("Once upon a time"));
    assertArrayEquals(new int[] {1, 403, 407, 261, 378}, tokenizer.prompt("Once upon a time"));
    JsonNode expected =
        new ObjectMapper().readTree(folder.resolve("expected_greedy.json").toFile());
    for (JsonNode one : expected) {
      String text = one.path("expected").textValue();
      assertArrayEquals(vocabulary.slowly(text), tokenizer.encode(text));
      assertEquals(text, tokenizer.decode(tokenizer.prompt(text)));
    }
  }
}
