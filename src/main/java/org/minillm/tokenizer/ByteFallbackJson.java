package org.minillm.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads the tokenizer.json of a tokenizer with byte fallback, Llama 2's kind: SentencePiece's BPE
 * as transformers converts it. The file has a list of merges in place of scores. The conversion
 * lists every pair that gives a token, the best token first; where a file keeps to that, the place
 * in the list is a score and {@link ScoreBpeTokenizer} gives the same ids. Else it is refused.
 */
final class ByteFallbackJson {
  private static final String SPACE = "\u2581";
  private static final int FIRST_BYTE = 3;
  private static final int ORDINARY = FIRST_BYTE + 256;
  private static final List<String> CONTROL = List.of("<unk>", "<s>", "</s>");

  private static final String NORMALIZER =
      "Sequence of Prepend(\"\u2581\") and Replace(\" \" by \"\u2581\")";

  private final TokenizerJsonReader reader;

  ByteFallbackJson(TokenizerJsonReader reader) {
    this.reader = reader;
  }

  ScoreBpeTokenizer tokenizer(JsonNode root) {
    checkPipeline(root);
    JsonNode model = root.path("model");
    for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.path(key).asText("").isEmpty() && !model.path(key).isNull()) {
        throw reader.refuse("model." + key + " is set; supported: none");
      }
    }
    if (model.path("ignore_merges").asBoolean()) {
      throw reader.refuse("model.ignore_merges is true; supported: false");
    }
    List<AddedTokens.Token> added = reader.added(root);
    String[] texts = reader.vocabulary(model, added);
    checkLayout(texts, added);
    float[] scores = scores(model.path("merges"), texts);
    byte[][] tokens = new byte[texts.length][];
    for (int id = 0; id < texts.length; id++) {
      tokens[id] = texts[id].replace(SPACE, " ").getBytes(StandardCharsets.UTF_8);
    }
    return new ScoreBpeTokenizer(tokens, scores);
  }

  private void checkPipeline(JsonNode root) {
    JsonNode steps = root.path("normalizer").path("normalizers");
    boolean spaces =
        steps.size() == 2
            && steps.get(0).path("type").asText().equals("Prepend")
            && steps.get(0).path("prepend").asText().equals(SPACE)
            && isReplace(steps.get(1), " ", SPACE);
    if (!spaces) {
      throw refuse("normalizer", root, NORMALIZER);
    }
    if (root.path("pre_tokenizer").isObject()) {
      throw refuse("pre_tokenizer", root, "none");
    }
    JsonNode single = root.path("post_processor").path("single");
    boolean bos =
        single.size() == 2
            && single.get(0).path("SpecialToken").path("id").asText().equals(CONTROL.get(1))
            && single.get(1).has("Sequence");
    if (!bos) {
      throw refuse("post_processor", root, "TemplateProcessing of <s> and the text");
    }
    JsonNode decoders = root.path("decoder").path("decoders");
    boolean back =
        decoders.size() == 4
            && isReplace(decoders.get(0), SPACE, " ")
            && decoders.get(1).path("type").asText().equals("ByteFallback")
            && decoders.get(2).path("type").asText().equals("Fuse")
            && decoders.get(3).path("type").asText().equals("Strip")
            && decoders.get(3).path("start").asInt() == 1
            && decoders.get(3).path("stop").asInt() == 0;
    if (!back) {
      throw refuse("decoder", root, "Sequence of Replace, ByteFallback, Fuse and Strip(1, 0)");
    }
  }

  private static boolean isReplace(JsonNode step, String from, String to) {
    return step.path("type").asText().equals("Replace")
        && step.path("pattern").path("String").asText().equals(from)
        && step.path("content").asText().equals(to);
  }

  private RuntimeException refuse(String step, JsonNode root, String supported) {
    return reader.refuse(
        "its "
            + step
            + " "
            + TokenizerJsonReader.shorten(root.path(step).toString())
            + " is not supported with byte fallback; supported: "
            + supported
            + ", as Llama 2's");
  }

  private void checkLayout(String[] texts, List<AddedTokens.Token> added) {
    for (int id = 0; id < ORDINARY; id++) {
      String wanted =
          id < FIRST_BYTE
              ? CONTROL.get(id)
              : String.format(Locale.ROOT, "<0x%02X>", id - FIRST_BYTE);
      if (id >= texts.length || !texts[id].equals(wanted)) {
        throw reader.refuse(
            "token "
                + id
                + " is "
                + (id < texts.length ? '"' + texts[id] + '"' : "missing")
                + "; with byte fallback the first must be <unk>, <s>, </s> and the 256 bytes"
                + " <0x00> to <0xFF>, as Llama 2's");
      }
    }
    for (AddedTokens.Token token : added) {
      if (token.id() >= FIRST_BYTE) {
        throw reader.refuse(
            "added token \""
                + token.text()
                + "\" has id "
                + token.id()
                + "; with byte fallback only <unk>, <s> and </s> are supported");
      }
    }
  }

  /** Minus the place in the list of a token's merges; those of one token stand together. */
  private float[] scores(JsonNode merges, String[] texts) {
    if (!merges.isArray()) {
      throw reader.refuse("model.merges is missing or not a list");
    }
    Map<String, Integer> ids = new HashMap<>(texts.length * 2);
    for (int id = ORDINARY; id < texts.length; id++) {
      ids.put(texts[id], id);
    }
    float[] scores = new float[texts.length];
    Arrays.fill(scores, ORDINARY, texts.length, -texts.length);
    Set<Integer> done = new HashSet<>();
    Set<String> pairs = new HashSet<>(merges.size() * 2);
    int current = -1;
    for (int rank = 0; rank < merges.size(); rank++) {
      String[] pair = reader.mergePair(merges.get(rank), rank);
      Integer merged = ids.get(pair[0] + pair[1]);
      if (merged == null || !ids.containsKey(pair[0]) || !ids.containsKey(pair[1])) {
        continue; // of <s> or a byte's name, which text never becomes here
      }
      if (merged != current) {
        if (!done.add(merged)) {
          throw reader.refuse(
              "merge "
                  + rank
                  + " gives \""
                  + texts[merged]
                  + "\" again after others; supported: merges in the order of scores, as"
                  + " SentencePiece's");
        }
        current = merged;
        scores[merged] = -done.size();
      }
      pairs.add(pair[0] + ' ' + pair[1]);
    }
    requireAllPairs(ids, pairs);
    return scores;
  }

  private void requireAllPairs(Map<String, Integer> ids, Set<String> pairs) {
    for (String token : ids.keySet()) {
      for (int cut = 1; cut < token.length(); cut++) {
        String left = token.substring(0, cut);
        String right = token.substring(cut);
        if (ids.containsKey(left)
            && ids.containsKey(right)
            && !pairs.contains(left + ' ' + right)) {
          throw reader.refuse(
              "\""
                  + left
                  + "\" and \""
                  + right
                  + "\" give a token but no merge; supported: merges of all pairs, as transformers"
                  + " makes them from SentencePiece's scores");
        }
      }
    }
  }
}
