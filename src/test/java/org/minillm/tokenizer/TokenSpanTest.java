package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;

class TokenSpanTest {
  /** 256 bytes and no merges: every character beyond ASCII is several tokens. */
  private final Tokenizer bytes;

  TokenSpanTest() throws IOException {
    bytes =
        BpeTrainer.train(
            DocumentSource.of(List.of("a")),
            256 + BpeTrainer.SPECIALS.size(),
            BpeTrainer.SPECIALS,
            WorkerPool.shared(),
            new RunControl(),
            BpeTrainer.Progress.NONE);
  }

  @Test
  void textsOfWholeTokensJoinedAreTheText() {
    List<TokenSpan> spans = TokenSpan.of(bytes, bytes.encode("ab c"));
    assertEquals("ab c", spans.stream().map(TokenSpan::text).collect(Collectors.joining()));
    assertTrue(spans.stream().allMatch(TokenSpan::whole));
    assertEquals(4, spans.stream().mapToInt(TokenSpan::bytes).sum());
  }

  @Test
  void bytesOfOneCharacterSayWhatTheyMakeTogether() {
    List<TokenSpan> spans = TokenSpan.of(bytes, bytes.encode("aé🦊b"));
    assertEquals(
        List.of("a", "<0xC3>", "<0xA9>", "<0xF0>", "<0x9F>", "<0xA6>", "<0x8A>", "b"),
        spans.stream().map(TokenSpan::text).toList());
    assertEquals(
        List.of("", "é", "é", "🦊", "🦊", "🦊", "🦊", ""),
        spans.stream().map(TokenSpan::partOf).toList());
  }

  @Test
  void aCharacterThatNeverEndsIsBroken() {
    int[] ids = bytes.encode("é");
    int end = bytes.eosId().getAsInt();
    List<TokenSpan> spans = TokenSpan.of(bytes, new int[] {ids[0], end, ids[1]});
    assertEquals("�", spans.get(0).partOf());
    assertEquals("<|endoftext|>", spans.get(1).text());
    assertTrue(spans.get(1).special());
    assertEquals(0, spans.get(1).bytes());
    assertEquals("�", spans.get(2).partOf());
  }

  @Test
  void idsBeyondTheVocabularyAreTheirNumber() {
    assertEquals("#9999", TokenSpan.of(bytes, new int[] {9999}).get(0).text());
  }

  @Test
  void everyIdHasOneSpan() {
    int[] ids = bytes.encode("niño 東京 🦊");
    assertEquals(
        Arrays.stream(ids).boxed().toList(),
        TokenSpan.of(bytes, ids).stream().map(TokenSpan::id).toList());
  }
}
