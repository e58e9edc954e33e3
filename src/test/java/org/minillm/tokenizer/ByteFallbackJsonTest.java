package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.minillm.base.MiniLlmException.BadFormat;

class ByteFallbackJsonTest {
  @Test
  void idsAndTextAreThoseOfTransformers() {
    Tokenizer tokenizer = read(root());
    JsonNode lines = TokenizerSamples.json("byte_fallback_ids.json");
    assertTrue(lines.size() > 25);
    for (JsonNode line : lines) {
      String text = line.get(0).textValue();
      int[] ids = TokenizerSamples.ints(line.get(1));
      assertArrayEquals(ids, tokenizer.encode(text), text);
      int[] withBos = tokenizer.prompt(text);
      assertEquals(1, withBos[0]);
      assertEquals(line.get(2).textValue(), tokenizer.decode(withBos));
    }
  }

  @Test
  void controlTokensNeverComeFromText() {
    for (int id : read(root()).encode("<s>a</s><unk> <0x41>")) {
      assertTrue(id > 2);
    }
  }

  @Test
  void whatItWouldCutOtherwiseIsRefusedWithTheReason() {
    Map<String, Consumer<ObjectNode>> changes =
        Map.of(
            "normalizer null",
            r -> r.putNull("normalizer"),
            "pre_tokenizer",
            r -> r.putObject("pre_tokenizer").put("type", "Metaspace"),
            "post_processor null",
            r -> r.putNull("post_processor"),
            "decoder",
            r -> r.putNull("decoder"),
            "ignore_merges",
            r -> model(r).put("ignore_merges", true),
            "token 70 ",
            r -> rename(r, "<0x43>", "zzz"),
            "added token \"<|im_start|>\"",
            r -> {
              ObjectNode added = r.withArray("added_tokens").get(0).deepCopy();
              int id = model(r).path("vocab").size();
              r.withArray("added_tokens").add(added.put("id", id).put("content", "<|im_start|>"));
            },
            "give a token but no merge",
            r -> ((ArrayNode) model(r).path("merges")).remove(0),
            "again after others",
            r -> {
              ArrayNode merges = (ArrayNode) model(r).path("merges");
              int size = merges.size();
              for (int i = 0; i + 1 < size; i++) {
                String one = merges.get(i).textValue().replace(" ", "");
                if (merges.get(i + 1).textValue().replace(" ", "").equals(one)) {
                  merges.add(merges.remove(i));
                  return;
                }
              }
              throw new AssertionError("no token with two merges");
            });
    changes.forEach(
        (said, change) -> {
          ObjectNode root = root();
          change.accept(root);
          BadFormat e = assertThrows(BadFormat.class, () -> read(root), said);
          assertTrue(e.reason().contains(said), e.reason());
        });
  }

  private static void rename(ObjectNode root, String token, String name) {
    ObjectNode vocab = (ObjectNode) model(root).path("vocab");
    vocab.set(name, vocab.remove(token));
  }

  private static ObjectNode model(ObjectNode root) {
    return (ObjectNode) root.path("model");
  }

  private static ObjectNode root() {
    return (ObjectNode) TokenizerSamples.json("byte_fallback.json");
  }

  private static Tokenizer read(JsonNode root) {
    return TokenizerJson.read(root, "tokenizer.json");
  }
}
