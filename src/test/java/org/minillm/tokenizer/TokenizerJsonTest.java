package org.minillm.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException;

class TokenizerJsonTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path folder;

  private static ObjectNode golden() {
    return (ObjectNode) TokenizerSamples.json("hf_tokenizer.json");
  }

  private static byte[] written(Tokenizer tokenizer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TokenizerJson.write(tokenizer, out);
    return out.toByteArray();
  }

  @Test
  void whatIsWrittenMeansTheSameAsHuggingFacesFile() throws IOException {
    JsonNode ours = JSON.readTree(written(TokenizerSamples.huggingFace()));
    JsonNode theirs = golden();
    for (String same : List.of("version", "added_tokens", "normalizer", "pre_tokenizer")) {
      assertEquals(theirs.get(same), ours.get(same), same);
    }
    assertEquals("ByteLevel", ours.path("decoder").path("type").textValue());
    assertEquals(theirs.path("model").get("vocab"), ours.path("model").get("vocab"));
    ArrayNode pairs = JSON.createArrayNode();
    for (JsonNode merge : ours.path("model").path("merges")) {
      String[] sides = merge.textValue().split(" ");
      pairs.add(JSON.createArrayNode().add(sides[0]).add(sides[1]));
    }
    assertEquals(theirs.path("model").get("merges"), pairs);
  }

  @Test
  void aTokenizerComesBackFromItsFile() throws IOException {
    BpeTokenizer before = TokenizerSamples.huggingFace();
    Path file = folder.resolve("tokenizer.json");
    TokenizerJson.write(before, file);
    TokenizerJson.write(before, file); // over the old one
    Tokenizer after = TokenizerJson.read(file);
    assertInstanceOf(BpeTokenizer.class, after);
    assertEquals("bpe", after.kind());
    for (String text : TokenizerSamples.randomTexts(4, 300, 50)) {
      assertArrayEquals(before.encode(text), after.encode(text));
    }
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList(), "no temporary file stays");
    }
  }

  @Test
  void aCharacterTokenizerComesBackFromItsFile() throws IOException {
    for (SimpleTokenizer before :
        List.of(new SimpleTokenizer(), SimpleTokenizer.fromText("año\n🙂\"\\"))) {
      InputStream in = new ByteArrayInputStream(written(before));
      Tokenizer after = TokenizerJson.read(in, "x");
      assertEquals("simple", after.kind());
      assertEquals(before.vocabSize(), after.vocabSize());
      String text = "año\n🙂 \\ ¿x?";
      assertArrayEquals(before.encode(text), after.encode(text));
      assertArrayEquals(new int[] {1}, after.encodeWithSpecials("<|im_start|>"));
      assertEquals(before.eosId(), after.eosId());
    }
  }

  @Test
  void theConfigurationNamesClassBoundariesAndTemplate() throws IOException {
    Path config = folder.resolve("tokenizer_config.json");
    Tokenizer tokenizer = TokenizerSamples.huggingFace();
    TokenizerJson.writeConfig(
        tokenizer, ChatSupport.of(Optional.of(ChatTemplate.chatml())), config);
    JsonNode json = JSON.readTree(config.toFile());
    assertEquals("PreTrainedTokenizerFast", json.path("tokenizer_class").textValue());
    assertEquals("<|endoftext|>", json.path("eos_token").textValue());
    assertEquals(ChatTemplate.chatml().jinja(), json.path("chat_template").textValue());
    assertTrue(TokenizerJson.readChat(config).template().isPresent());
    TokenizerJson.writeConfig(tokenizer, ChatSupport.none(), config);
    assertFalse(JSON.readTree(config.toFile()).has("chat_template"));
    assertEquals(ChatSupport.none(), TokenizerJson.readChat(config));
    assertEquals(ChatSupport.none(), TokenizerJson.readChat(folder.resolve("absent").resolve("x")));
    Files.writeString(folder.resolve("chat_template.jinja"), ChatTemplate.chatml().jinja());
    assertTrue(TokenizerJson.readChat(config).template().isPresent());
  }

  @Test
  void theConfigurationBesideTheFileNamesBosAndEos() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    TokenizerJson.write(TokenizerSamples.huggingFace(), file);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"bos_token\": {\"content\": \"<|im_start|>\"}, \"eos_token\": \"<|im_end|>\"}");
    Tokenizer tokenizer = TokenizerJson.read(file);
    assertEquals(OptionalInt.of(1), tokenizer.bosId());
    assertEquals(OptionalInt.of(2), tokenizer.eosId());
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": null}");
    tokenizer = TokenizerJson.read(file);
    assertEquals(OptionalInt.empty(), tokenizer.bosId());
    assertEquals(OptionalInt.empty(), tokenizer.eosId());
  }

  @Test
  void bothNotationsOfMergesAreRead() throws IOException {
    ObjectNode root = golden();
    ArrayNode merges = JSON.createArrayNode();
    for (JsonNode m : root.path("model").path("merges")) {
      merges.add(m.get(0).textValue() + " " + m.get(1).textValue());
    }
    ((ObjectNode) root.path("model")).set("merges", merges);
    String text = TokenizerSamples.text("sample.txt");
    assertArrayEquals(
        TokenizerSamples.huggingFace().encode(text), TokenizerJson.read(root, "x").encode(text));
  }

  @Test
  void addedTokensThatAreNoControlTokensAreTextOfTheirOwn() {
    ObjectNode root = golden();
    int id = root.path("model").path("vocab").size();
    ((ArrayNode) root.path("added_tokens"))
        .addObject()
        .put("id", id)
        .put("content", "<tool>")
        .put("special", false);
    Tokenizer tokenizer = TokenizerJson.read(root, "x");
    assertEquals(id + 1, tokenizer.vocabSize());
    int a = tokenizer.encode("a")[0];
    assertArrayEquals(new int[] {a, id, a}, tokenizer.encode("a<tool>a"));
    assertEquals("a<tool>a", tokenizer.decode(new int[] {a, id, a}));
  }

  private static void assertRefused(String because, Consumer<ObjectNode> change) {
    ObjectNode root = golden();
    change.accept(root);
    MiniLlmException.BadFormat e =
        assertThrows(
            MiniLlmException.BadFormat.class, () -> TokenizerJson.read(root, "t.json"), because);
    assertTrue(e.getMessage().contains(because), e.getMessage());
    assertTrue(e.getMessage().startsWith("t.json"), e.getMessage());
  }

  private static ObjectNode model(ObjectNode root) {
    return (ObjectNode) root.path("model");
  }

  private static ObjectNode vocab(ObjectNode root) {
    return (ObjectNode) root.path("model").path("vocab");
  }

  private static ArrayNode merges(ObjectNode root) {
    return (ArrayNode) root.path("model").path("merges");
  }

  @Test
  void whatCannotBeRepresentedIsRefused() {
    assertRefused("of type Unigram", r -> model(r).put("type", "Unigram"));
    assertRefused("of type (none)", r -> r.remove("model"));
    assertRefused("normalizer of type NFC", r -> r.putObject("normalizer").put("type", "NFC"));
    assertRefused("pre_tokenizer", r -> r.putNull("pre_tokenizer"));
    assertRefused("pre_tokenizer", r -> r.putObject("pre_tokenizer").put("type", "Whitespace"));
    assertRefused(
        "pre_tokenizer",
        r ->
            ((ObjectNode) r.path("pre_tokenizer").path("pretokenizers").get(1))
                .put("add_prefix_space", true));
    assertRefused("decoder", r -> r.putObject("decoder").put("type", "WordPiece"));
    assertRefused(
        "post_processor", r -> r.putObject("post_processor").put("type", "TemplateProcessing"));
    assertRefused("end_of_word_suffix", r -> model(r).put("end_of_word_suffix", "</w>"));
    assertRefused("ignore_merges", r -> model(r).put("ignore_merges", true));
    assertRefused("lstrip", r -> ((ObjectNode) r.path("added_tokens").get(0)).put("lstrip", true));
    assertRefused("pre_tokenizer", r -> model(r).put("type", "WordLevel"));
  }

  @Test
  void brokenVocabulariesAreRefused() {
    assertRefused("vocab", r -> model(r).remove("vocab"));
    assertRefused("vocab", r -> model(r).putArray("vocab"));
    assertRefused("vocab", r -> model(r).putObject("vocab"));
    assertRefused("allowed: 0 to", r -> vocab(r).put("a", -1));
    assertRefused("allowed: 0 to", r -> vocab(r).put("a", 2_000_000_000));
    assertRefused("allowed: 0 to", r -> vocab(r).put("a", 99_999_999_999L));
    assertRefused("allowed: 0 to", r -> vocab(r).put("a", "70"));
    assertRefused("allowed: 0 to", r -> vocab(r).put("a", 1.5));
    assertRefused("is given to", r -> vocab(r).put("a", vocab(r).path("b").intValue()));
    assertRefused("byte-level spelling", r -> rename(r, "Ġl", "two words"));
    assertRefused("byte-level spelling", r -> rename(r, "Ġl", "→"));
    assertRefused("characters", r -> rename(r, "Ġl", ""));
    assertRefused(
        "another in vocab", r -> ((ObjectNode) r.path("added_tokens").get(0)).put("id", 5));
    assertRefused(
        "there twice",
        r -> ((ArrayNode) r.path("added_tokens")).add(r.path("added_tokens").get(0)));
    assertRefused("lacks an id", r -> ((ArrayNode) r.path("added_tokens")).addObject());
    assertRefused("byte 97", TokenizerJsonTest::withoutA);
  }

  private static void rename(ObjectNode root, String from, String to) {
    JsonNode id = vocab(root).remove(from);
    assertTrue(id != null, from);
    vocab(root).set(to, id);
    model(root).putArray("merges");
  }

  /** The token of byte "a" becomes another word, so that text with an "a" could not be written. */
  private static void withoutA(ObjectNode root) {
    rename(root, "a", "xyzzy");
  }

  @Test
  void brokenMergesAreRefused() {
    assertRefused("merges", r -> model(r).remove("merges"));
    assertRefused("merge 0", r -> merges(r).set(0, JSON.getNodeFactory().numberNode(3)));
    for (String merge : List.of("ab", "a b c", " a", "a ", "")) {
      assertRefused("merge 0", r -> merges(r).set(0, JSON.getNodeFactory().textNode(merge)));
    }
    assertRefused(
        "not in vocab", r -> merges(r).set(0, JSON.createArrayNode().add("z").add("qqq")));
    assertRefused("not in vocab", r -> merges(r).set(0, JSON.createArrayNode().add("z").add("Z")));
    assertRefused("there twice", r -> merges(r).add(merges(r).get(3)));
  }

  @Test
  void textThatIsNoJsonIsRefusedWithItsPlace() {
    for (String text :
        List.of("", "{", "{\"a\": tru", "[1,2]", "null", "{} {}", "[".repeat(5000))) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      assertThrows(
          MiniLlmException.BadFormat.class,
          () -> TokenizerJson.read(new ByteArrayInputStream(bytes), "t.json"),
          text.length() > 20 ? "deep" : text);
    }
    byte[] doubled =
        TokenizerSamples.text("hf_tokenizer.json")
            .replace("\"vocab\": {", "\"vocab\": {\"a\": 3,")
            .getBytes(StandardCharsets.UTF_8);
    MiniLlmException.BadFormat e =
        assertThrows(
            MiniLlmException.BadFormat.class,
            () -> TokenizerJson.read(new ByteArrayInputStream(doubled), "t.json"));
    assertTrue(e.getMessage().contains("JSON"), e.getMessage());
  }

  @Test
  void truncatedAndDamagedFilesNeverThrowAnythingElse() throws IOException {
    byte[] whole = written(SimpleTokenizer.fromText("abc"));
    Random random = new Random(6);
    int refused = 0;
    for (int run = 0; run < 1500; run++) {
      byte[] bytes =
          java.util.Arrays.copyOf(
              whole, run % 2 == 0 ? random.nextInt(whole.length) : whole.length);
      for (int n = run % 2 * (1 + random.nextInt(4)); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) (32 + random.nextInt(95));
      }
      try {
        TokenizerJson.read(new ByteArrayInputStream(bytes), "t.json").encode("abc");
      } catch (MiniLlmException.BadFormat e) {
        refused++;
      }
    }
    assertTrue(refused > 750, "refused " + refused);
  }

  @Test
  void filesBeyondAnyTokenizersSizeAreRefusedUnread() throws IOException {
    Path file = folder.resolve("tokenizer.json");
    try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(1L << 40);
    }
    MiniLlmException.BadFormat e =
        assertThrows(MiniLlmException.BadFormat.class, () -> TokenizerJson.read(file));
    assertTrue(e.getMessage().contains("32 MB"), e.getMessage());
  }

  @Test
  void llamasTokenizerHasNoJsonForm() {
    byte[][] tokens = new byte[259][];
    for (int i = 0; i < 259; i++) {
      tokens[i] = ("t" + i).getBytes(StandardCharsets.UTF_8);
    }
    Tokenizer tokenizer = new ScoreBpeTokenizer(tokens, new float[259]);
    assertThrows(
        MiniLlmException.BadInput.class,
        () -> TokenizerJson.write(tokenizer, folder.resolve("tokenizer.json")));
    assertFalse(Files.exists(folder.resolve("tokenizer.json")));
  }
}
