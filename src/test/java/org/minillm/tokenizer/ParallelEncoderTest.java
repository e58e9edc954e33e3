package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.WorkerPool;

/** Pieces and threads change no id. */
class ParallelEncoderTest {
  private static final BpeTokenizer BPE = TokenizerSamples.huggingFace();

  /** Few kinds of characters, so that runs, contractions and white space meet often. */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars("ab\u00e9'sl 1 \n\t\u00a0-\u0301\uD83D\uDE00".toCharArray())
        .ofMaxLength(40);
  }

  @Property(tries = 3000)
  void idsOfBothSidesOfACutAreThoseOfTheWhole(
      @ForAll("texts") String beginning, @ForAll("texts") String rest) {
    int cut = BPE.lastCut(beginning);
    assertTrue(cut >= 0 && cut <= beginning.length());
    assertCutAt(cut, beginning + rest, BPE);
    SimpleTokenizer simple = SimpleTokenizer.fromText("ab 1\uD83D\uDE00");
    assertCutAt(simple.lastCut(beginning), beginning + rest, simple);
  }

  private static void assertCutAt(int cut, String whole, Tokenizer tokenizer) {
    IntList ids = new IntList(whole.length());
    tokenizer.encode(whole.substring(0, cut), ids::add);
    tokenizer.encode(whole.substring(cut), ids::add);
    assertArrayEquals(tokenizer.encode(whole), ids.toArray(), "cut at " + cut + ": " + whole);
  }

  @Test
  void aTextOfWordsIsCutAtItsLastWord() {
    assertEquals(3, BPE.lastCut("uno\u00a0 dos"));
    assertEquals(7, BPE.lastCut("uno dos tres"));
    assertEquals(0, BPE.lastCut("uno"));
    assertEquals(0, BPE.lastCut(""));
  }

  /** Runs that the pre-tokenizer itself cuts, of every kind, at lengths around that limit. */
  @Test
  void runsWithoutWhiteSpaceAreCutWhereTheirWordsEnd() {
    for (String unit : List.of("a", "-", "1", " ", "\uD83D\uDE00", "ab1'", "\u4e2d\uff0c")) {
      for (int more : new int[] {-1, 0, 1, 2, 7}) {
        String run = "x " + unit.repeat((4 * PreTokenizer.MAX_WORD + more) / unit.length());
        int cut = BPE.lastCut(run);
        assertTrue(cut > 2 * PreTokenizer.MAX_WORD, unit + " is cut at " + cut);
        for (String rest : List.of("", "a", "1", " b", "\uDE00", "'s")) {
          assertCutAt(cut, run + rest, BPE);
        }
      }
    }
  }

  @Test
  void aTokenThatStandsAcrossWordsForbidsEveryCut() {
    List<String> texts = new ArrayList<>();
    List<BpeVocabulary.Kind> kinds = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      texts.add(ByteLevel.spell(new byte[] {(byte) b}));
      kinds.add(BpeVocabulary.Kind.ORDINARY);
    }
    texts.add("uno dos");
    kinds.add(BpeVocabulary.Kind.ADDED);
    BpeTokenizer tokenizer =
        BpeVocabulary.tokenizer(texts, kinds, List.of(), OptionalInt.empty(), OptionalInt.empty());
    assertArrayEquals(new int[] {256}, tokenizer.encode("uno dos"));
    assertEquals(0, tokenizer.lastCut("uno dos tres"));
  }

  private static List<int[]> encode(List<String> texts, boolean specials, int threads) {
    List<IntList> ids = new ArrayList<>();
    List<Integer> ended = new ArrayList<>();
    try (WorkerPool pool = new WorkerPool(threads)) {
      ParallelEncoder encoder = new ParallelEncoder(BPE, pool);
      for (int t = 0; t < texts.size(); t++) {
        int number = t;
        ids.add(new IntList(8));
        encoder.add(
            texts.get(t),
            specials,
            (some, last) -> {
              assertEquals(number, ended.size(), "texts come in order");
              for (int id : some) {
                ids.get(number).add(id);
              }
              if (last) {
                ended.add(number);
              }
            });
      }
      encoder.finish();
    }
    assertEquals(texts.size(), ended.size());
    return ids.stream().map(IntList::toArray).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void idsAreHuggingFacesForEveryNumberOfThreads(int threads) {
    List<String> texts = new ArrayList<>();
    List<int[]> golden = new ArrayList<>();
    for (JsonNode row : TokenizerSamples.json("hf_ids.json")) {
      texts.add(row.get(0).asText());
      golden.add(TokenizerSamples.ints(row.get(1)));
    }
    List<int[]> ids = encode(texts, false, threads);
    for (int i = 0; i < golden.size(); i++) {
      assertArrayEquals(golden.get(i), ids.get(i), texts.get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void longAndShortTextsKeepTheirIdsAndTheirOrder(int threads) {
    List<String> texts = new ArrayList<>(TokenizerSamples.randomTexts(5, 300, 60));
    String sample = TokenizerSamples.text("sample.txt");
    texts.add(3, sample.repeat(1 + 400_000 / sample.length()));
    texts.add(7, "-".repeat(300_000));
    texts.add("");
    texts.add("\uD83D\uDE00".repeat(70_000) + " fin <|im_end|>");
    List<int[]> plain = encode(texts, false, threads);
    List<int[]> special = encode(texts, true, threads);
    for (int i = 0; i < texts.size(); i++) {
      assertArrayEquals(BPE.encode(texts.get(i)), plain.get(i), "text " + i);
      assertArrayEquals(BPE.encodeWithSpecials(texts.get(i)), special.get(i), "text " + i);
    }
  }
}
