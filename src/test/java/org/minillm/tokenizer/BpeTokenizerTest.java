package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException;

class BpeTokenizerTest {
  private final BpeTokenizer tokenizer = TokenizerSamples.huggingFace();

  @Test
  void idsAreHuggingFaces() {
    JsonNode golden = TokenizerSamples.json("hf_ids.json");
    assertTrue(golden.size() > 150);
    for (JsonNode pair : golden) {
      String text = pair.get(0).textValue();
      int[] ids = TokenizerSamples.ints(pair.get(1));
      assertArrayEquals(ids, tokenizer.encode(text), text);
      assertArrayEquals(ids, tokenizer.encode(text), "from the cache: " + text);
      assertEquals(text, tokenizer.decode(ids));
    }
  }

  @Test
  void anyTextComesBack() {
    for (String text : TokenizerSamples.randomTexts(11, 2000, 80)) {
      assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
    }
  }

  @Test
  void brokenSurrogatesBecomeTheReplacementCharacter() {
    assertEquals("a\uFFFDb", tokenizer.decode(tokenizer.encode("a\uD83Db")));
  }

  @Test
  void ordinaryTextNeverYieldsSpecials() {
    String text = "<|endoftext|> x <|im_start|>user\n<|im_end|>";
    for (int id : tokenizer.encode(text)) {
      assertFalse(tokenizer.isSpecial(id));
    }
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void specialsAreRecognisedWhenAskedFor() {
    int[] ids = tokenizer.encodeWithSpecials("<|im_start|>a<|im_end|><|endoftext|>");
    assertArrayEquals(new int[] {1, tokenizer.encode("a")[0], 2, 0}, ids);
    assertEquals("a", tokenizer.decode(ids));
    assertEquals("<|im_start|>a<|im_end|><|endoftext|>", tokenizer.decodeWithSpecials(ids));
  }

  @Test
  void anEmptyPromptIsTheBeginningOfADocument() {
    assertArrayEquals(new int[] {0}, tokenizer.prompt(""));
    assertArrayEquals(tokenizer.encode("faro"), tokenizer.prompt("faro"));
    assertEquals(OptionalInt.of(0), tokenizer.bosId());
    assertEquals(OptionalInt.of(0), tokenizer.eosId());
  }

  @Test
  void tokensAreFoundByTheirText() {
    for (int id = 0; id < tokenizer.vocabSize(); id++) {
      String text = tokenizer.tokenText(id);
      if (!text.startsWith("<0x")) {
        assertEquals(OptionalInt.of(id), tokenizer.idOf(text));
      }
    }
    assertEquals(OptionalInt.of(2), tokenizer.idOf("<|im_end|>"));
    assertEquals(OptionalInt.empty(), tokenizer.idOf("<|pad|>"));
    assertEquals("<0xC3>", tokenizer.tokenText(tokenizer.encode("\u00C0")[0]));
  }

  @Test
  void specialsAddNoBytesAndTheBytesAreTheCallersOwn() {
    assertEquals(0, tokenizer.bytesOf(0).length);
    int id = tokenizer.encode("a")[0];
    tokenizer.bytesOf(id)[0] = 'z';
    assertArrayEquals("a".getBytes(StandardCharsets.UTF_8), tokenizer.bytesOf(id));
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    for (int id : new int[] {-1, tokenizer.vocabSize(), Integer.MAX_VALUE}) {
      MiniLlmException.BadInput e =
          assertThrows(MiniLlmException.BadInput.class, () -> tokenizer.decode(new int[] {5, id}));
      assertTrue(e.getMessage().contains("0 to " + (tokenizer.vocabSize() - 1)), e.getMessage());
      assertThrows(MiniLlmException.BadInput.class, () -> tokenizer.bytesOf(id));
      assertThrows(MiniLlmException.BadInput.class, () -> tokenizer.tokenText(id));
      assertThrows(MiniLlmException.BadInput.class, () -> tokenizer.isSpecial(id));
    }
  }

  @Test
  void theSearchAndTheHeapMergeAlike() {
    Random random = new Random(5);
    SymbolMerger.Pairs pairs =
        (a, b) -> {
          int sum = a * 7 + b * 13;
          return sum % 3 == 0 ? SymbolMerger.Pairs.NONE : (long) (sum % 5) << 32 | (a + b) % 9;
        };
    for (int run = 0; run < 2000; run++) {
      int[] symbols = random.ints(1 + random.nextInt(200), 0, 9).toArray();
      int[] other = symbols.clone();
      int n = new SymbolMerger().mergeShort(symbols, symbols.length, pairs);
      int m = new SymbolMerger().mergeLong(other, other.length, pairs);
      assertArrayEquals(Arrays.copyOf(symbols, n), Arrays.copyOf(other, m));
    }
  }

  @Test
  void aWordOfAMillionLettersComesBack() {
    String text = "la".repeat(500_000) + " ".repeat(100_000);
    assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
  }

  @Test
  void threadsShareTheTokenizer() throws InterruptedException {
    List<String> texts = TokenizerSamples.randomTexts(21, 300, 60);
    List<int[]> expected = texts.stream().map(TokenizerSamples.huggingFace()::encode).toList();
    AtomicReference<String> wrong = new AtomicReference<>("");
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      threads[t] =
          new Thread(
              () -> {
                for (int i = 0; i < texts.size() * 5; i++) {
                  int at = i % texts.size();
                  if (!Arrays.equals(expected.get(at), tokenizer.encode(texts.get(at)))) {
                    wrong.set(texts.get(at));
                  }
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals("", wrong.get());
  }
}
