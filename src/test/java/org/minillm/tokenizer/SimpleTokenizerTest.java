package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException;

class SimpleTokenizerTest {
  private final SimpleTokenizer tokenizer = new SimpleTokenizer();

  @Test
  void spanishAndEnglishComeBackWhole() {
    String text =
        "¿Qué tal, señor Ñandú? ¡Ábrete, pingüino! «Sí» —dijo— “no” ‘maybe’ – 3 € … 50 %\n\tÜ Í É Ó Ú";
    int[] ids = tokenizer.encode(text);
    assertEquals(text.length(), ids.length);
    assertEquals(text, tokenizer.decode(ids));
    assertEquals(List.of(), tokenizer.missing(text));
  }

  @Test
  void unknownCharactersAreOneIdEach() {
    int[] ids = tokenizer.encode("a🙂中\uD83D");
    assertEquals(4, ids.length);
    assertNotEquals(tokenizer.unknownId(), ids[0]);
    for (int i = 1; i < 4; i++) {
      assertEquals(tokenizer.unknownId(), ids[i]);
    }
    assertEquals("a\uFFFD\uFFFD\uFFFD", tokenizer.decode(ids));
    assertEquals("<unk>", tokenizer.tokenText(ids[1]));
    assertFalse(tokenizer.isSpecial(ids[1]));
    assertEquals(List.of("🙂", "中"), tokenizer.missing("🙂a中🙂"));
  }

  @Test
  void specialsHaveTheFirstIdsAndNeverComeFromOrdinaryText() {
    assertEquals(OptionalInt.of(0), tokenizer.eosId());
    assertEquals(OptionalInt.of(1), tokenizer.idOf("<|im_start|>"));
    assertEquals("<|im_end|>".length(), tokenizer.encode("<|im_end|>").length);
    assertArrayEquals(new int[] {2}, tokenizer.encodeWithSpecials("<|im_end|>"));
    assertEquals("", tokenizer.decode(new int[] {0, 1, 2}));
    assertTrue(ChatTemplate.chatml().supports(tokenizer));
  }

  @Test
  void anAlphabetFromTextHasItsCharactersInUnicodeOrder() {
    SimpleTokenizer small = SimpleTokenizer.fromText("ñ🙂ba\nab\uD83D");
    assertEquals(4 + 5, small.vocabSize());
    assertArrayEquals(new int[] {4, 5, 6, 7, 8}, small.encode("\nabñ🙂"));
    assertEquals("ab🙂", small.decode(small.encode("ab🙂")));
    assertEquals(small.unknownId(), small.encode("c")[0]);
  }

  @Test
  void idsOutsideTheAlphabetAreRefused() {
    assertThrows(
        MiniLlmException.BadInput.class, () -> tokenizer.decode(new int[] {tokenizer.vocabSize()}));
    assertThrows(MiniLlmException.BadInput.class, () -> tokenizer.tokenText(-1));
  }
}
