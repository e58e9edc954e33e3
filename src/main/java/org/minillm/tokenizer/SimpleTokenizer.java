package org.minillm.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.minillm.base.MiniLlmException;

/**
 * The character tokenizer ({@code tokenizer.type: "simple"}): one id for each character of an
 * alphabet, {@code <unk>} for any other. Needs no training; a model that uses it learns spelling
 * first. Decoding shows {@code <unk>} as U+FFFD.
 *
 * <p>Ids: the chat specials 0 to 2, {@code <unk>} 3, then the characters in Unicode order.
 */
public final class SimpleTokenizer implements Tokenizer {
  static final String UNKNOWN = "<unk>";

  /** Most characters an alphabet may have. */
  public static final int MAX_CHARACTERS = 1 << 16;

  /** Spanish, English and their neighbours, punctuation, typographic quotes and dashes, €. */
  private static final String BUILT_IN = builtIn();

  private final List<String> tokens;
  private final AddedTokens added;
  private final boolean[] special;
  private final int unknownId;
  private final Map<Integer, Integer> idOfCodePoint = new HashMap<>();
  private final OptionalInt boundary;

  /** The built-in alphabet: all of Spanish and English, Western European accents, symbols. */
  public SimpleTokenizer() {
    this(tokensFor(BUILT_IN), chatSpecials(), BpeTrainer.SPECIALS.size());
  }

  /**
   * @param tokens the text of each id; all but specials and {@code <unk>} are one character
   * @throws MiniLlmException.BadInput if a token is doubled or longer than a character
   */
  SimpleTokenizer(List<String> tokens, List<AddedTokens.Token> added, int unknownId) {
    this.tokens = List.copyOf(tokens);
    this.added = new AddedTokens(added);
    this.unknownId = unknownId;
    special = new boolean[tokens.size()];
    boolean[] isAdded = new boolean[tokens.size()];
    for (AddedTokens.Token token : added) {
      isAdded[token.id()] = true;
      special[token.id()] = token.special();
    }
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      if (isAdded[id] || id == unknownId) {
        continue;
      }
      if (token.isEmpty() || token.codePointCount(0, token.length()) != 1) {
        throw new MiniLlmException.BadInput(
            "token " + id,
            "\"" + token + "\" is not one character, which a character tokenizer needs");
      }
      if (idOfCodePoint.put(token.codePointAt(0), id) != null) {
        throw new MiniLlmException.BadInput("token " + id, "\"" + token + "\" is there twice");
      }
    }
    boundary = this.added.idOf(BpeTrainer.SPECIALS.get(0));
  }

  /** The alphabet of all characters that occur in {@code text}. */
  public static SimpleTokenizer fromText(String text) {
    return fromTexts(List.of(text));
  }

  /** The alphabet of all characters that occur in the texts, which are read once. */
  public static SimpleTokenizer fromTexts(Iterable<String> texts) {
    TreeSet<Integer> characters = new TreeSet<>();
    for (String text : texts) {
      text.codePoints()
          .filter(c -> Character.getType(c) != Character.SURROGATE)
          .forEach(characters::add);
      if (characters.size() > MAX_CHARACTERS) {
        throw new MiniLlmException.BadInput(
            "alphabet", "the text has more than " + MAX_CHARACTERS + " different characters");
      }
    }
    StringBuilder alphabet = new StringBuilder();
    characters.forEach(alphabet::appendCodePoint);
    return new SimpleTokenizer(
        tokensFor(alphabet.toString()), chatSpecials(), BpeTrainer.SPECIALS.size());
  }

  private static List<String> tokensFor(String alphabet) {
    List<String> tokens = new ArrayList<>(BpeTrainer.SPECIALS);
    tokens.add(UNKNOWN);
    alphabet.codePoints().mapToObj(Character::toString).forEach(tokens::add);
    return tokens;
  }

  private static List<AddedTokens.Token> chatSpecials() {
    List<AddedTokens.Token> specials = new ArrayList<>();
    for (String name : BpeTrainer.SPECIALS) {
      specials.add(new AddedTokens.Token(specials.size(), name, true));
    }
    return specials;
  }

  private static String builtIn() {
    TreeSet<Integer> characters = new TreeSet<>();
    characters.add((int) '\t');
    characters.add((int) '\n');
    for (int c = ' '; c <= '~'; c++) {
      characters.add(c);
    }
    for (int c = 0xA0; c <= 0xFF; c++) { // ¡ ¿ « » º ª ñ ü á … all of Latin-1
      if (c != 0xAD) { // but the soft hyphen, which nobody sees
        characters.add(c);
      }
    }
    "ŒœŠšŽžŸ‐‑–—―‘’‚“”„†‡•…‰′″‹›€₧№™←↑→↓−≈≠≤≥♪♥★☆✓".codePoints().forEach(characters::add);
    StringBuilder alphabet = new StringBuilder();
    characters.forEach(alphabet::appendCodePoint);
    return alphabet.toString();
  }

  /** The id that stands for every character outside the alphabet. */
  public int unknownId() {
    return unknownId;
  }

  /** The characters of {@code text} that this alphabet lacks, each once, in the order they come. */
  public List<String> missing(String text) {
    List<String> missing = new ArrayList<>();
    HashSet<Integer> seen = new HashSet<>();
    text.codePoints()
        .filter(c -> !idOfCodePoint.containsKey(c) && seen.add(c))
        .forEach(c -> missing.add(Character.toString(c)));
    return missing;
  }

  List<AddedTokens.Token> addedTokens() {
    return added.tokens();
  }

  @Override
  public int vocabSize() {
    return tokens.size();
  }

  @Override
  public void encode(String text, IntConsumer sink) {
    encode(text, false, sink);
  }

  @Override
  public int lastCut(String text) {
    if (added.anyOrdinary() || text.isEmpty()) {
      return 0;
    }
    int last = text.length() - 1;
    return Character.isHighSurrogate(text.charAt(last)) ? last : last + 1;
  }

  @Override
  public int[] encodeWithSpecials(String text) {
    IntList ids = new IntList(text.length());
    encode(text, true, ids::add);
    return ids.toArray();
  }

  private void encode(String text, boolean specials, IntConsumer sink) {
    added.split(
        text,
        specials,
        new AddedTokens.Pieces() {
          @Override
          public void ordinary(int from, int to) {
            for (int i = from; i < to; ) {
              int codePoint = text.codePointAt(i);
              sink.accept(idOfCodePoint.getOrDefault(codePoint, unknownId));
              i += Character.charCount(codePoint);
            }
          }

          @Override
          public void token(int id) {
            sink.accept(id);
          }
        });
  }

  @Override
  public byte[] bytesOf(int id) {
    if (isSpecial(id)) {
      return new byte[0];
    }
    return (id == unknownId ? "\uFFFD" : tokens.get(id)).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String tokenText(int id) {
    return tokens.get(TokenIds.check(id, tokens.size()));
  }

  @Override
  public OptionalInt bosId() {
    return boundary;
  }

  @Override
  public OptionalInt eosId() {
    return boundary;
  }

  @Override
  public OptionalInt idOf(String token) {
    int id = tokens.indexOf(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Override
  public boolean isSpecial(int id) {
    return special[TokenIds.check(id, tokens.size())];
  }

  @Override
  public String kind() {
    return "simple";
  }
}
