package org.minillm.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Texts and golden files for the tests of this room. */
final class TokenizerSamples {
  private static final String[] POOLS = {
    "abcdefghijklmnopqrstuvwxyz",
    " '  \n\t",
    "0123456789½²Ⅳ",
    "áéíóúñü¿¡ÁÉ",
    "!?.,;:-_()[]«»—…",
    "\u0301\u0303\u200d\ufe0f",
    "\u00a0\u2003\u3000\u0085\u2028\u180e",
    "😀👍🏽🇪🇸中語한עمप𝟙𠮷",
    "stmdreveEllS'"
  };

  private TokenizerSamples() {}

  static InputStream open(String name) {
    return Objects.requireNonNull(
        TokenizerSamples.class.getResourceAsStream("/tokenizer/" + name), name);
  }

  static String text(String name) {
    try (InputStream in = open(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(text(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] ints(JsonNode list) {
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).intValue();
    }
    return values;
  }

  /** The tokenizer that Hugging Face trained on sample.txt. */
  static BpeTokenizer huggingFace() {
    try (InputStream in = open("hf_tokenizer.json")) {
      return (BpeTokenizer) TokenizerJson.read(in, "hf_tokenizer.json");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Texts that mix letters, digits, white space, marks and emoji at random. */
  static List<String> randomTexts(long seed, int count, int longest) {
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(longest) + 1; n > 0; n--) {
        int[] pool = POOLS[random.nextInt(POOLS.length)].codePoints().toArray();
        text.appendCodePoint(pool[random.nextInt(pool.length)]);
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
