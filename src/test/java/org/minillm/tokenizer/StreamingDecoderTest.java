package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {
  private static StreamingDecoder ofBytes() {
    return new StreamingDecoder(id -> id < 0 ? new byte[0] : new byte[] {(byte) id});
  }

  @Test
  void aCharacterAppearsWhenItsLastByteCame() {
    StreamingDecoder decoder = ofBytes();
    byte[] smile = "🙂".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 3; i++) {
      assertEquals("", decoder.accept(smile[i] & 0xFF));
      assertEquals("", decoder.accept(-1), "a special in between adds nothing");
    }
    assertEquals("🙂", decoder.accept(smile[3] & 0xFF));
    assertEquals("", decoder.flush());
  }

  @Test
  void bytesThatNothingCanCompleteAreReplacedAtOnce() {
    StreamingDecoder decoder = ofBytes();
    assertEquals("\uFFFD", decoder.accept(0xFF));
    assertEquals("\uFFFD", decoder.accept(0x80));
    assertEquals("\uFFFD", decoder.accept(0xC0), "an overlong form");
    assertEquals("", decoder.accept(0xC3));
    assertEquals("\uFFFDa", decoder.accept('a'));
    assertEquals("", decoder.accept(0xED));
    assertEquals("\uFFFD\uFFFD", decoder.accept(0xA0), "a surrogate");
    assertEquals("\uFFFD", decoder.accept(0x80));
  }

  @Test
  void flushReplacesWhatIsUnfinishedAndStartsAnew() {
    StreamingDecoder decoder = ofBytes();
    decoder.accept(0xE2);
    decoder.accept(0x82);
    assertEquals("\uFFFD", decoder.flush());
    assertEquals("a", decoder.accept('a'));
    assertEquals("", decoder.flush());
  }

  @Test
  void piecesJoinedAreTheWholeDecodedAtOnce() {
    BpeTokenizer tokenizer = TokenizerSamples.huggingFace();
    Random random = new Random(3);
    for (int run = 0; run < 3000; run++) {
      // Mostly single bytes, so that most sequences are broken UTF-8.
      int[] ids =
          random
              .ints(1 + random.nextInt(30), 0, run % 2 == 0 ? 259 : tokenizer.vocabSize())
              .toArray();
      StreamingDecoder decoder = tokenizer.streamingDecoder();
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        String piece = decoder.accept(id);
        assertFalse(
            !piece.isEmpty() && Character.isHighSurrogate(piece.charAt(piece.length() - 1)));
        text.append(piece);
      }
      assertEquals(tokenizer.decode(ids), text.append(decoder.flush()).toString());
    }
  }
}
