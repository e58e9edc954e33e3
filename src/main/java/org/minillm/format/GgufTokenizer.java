package org.minillm.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.tokenizer.BpeTokenizer;
import org.minillm.tokenizer.BpeVocabulary;
import org.minillm.tokenizer.ScoreBpeTokenizer;
import org.minillm.tokenizer.Tokenizer;

/**
 * Tokenizers as GGUF's key-values: {@code gpt2} (byte-level BPE, pre-tokenizer {@code smollm}, the
 * one whose words are ours) and {@code llama} (BPE by scores, with U+2581 for a space).
 *
 * <p>A model with more ids than its tokenizer has tokens gets unused ones at the end, for GGUF has
 * one token an id.
 */
final class GgufTokenizer {
  static final String MODEL = "tokenizer.ggml.model";
  static final String PRE = "tokenizer.ggml.pre";
  static final String CHAT_TEMPLATE = "tokenizer.chat_template";
  private static final String BOS = "tokenizer.ggml.bos_token_id";
  private static final String EOS = "tokenizer.ggml.eos_token_id";
  private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
  private static final String ADD_SPACE = "tokenizer.ggml.add_space_prefix";
  private static final String SMOLLM = "smollm";
  private static final String SPACE = "▁";

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  /** Ids of a llama tokenizer before its ordinary tokens: unknown, BOS, EOS, 256 bytes. */
  private static final int FIRST_BYTE = 3;

  private static final int ORDINARY = FIRST_BYTE + 256;

  private GgufTokenizer() {}

  // ---- reading ----------------------------------------------------------------------------------

  /**
   * @throws BadFormat if it is of a kind that this app would not cut exactly alike
   */
  static Tokenizer read(GgufMetadata m) {
    String model = m.requireText(MODEL);
    byte[][] tokens = m.requireStrings(GgufHeader.TOKENS);
    int[] types = m.requireIntegers(GgufHeader.TOKEN_TYPES);
    if (types.length != tokens.length) {
      throw m.broken(
          GgufHeader.TOKEN_TYPES,
          "has " + types.length + " elements for " + tokens.length + " tokens");
    }
    int size = tokens.length;
    while (size > 0 && types[size - 1] == UNUSED) {
      size--; // padding up to the model's ids
    }
    try {
      return switch (model) {
        case "gpt2" -> bytePairs(m, tokens, types, size);
        case "llama" -> scores(m, tokens, types, size);
        default -> throw m.broken(MODEL, "is '" + model + "'; supported: gpt2, llama");
      };
    } catch (BadInput e) {
      throw m.broken(GgufHeader.TOKENS, "cannot be: " + e.what() + ": " + e.reason());
    }
  }

  private static Tokenizer bytePairs(GgufMetadata m, byte[][] tokens, int[] types, int size) {
    String pre = m.requireText(PRE);
    if (!pre.equals(SMOLLM)) {
      throw m.broken(PRE, "is '" + pre + "', which cuts words in another way; supported: smollm");
    }
    List<String> texts = new ArrayList<>(size);
    List<BpeVocabulary.Kind> kinds = new ArrayList<>(size);
    for (int id = 0; id < size; id++) {
      texts.add(new String(tokens[id], StandardCharsets.UTF_8));
      kinds.add(
          switch (types[id]) {
            case NORMAL -> BpeVocabulary.Kind.ORDINARY;
            case USER_DEFINED -> BpeVocabulary.Kind.ADDED;
            case UNKNOWN, CONTROL, UNUSED -> BpeVocabulary.Kind.SPECIAL;
            default ->
                throw m.broken(
                    GgufHeader.TOKEN_TYPES,
                    "has the type " + types[id] + " for token " + id + "; allowed: 1 to 5");
          });
    }
    List<String> merges = new ArrayList<>();
    for (byte[] merge : m.requireStrings(GgufHeader.MERGES)) {
      merges.add(new String(merge, StandardCharsets.UTF_8));
    }
    return BpeVocabulary.tokenizer(texts, kinds, merges, id(m, BOS, size), id(m, EOS, size));
  }

  private static OptionalInt id(GgufMetadata m, String key, int size) {
    OptionalInt id = m.integer(key);
    if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= size)) {
      throw m.broken(key, "is " + id.getAsInt() + "; there are " + size + " tokens");
    }
    return id;
  }

  private static Tokenizer scores(GgufMetadata m, byte[][] tokens, int[] types, int size) {
    float[] scores = m.requireFloats(GgufHeader.SCORES);
    if (scores.length != tokens.length) {
      throw m.broken(GgufHeader.SCORES, "has " + scores.length + " elements for " + tokens.length);
    }
    boolean known =
        size >= ORDINARY
            && types[0] == UNKNOWN
            && m.integer(BOS).orElse(1) == 1
            && m.integer(EOS).orElse(2) == 2
            && m.flag(ADD_BOS, true)
            && m.flag(ADD_SPACE, true);
    for (int id = FIRST_BYTE; known && id < ORDINARY; id++) {
      known =
          types[id] == BYTE && new String(tokens[id], StandardCharsets.US_ASCII).equals(hex(id));
    }
    for (int id = ORDINARY; known && id < size; id++) {
      known = types[id] == NORMAL;
    }
    if (!known) {
      throw m.broken(
          GgufHeader.TOKENS,
          "are not laid out as Llama 2's: unknown, BOS, EOS, the 256 bytes, then ordinary tokens,"
              + " with BOS and a space put before a text; only such a tokenizer is supported");
    }
    byte[][] spaced = new byte[size][];
    float[] own = new float[size];
    for (int id = 0; id < size; id++) {
      // Only whole characters are replaced: other bytes stay what they are.
      String text = new String(tokens[id], StandardCharsets.ISO_8859_1);
      spaced[id] = text.replace(latin1(SPACE), " ").getBytes(StandardCharsets.ISO_8859_1);
      own[id] = scores[id];
    }
    return new ScoreBpeTokenizer(spaced, own);
  }

  private static String hex(int id) {
    return String.format(Locale.ROOT, "<0x%02X>", id - FIRST_BYTE);
  }

  /** The UTF-8 bytes of a text, a char each. */
  private static String latin1(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  // ---- writing ----------------------------------------------------------------------------------

  /**
   * The tokens as they will be written.
   *
   * @throws BadInput if GGUF has no form for this tokenizer
   */
  static Written of(Tokenizer tokenizer, int vocabSize) {
    List<byte[]> texts = new ArrayList<>(vocabSize);
    int[] types = new int[vocabSize];
    if (tokenizer instanceof BpeTokenizer bpe) {
      if (bpe.bosId().isEmpty() && bpe.eosId().isEmpty()) {
        throw new BadInput(
            "tokenizer",
            "it has no end-of-text token, and other programs would take token 11 for it; GGUF"
                + " needs one. Train with <|endoftext|> among tokenizer.special_tokens.");
      }
      for (int id = 0; id < bpe.vocabSize(); id++) {
        texts.add(bpe.spelling(id).getBytes(StandardCharsets.UTF_8));
        types[id] =
            switch (BpeVocabulary.kind(bpe, id)) {
              case ORDINARY -> NORMAL;
              case ADDED -> USER_DEFINED;
              case SPECIAL -> CONTROL;
            };
      }
    } else if (tokenizer instanceof ScoreBpeTokenizer llama) {
      for (int id = 0; id < llama.vocabSize(); id++) {
        if (id < ORDINARY) {
          texts.add(
              (id < FIRST_BYTE ? llama.tokenText(id) : hex(id))
                  .getBytes(StandardCharsets.US_ASCII));
          types[id] = id == 0 ? UNKNOWN : id < FIRST_BYTE ? CONTROL : BYTE;
        } else {
          String text = new String(llama.rawToken(id), StandardCharsets.ISO_8859_1);
          texts.add(text.replace(" ", latin1(SPACE)).getBytes(StandardCharsets.ISO_8859_1));
          types[id] = NORMAL;
        }
      }
    } else {
      throw new BadInput(
          "tokenizer of kind " + tokenizer.kind(),
          "GGUF has no form for it; only a model with a BPE tokenizer can be written as GGUF");
    }
    for (int id = texts.size(); id < vocabSize; id++) {
      texts.add(("[PAD" + id + "]").getBytes(StandardCharsets.US_ASCII));
      types[id] = UNUSED;
    }
    refuseDoubles(texts);
    return new Written(tokenizer, texts, types);
  }

  private static void refuseDoubles(List<byte[]> texts) {
    Set<String> seen = new HashSet<>(texts.size() * 2);
    for (int id = 0; id < texts.size(); id++) {
      String text = new String(texts.get(id), StandardCharsets.ISO_8859_1);
      if (!seen.add(text)) {
        throw new BadInput(
            "vocabulary",
            "token "
                + id
                + " has the text of another; programs that read GGUF stop at such a file");
      }
    }
  }

  /** A vocabulary ready to be written. */
  record Written(Tokenizer tokenizer, List<byte[]> texts, int[] types) {
    /** Key-values that {@link #write} writes. */
    int keys() {
      return tokenizer instanceof BpeTokenizer ? 8 + (endOfTurn().isPresent() ? 1 : 0) : 10;
    }

    private OptionalInt endOfTurn() {
      OptionalInt id = tokenizer.idOf("<|im_end|>");
      return id.isPresent() && tokenizer.isSpecial(id.getAsInt()) ? id : OptionalInt.empty();
    }

    void write(GgufOutput out) throws IOException {
      if (tokenizer instanceof BpeTokenizer bpe) {
        out.text(MODEL, "gpt2");
        out.text(PRE, SMOLLM);
        tokens(out);
        out.strings(
            GgufHeader.MERGES,
            bpe.mergeCount(),
            rank -> bpe.mergeText(rank).getBytes(StandardCharsets.UTF_8));
        int eos = bpe.eosId().isPresent() ? bpe.eosId().getAsInt() : bpe.bosId().getAsInt();
        out.integer(BOS, bpe.bosId().orElse(eos));
        out.integer(EOS, eos);
        if (endOfTurn().isPresent()) {
          out.integer("tokenizer.ggml.eot_token_id", endOfTurn().getAsInt());
        }
        out.flag(ADD_BOS, false);
      } else if (tokenizer instanceof ScoreBpeTokenizer llama) {
        out.text(MODEL, "llama");
        out.text(PRE, "default");
        tokens(out);
        out.floats(
            GgufHeader.SCORES,
            texts.size(),
            id -> id < llama.vocabSize() ? llama.score(id) : -1e9f);
        out.integer(BOS, 1);
        out.integer(EOS, 2);
        out.integer("tokenizer.ggml.unknown_token_id", 0);
        out.flag(ADD_BOS, true);
        out.flag(ADD_SPACE, true);
      }
    }

    private void tokens(GgufOutput out) throws IOException {
      out.strings(GgufHeader.TOKENS, texts.size(), texts::get);
      out.integers(GgufHeader.TOKEN_TYPES, types);
    }
  }
}
