package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
  private static final ScoreBpeTokenizer SCORES = scores(" ", "e", "é", " e", "ee", "😀", " 😀");

  /** Specials, the bytes, then these tokens, the last the best. */
  private static ScoreBpeTokenizer scores(String... texts) {
    List<byte[]> tokens = new ArrayList<>();
    for (int id = 0; id < 259; id++) {
      tokens.add(("<" + id + ">").getBytes(StandardCharsets.UTF_8));
    }
    for (String text : texts) {
      tokens.add(text.getBytes(StandardCharsets.UTF_8));
    }
    float[] scores = new float[tokens.size()];
    for (int id = 0; id < scores.length; id++) {
      scores[id] = id;
    }
    return new ScoreBpeTokenizer(tokens.toArray(byte[][]::new), scores);
  }

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

  /** Bytes of any kind, many of them beginnings and pieces of characters. */
  @Provide
  Arbitrary<byte[]> bytes() {
    return Arbitraries.oneOf(
            Arbitraries.bytes(),
            Arbitraries.of((byte) ' ', (byte) 'e', (byte) 0xC3, (byte) 0xA9, (byte) 0xE2),
            Arbitraries.of((byte) 0xF0, (byte) 0x9F, (byte) 0x98, (byte) 0x80, (byte) 0xED))
        .array(byte[].class)
        .ofMaxSize(60);
  }

  @Property(tries = 2000)
  void anyBytesComeBackWhetherTheyAreUtf8OrNot(@ForAll("bytes") byte[] bytes) {
    int[] ids = BPE.encode(bytes);
    assertArrayEquals(bytes, BPE.decodeToBytes(ids));
    assertEquals(Utf8.decode(bytes), BPE.decode(ids));
    int[] scored = SCORES.encode(bytes);
    int[] begun = new int[scored.length + 1];
    begun[0] = SCORES.bosId().orElseThrow();
    System.arraycopy(scored, 0, begun, 1, scored.length);
    assertArrayEquals(bytes, SCORES.decodeToBytes(begun));
  }

  @Property(tries = 1000)
  void bytesOfATextGiveItsIds(@ForAll("texts") String text) {
    byte[] utf8 = wellFormed(text).getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(BPE.encode(text), BPE.encode(utf8));
    assertArrayEquals(SCORES.encode(text), SCORES.encode(utf8));
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
