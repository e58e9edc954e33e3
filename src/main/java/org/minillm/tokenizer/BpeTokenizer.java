package org.minillm.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import org.minillm.base.MiniLlmException;

/**
 * Byte-level byte-pair encoding (Sennrich et al., arXiv 1508.07909; GPT-2). Text is cut into words
 * by {@link PreTokenizer}; a word starts as its UTF-8 bytes, and neighbours merge in the order in
 * which training found them, until none is left that merges. Any text can be written; nothing is
 * ever unknown.
 *
 * <p>Encoding keeps the ids of recent words in a bounded cache that all threads share.
 */
public final class BpeTokenizer implements Tokenizer {
  /** Bytes of each id; of added tokens the UTF-8 of their text. */
  private final byte[][] tokens;

  /** Merges by rank: merged[r] = left[r] + right[r]. */
  private final int[] left;

  private final int[] right;
  private final int[] merged;

  private final AddedTokens added;
  private final boolean[] isAdded;
  private final boolean[] special;
  private final OptionalInt bosId;
  private final OptionalInt eosId;
  private final int[] idOfByte = new int[256];
  private final PairTable ranks;
  private final ByteStrings ordinary;
  private final int[] idOfOrdinary;
  private final SymbolMerger.Pairs pairs = this::findMerge;
  private final WordCache cache = new WordCache();

  /**
   * @param tokens bytes of every id, none empty; all 256 single bytes must be there
   * @param left left side of the merges, by rank; likewise {@code right} and {@code merged}
   * @throws MiniLlmException.BadInput if bytes are missing or tokens doubled
   */
  BpeTokenizer(
      byte[][] tokens,
      int[] left,
      int[] right,
      int[] merged,
      List<AddedTokens.Token> added,
      OptionalInt bosId,
      OptionalInt eosId) {
    this.tokens = tokens;
    this.left = left;
    this.right = right;
    this.merged = merged;
    this.added = new AddedTokens(added);
    this.bosId = bosId;
    this.eosId = eosId;
    special = new boolean[tokens.length];
    isAdded = new boolean[tokens.length];
    for (AddedTokens.Token token : added) {
      isAdded[token.id()] = true;
      special[token.id()] = token.special();
    }
    ordinary = new ByteStrings(tokens.length);
    idOfOrdinary = new int[tokens.length];
    Arrays.fill(idOfByte, -1);
    for (int id = 0; id < tokens.length; id++) {
      if (isAdded[id]) {
        continue;
      }
      int before = ordinary.size();
      int index = ordinary.add(tokens[id], 0, tokens[id].length);
      if (index < before) {
        throw new MiniLlmException.BadInput("vocabulary", "token " + id + " is there twice");
      }
      idOfOrdinary[index] = id;
      if (tokens[id].length == 1) {
        idOfByte[tokens[id][0] & 0xFF] = id;
      }
    }
    for (int b = 0; b < 256; b++) {
      if (idOfByte[b] < 0) {
        throw new MiniLlmException.BadInput(
            "vocabulary", "the token of byte " + b + " is missing; all 256 bytes must be there");
      }
    }
    ranks = new PairTable(left.length);
    for (int rank = 0; rank < left.length; rank++) {
      ranks.putIfAbsent(left[rank], right[rank], rank);
    }
  }

  private long findMerge(int a, int b) {
    int rank = ranks.get(a, b);
    return rank < 0 ? SymbolMerger.Pairs.NONE : (long) rank << 32 | merged[rank];
  }

  @Override
  public int vocabSize() {
    return tokens.length;
  }

  /** Number of merges. */
  public int mergeCount() {
    return left.length;
  }

  /** The two tokens of merge {@code rank} in GPT-2's spelling, as "Ġt he": for GGUF and JSON. */
  public String mergeText(int rank) {
    return ByteLevel.spell(tokens[left[rank]]) + " " + ByteLevel.spell(tokens[right[rank]]);
  }

  /** A token as tokenizer.json and GGUF write it: GPT-2's spelling, specials as they are. */
  public String spelling(int id) {
    TokenIds.check(id, tokens.length);
    return isAdded[id]
        ? new String(tokens[id], StandardCharsets.UTF_8)
        : ByteLevel.spell(tokens[id]);
  }

  /** Specials and other tokens that are recognised as a whole, by ascending id. */
  List<AddedTokens.Token> addedTokens() {
    return added.tokens();
  }

  /** Whether this token is recognised as a whole before any other cutting. */
  boolean isAdded(int id) {
    return isAdded[TokenIds.check(id, tokens.length)];
  }

  String leftSpelling(int rank) {
    return ByteLevel.spell(tokens[left[rank]]);
  }

  String rightSpelling(int rank) {
    return ByteLevel.spell(tokens[right[rank]]);
  }

  @Override
  public void encode(String text, IntConsumer sink) {
    encode(text, false, sink);
  }

  @Override
  public int[] encode(byte[] utf8) {
    IntList ids = new IntList(utf8.length / 3 + 8);
    for (int from = 0; from < utf8.length; ) {
      int broken = Utf8.wellFormedEnd(utf8, from);
      if (broken > from) {
        encode(new String(utf8, from, broken - from, StandardCharsets.UTF_8), ids::add);
      }
      if (broken < utf8.length) {
        ids.add(idOfByte[utf8[broken] & 0xFF]);
      }
      from = broken + 1;
    }
    return ids.toArray();
  }

  @Override
  public int lastCut(String text) {
    // A token that is recognised as a whole could stand across any place.
    return added.anyOrdinary() ? 0 : PreTokenizer.lastCut(text);
  }

  @Override
  public int[] encodeWithSpecials(String text) {
    IntList ids = new IntList(text.length() / 3 + 8);
    encode(text, true, ids::add);
    return ids.toArray();
  }

  /** Empties the cache of words: the next encoding merges each of them again. */
  public void forgetWords() {
    cache.clear();
  }

  private void encode(String text, boolean specials, IntConsumer sink) {
    Scratch scratch = new Scratch();
    added.split(
        text,
        specials,
        new AddedTokens.Pieces() {
          @Override
          public void ordinary(int from, int to) {
            for (int i = from; i < to; ) {
              int end = PreTokenizer.wordEnd(text, i, to);
              encodeWord(text, i, end, scratch, sink);
              i = end;
            }
          }

          @Override
          public void token(int id) {
            sink.accept(id);
          }
        });
  }

  private void encodeWord(String text, int from, int to, Scratch scratch, IntConsumer sink) {
    scratch.reserve((to - from) * 3);
    byte[] bytes = scratch.bytes;
    int length = Utf8.encode(text, from, to, bytes);
    if (length == 1) {
      sink.accept(idOfByte[bytes[0] & 0xFF]);
      return;
    }
    boolean cached = length <= WordCache.MAX_BYTES;
    if (cached) {
      int[] known = cache.get(bytes, length);
      if (known != null) {
        for (int id : known) {
          sink.accept(id);
        }
        return;
      }
    }
    int[] symbols = scratch.symbols;
    for (int i = 0; i < length; i++) {
      symbols[i] = idOfByte[bytes[i] & 0xFF];
    }
    int count = scratch.merger.merge(symbols, length, pairs);
    if (cached) {
      cache.put(bytes, length, Arrays.copyOf(symbols, count));
    }
    for (int i = 0; i < count; i++) {
      sink.accept(symbols[i]);
    }
  }

  /** What one call of encode works in. */
  private static final class Scratch {
    final SymbolMerger merger = new SymbolMerger();
    byte[] bytes = new byte[256];
    int[] symbols = new int[256];

    void reserve(int length) {
      if (bytes.length < length) {
        bytes = new byte[length];
        symbols = new int[length];
      }
    }
  }

  @Override
  public byte[] decodeToBytes(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length * 4);
    for (int id : ids) {
      if (!special[TokenIds.check(id, tokens.length)]) {
        bytes.writeBytes(tokens[id]);
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public byte[] bytesOf(int id) {
    return special[TokenIds.check(id, tokens.length)] ? new byte[0] : tokens[id].clone();
  }

  @Override
  public String tokenText(int id) {
    return ByteLevel.show(tokens[TokenIds.check(id, tokens.length)]);
  }

  @Override
  public OptionalInt bosId() {
    return bosId;
  }

  @Override
  public OptionalInt eosId() {
    return eosId;
  }

  @Override
  public OptionalInt idOf(String token) {
    OptionalInt id = added.idOf(token);
    if (id.isPresent()) {
      return id;
    }
    byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
    int index = ordinary.find(bytes, 0, bytes.length);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(idOfOrdinary[index]);
  }

  @Override
  public boolean isSpecial(int id) {
    return special[TokenIds.check(id, tokens.length)];
  }

  @Override
  public String kind() {
    return "bpe";
  }
}
