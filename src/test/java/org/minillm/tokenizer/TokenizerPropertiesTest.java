package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.minillm.base.MiniLlmException;

/** Properties of every text and every row of ids, also those that nobody would type. */
class TokenizerPropertiesTest {
  private static final BpeTokenizer BPE = TokenizerSamples.huggingFace();

  /** Chars of any kind, half of them surrogates, spaces and quotes: pairs whole and broken. */
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withCharRange((char) 0, (char) 0xFFFF)
        .withCharRange('\uD800', '\uDFFF')
        .withChars(" \n\t'0a<|>é")
        .ofMaxLength(60);
  }

  @Provide
  Arbitrary<int[]> ids() {
    return Arbitraries.integers().between(0, BPE.vocabSize() - 1).array(int[].class).ofMaxSize(40);
  }

  /** UTF-8 has no half pairs: they become U+FFFD, all else comes back. */
  private static String wellFormed(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .map(c -> Character.getType(c) == Character.SURROGATE ? 0xFFFD : c)
        .forEach(out::appendCodePoint);
    return out.toString();
  }

  @Property(tries = 2000)
  void anyTextComesBack(@ForAll("texts") String text) {
    int[] ids = BPE.encode(text);
    assertEquals(wellFormed(text), BPE.decode(ids));
    assertTrue(Arrays.stream(ids).noneMatch(BPE::isSpecial));
    assertArrayEquals(ids, BPE.encode(text), "from the cache");
  }

  @Property(tries = 500)
  void specialsInTheTextAreRecognisedAndTheRestComesBack(
      @ForAll("texts") String before, @ForAll("texts") String after) {
    int[] ids = BPE.encodeWithSpecials(before + "<|im_end|>" + after);
    assertTrue(Arrays.stream(ids).anyMatch(id -> id == BPE.idOf("<|im_end|>").orElseThrow()));
    assertEquals(wellFormed(before) + wellFormed(after), BPE.decode(ids));
  }

  @Property(tries = 1000)
  void piecesOfTheStreamJoinedAreTheTextDecodedAtOnce(@ForAll("ids") int[] ids) {
    StreamingDecoder decoder = BPE.streamingDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    assertEquals(BPE.decode(ids), text.append(decoder.flush()).toString());
  }

  @Property(tries = 500)
  void charactersOfTheAlphabetComeBackAndOthersAreUnknown(@ForAll("texts") String text) {
    SimpleTokenizer simple = SimpleTokenizer.fromText("a é\n");
    String expected =
        wellFormed(text)
            .codePoints()
            .map(c -> "a é\n".indexOf(c) >= 0 ? c : 0xFFFD)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    assertEquals(expected, simple.decode(simple.encode(text)));
  }

  /** A tokenizer.json with a changed byte gives a tokenizer that works, or a clear refusal. */
  @Property(tries = 600)
  void damagedTokenizerJsonIsReadOrRefused(
      @ForAll @IntRange(max = 1 << 20) int place, @ForAll byte value) throws IOException {
    byte[] json = SAMPLE.clone();
    json[place % json.length] = value;
    try {
      Tokenizer read = TokenizerJson.read(new ByteArrayInputStream(json), "tokenizer.json");
      int[] ids = read.encode("la niña 12");
      assertTrue(Arrays.stream(ids).allMatch(id -> id >= 0 && id < read.vocabSize()));
      assertTrue(read.decode(ids).length() > 0);
    } catch (MiniLlmException e) {
      assertTrue(String.valueOf(e.getMessage()).startsWith("tokenizer.json"), e.getMessage());
    }
  }

  private static final byte[] SAMPLE = sample();

  private static byte[] sample() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      TokenizerJson.write(BPE, bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }
}
