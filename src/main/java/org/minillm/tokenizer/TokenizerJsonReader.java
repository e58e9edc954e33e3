package org.minillm.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.minillm.base.JsonFault;
import org.minillm.base.JsonTree;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException;

/** Reads tokenizer.json: see {@link TokenizerJson}. One object reads one file. */
final class TokenizerJsonReader {
  /** Larger than any published tokenizer.json. */
  private static final long MAX_FILE_BYTES = 32 * MemoryBudget.MB;

  /** Parsed, a byte of JSON takes about so many bytes of heap. */
  private static final int HEAP_PER_BYTE = 6;

  /** Files over this size are counted before they are parsed. */
  private static final long COUNTED_BYTES = 2 * MemoryBudget.MB;

  /** Llama 2 has two merges a token, written as one text or two each. */
  private static final int MOST_MERGES_A_TOKEN = 16;

  private static final int MAX_TOKEN_CHARS = 1 << 16;

  private final String name;
  private OptionalInt bosId = OptionalInt.empty();
  private OptionalInt eosId = OptionalInt.empty();
  private @Nullable JsonNode config;

  TokenizerJsonReader(String name) {
    this.name = name;
  }

  static Tokenizer read(Path file) throws IOException {
    TokenizerJsonReader reader = new TokenizerJsonReader(String.valueOf(file.getFileName()));
    Path config = file.resolveSibling("tokenizer_config.json");
    if (Files.isRegularFile(config)) {
      reader.config = parse(config);
    }
    return reader.tokenizer(parse(file));
  }

  static Tokenizer read(InputStream in, String name) throws IOException {
    byte[] bytes = in.readNBytes((int) MAX_FILE_BYTES + 1);
    checkSize(bytes.length, name);
    try {
      return new TokenizerJsonReader(name)
          .tokenizer(JsonTree.read(new ByteArrayInputStream(bytes)));
    } catch (JsonProcessingException e) {
      throw broken(e, name);
    }
  }

  static ChatSupport readChat(Path config) throws IOException {
    Path jinja = config.resolveSibling("chat_template.jinja");
    if (Files.isRegularFile(config)) {
      JsonNode template = parse(config).path("chat_template");
      for (JsonNode named : template.isArray() ? template : List.<JsonNode>of()) {
        if (named.path("name").asText("").equals("default")) {
          template = named.path("template");
        }
      }
      if (template.isTextual()) {
        return ChatSupport.of(template.textValue());
      }
    }
    if (Files.isRegularFile(jinja) && Files.size(jinja) < MemoryBudget.MB) {
      byte[] bytes = Files.readAllBytes(jinja);
      return ChatSupport.of(new String(bytes, StandardCharsets.UTF_8));
    }
    return ChatSupport.none();
  }

  private static JsonNode parse(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    checkSize(Files.size(file), name);
    try (InputStream in = Files.newInputStream(file)) {
      if (Files.size(file) > COUNTED_BYTES) {
        refuseCountsOutOfProportion(file, name);
      }
      JsonNode root = JsonTree.read(in);
      if (!root.isObject()) { // an empty file gives a missing node
        throw new MiniLlmException.BadFormat(name, 0, "it must be a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw broken(e, name);
    }
  }

  /** Before a large file becomes objects: merges that no vocabulary of its own can need. */
  private static void refuseCountsOutOfProportion(Path file, String name) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
      long names = 0;
      long values = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        names += token == JsonToken.FIELD_NAME ? 1 : 0;
        values += token == JsonToken.VALUE_STRING ? 1 : 0;
      }
      if (values > MOST_MERGES_A_TOKEN * names) {
        throw new MiniLlmException.BadFormat(
            name, -1, "has " + values + " texts, merges most of them, for " + names + " names");
      }
    }
  }

  private static void checkSize(long bytes, String name) {
    if (bytes > MAX_FILE_BYTES) {
      throw new MiniLlmException.BadFormat(
          name, -1, "it is over 32 MB, larger than any tokenizer; is this the right file?");
    }
    MemoryBudget.ofHeap().require("reading " + name, bytes * HEAP_PER_BYTE);
  }

  private static MiniLlmException broken(JsonProcessingException e, String name) {
    long offset = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
    return new MiniLlmException.BadFormat(
        name, offset, "this is not valid JSON: " + JsonFault.words(e.getOriginalMessage()));
  }

  Tokenizer tokenizer(JsonNode root) {
    if (!root.isObject()) {
      throw refuse("it must be a JSON object");
    }
    if (root.path("model").path("byte_fallback").asBoolean()) {
      return refusing(() -> new ByteFallbackJson(this).tokenizer(root));
    }
    if (!root.path("normalizer").isNull() && !root.path("normalizer").isMissingNode()) {
      throw refuse(
          "it has a normalizer of type "
              + root.path("normalizer").path("type").asText("?")
              + "; supported: none");
    }
    String type = root.path("model").path("type").asText("");
    return refusing(
        () ->
            switch (type) {
              case "BPE" -> bpe(root);
              case "WordLevel" -> characters(root);
              default ->
                  throw refuse(
                      "its model is of type "
                          + (type.isEmpty() ? "(none)" : type)
                          + "; supported: BPE at byte level or with byte fallback, WordLevel of"
                          + " characters");
            });
  }

  private Tokenizer refusing(Supplier<Tokenizer> reading) {
    try {
      return reading.get();
    } catch (MiniLlmException.BadInput e) {
      throw refuse(e.what() + ": " + e.reason());
    }
  }

  MiniLlmException.BadFormat refuse(String reason) {
    return new MiniLlmException.BadFormat(name, -1, reason);
  }

  private BpeTokenizer bpe(JsonNode root) {
    checkBytePipeline(root);
    JsonNode model = root.path("model");
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.path(affix).asText("").isEmpty() && !model.path(affix).isNull()) {
        throw refuse("model." + affix + " is set; supported: none");
      }
    }
    if (model.path("ignore_merges").asBoolean()) {
      throw refuse("model.ignore_merges is true; supported: false");
    }
    List<AddedTokens.Token> added = added(root);
    String[] texts = vocabulary(model, added);
    byte[][] tokens = new byte[texts.length][];
    Set<Integer> addedIds = new HashSet<>();
    added.forEach(token -> addedIds.add(token.id()));
    Map<String, Integer> ordinary = new HashMap<>(texts.length * 2);
    for (int id = 0; id < texts.length; id++) {
      if (addedIds.contains(id)) {
        tokens[id] = texts[id].getBytes(StandardCharsets.UTF_8);
      } else {
        tokens[id] = ByteLevel.read(texts[id]);
        if (tokens[id].length == 0) {
          throw refuse("token " + id + " \"" + texts[id] + "\" is not in byte-level spelling");
        }
        ordinary.put(texts[id], id);
      }
    }
    JsonNode list = model.path("merges");
    if (!list.isArray()) {
      throw refuse("model.merges is missing or not a list");
    }
    int[] left = new int[list.size()];
    int[] right = new int[list.size()];
    int[] merged = new int[list.size()];
    PairTable seen = new PairTable(list.size());
    for (int rank = 0; rank < left.length; rank++) {
      String[] pair = mergePair(list.get(rank), rank);
      left[rank] = idIn(ordinary, pair[0], rank);
      right[rank] = idIn(ordinary, pair[1], rank);
      merged[rank] = idIn(ordinary, pair[0] + pair[1], rank);
      if (seen.putIfAbsent(left[rank], right[rank], rank) != rank) {
        throw refuse("merge " + rank + " is there twice");
      }
    }
    boundaries(added);
    return new BpeTokenizer(tokens, left, right, merged, added, bosId, eosId);
  }

  /** Refuses all but the pre-tokenizer of interop.md and steps that change nothing. */
  private void checkBytePipeline(JsonNode root) {
    JsonNode before = root.path("pre_tokenizer");
    JsonNode steps = before.path("pretokenizers");
    boolean known =
        before.path("type").asText("").equals("Sequence")
            && steps.size() == 2
            && steps.get(0).path("type").asText("").equals("Digits")
            && steps.get(0).path("individual_digits").asBoolean()
            && steps.get(1).path("type").asText("").equals("ByteLevel")
            && !steps.get(1).path("add_prefix_space").asBoolean(true)
            && steps.get(1).path("use_regex").asBoolean(true);
    if (!known) {
      throw refuse(
          "its pre_tokenizer "
              + shorten(before.toString())
              + " is not supported; supported: Sequence of Digits (individual_digits true) and"
              + " ByteLevel (add_prefix_space false, use_regex true), as SmolLM's");
    }
    for (String step : List.of("post_processor", "decoder")) {
      String type = root.path(step).path("type").asText("");
      boolean absent = step.equals("post_processor") && !root.path(step).isObject();
      if (!absent && !type.equals("ByteLevel")) {
        throw refuse(
            "its "
                + step
                + " is of type "
                + (type.isEmpty() ? "(none)" : type)
                + "; supported: ByteLevel");
      }
    }
  }

  static String shorten(String text) {
    return text.length() > 160 ? text.substring(0, 160) + "…" : text;
  }

  String[] mergePair(JsonNode merge, int rank) {
    if (merge.isTextual()) {
      String text = merge.textValue();
      int space = text.indexOf(' ');
      if (space > 0 && space == text.lastIndexOf(' ') && space < text.length() - 1) {
        return new String[] {text.substring(0, space), text.substring(space + 1)};
      }
    } else if (merge.isArray()
        && merge.size() == 2
        && merge.get(0).isTextual()
        && merge.get(1).isTextual()) {
      return new String[] {merge.get(0).textValue(), merge.get(1).textValue()};
    }
    throw refuse(
        "merge "
            + rank
            + " is "
            + shorten(merge.toString())
            + "; allowed: \"left right\" or [\"left\", \"right\"]");
  }

  private int idIn(Map<String, Integer> vocabulary, String token, int rank) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw refuse(
          "merge " + rank + " needs the token \"" + shorten(token) + "\", which is not in vocab");
    }
    return id;
  }

  List<AddedTokens.Token> added(JsonNode root) {
    List<AddedTokens.Token> added = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<Integer> ids = new HashSet<>();
    for (JsonNode token : root.path("added_tokens")) {
      String text = token.path("content").asText("");
      JsonNode id = token.path("id");
      if (text.isEmpty() || text.length() > 256 || !id.isInt() || id.intValue() < 0) {
        throw refuse("added token " + shorten(token.toString()) + " lacks an id or a content");
      }
      if (!names.add(text) || !ids.add(id.intValue())) {
        throw refuse("added token \"" + text + "\" with id " + id + " is there twice");
      }
      for (String flag : List.of("single_word", "lstrip", "rstrip")) {
        if (token.path(flag).asBoolean()) {
          throw refuse("added token \"" + text + "\" has " + flag + "; supported: false");
        }
      }
      added.add(new AddedTokens.Token(id.intValue(), text, token.path("special").asBoolean()));
    }
    return added;
  }

  /** The text of every id; ids must be 0 to n - 1, each once. */
  String[] vocabulary(JsonNode model, List<AddedTokens.Token> added) {
    JsonNode vocab = model.path("vocab");
    if (!vocab.isObject() || vocab.isEmpty()) {
      throw refuse("model.vocab is missing, empty or not an object");
    }
    Set<String> extra = new HashSet<>();
    added.stream().filter(t -> !vocab.has(t.text())).forEach(t -> extra.add(t.text()));
    int size = vocab.size() + extra.size();
    @Nullable String[] texts = new @Nullable String[size];
    vocab.properties().forEach(entry -> place(texts, entry.getKey(), entry.getValue()));
    for (AddedTokens.Token token : added) {
      if (extra.contains(token.text())) {
        place(texts, token.text(), IntNode.valueOf(token.id()));
      } else if (vocab.path(token.text()).asInt(-1) != token.id()) {
        throw refuse(
            "added token \"" + token.text() + "\" has id " + token.id() + " and another in vocab");
      }
    }
    return Arrays.stream(texts).map(String::valueOf).toArray(String[]::new);
  }

  private void place(@Nullable String[] texts, String text, JsonNode id) {
    if (!id.isInt() || id.intValue() < 0 || id.intValue() >= texts.length) {
      throw refuse(
          "token \""
              + shorten(text)
              + "\" has id "
              + shorten(id.toString())
              + "; allowed: 0 to "
              + (texts.length - 1)
              + ", for there are "
              + texts.length
              + " tokens");
    }
    if (text.isEmpty() || text.length() > MAX_TOKEN_CHARS) {
      throw refuse("token " + id + " has " + text.length() + " characters");
    }
    if (texts[id.intValue()] != null) {
      throw refuse(
          "id " + id + " is given to \"" + texts[id.intValue()] + "\" and to \"" + text + "\"");
    }
    texts[id.intValue()] = text;
  }

  /** BOS and EOS: what the configuration names, else {@code <|endoftext|>}. */
  private void boundaries(List<AddedTokens.Token> added) {
    bosId = boundary("bos_token", added);
    eosId = boundary("eos_token", added);
  }

  private OptionalInt boundary(String key, List<AddedTokens.Token> added) {
    String token = BpeTrainer.SPECIALS.get(0);
    if (config != null) {
      JsonNode named = config.path(key);
      token = named.isObject() ? named.path("content").asText("") : named.asText("");
    }
    return new AddedTokens(added).idOf(token);
  }

  private SimpleTokenizer characters(JsonNode root) {
    JsonNode before = root.path("pre_tokenizer");
    JsonNode model = root.path("model");
    if (!before.path("type").asText("").equals("Split")
        || !before.path("pattern").path("Regex").asText("").equals(TokenizerJson.ANY_CHARACTER)
        || !before.path("behavior").asText("").equals("Isolated")
        || before.path("invert").asBoolean()) {
      throw refuse(
          "its pre_tokenizer "
              + shorten(before.toString())
              + " is not supported; a WordLevel model is read only if it is a character tokenizer"
              + " that this program wrote");
    }
    List<AddedTokens.Token> added = added(root);
    String[] texts = vocabulary(model, added);
    int unknown = Arrays.asList(texts).indexOf(model.path("unk_token").asText(""));
    if (unknown < 0) {
      throw refuse("model.unk_token is not in vocab");
    }
    return new SimpleTokenizer(List.of(texts), added, unknown);
  }
}
