package org.minillm.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.minillm.base.MiniLlmException;

/**
 * The tokenizer of llama2.c: SentencePiece's BPE, in which the pair merges first whose joined text
 * has the best score. Id 0 is unknown, 1 is BOS, 2 is EOS, and byte b is b + 3 where a character is
 * not in the vocabulary. Ids are exactly those of llama2.c's {@code encode}: text gets one space
 * before it (an empty text does not), and the space after BOS is not shown.
 *
 * <p>Where no token has a space after another character (SentencePiece makes none), nothing merges
 * across such a place, so text is cut there and long texts cost linear time.
 */
public final class ScoreBpeTokenizer implements Tokenizer {
  private static final int UNKNOWN = 0;
  private static final int BOS = 1;
  private static final int EOS = 2;
  private static final int FIRST_BYTE = 3;
  private static final int ORDINARY = FIRST_BYTE + 256;
  private static final String[] CONTROL = {"<unk>", "<s>", "</s>"};

  private final byte[][] tokens;
  private final ByteStrings known;
  private final int[] idOfKnown;

  /** Place of the token's score among all, best first; equal scores share one; -1 never merges. */
  private final int[] priorities;

  private final float[] scores;
  private final boolean cutsAtSpaces;

  /**
   * @param tokens the strings of the file by id, bytes 3 to 258 written as {@code <0x41>}
   * @param scores one for each token, finite
   * @throws MiniLlmException.BadInput if there are fewer than 259 tokens, or a score is NaN
   */
  public ScoreBpeTokenizer(byte[][] tokens, float[] scores) {
    if (tokens.length != scores.length || tokens.length < ORDINARY) {
      throw new MiniLlmException.BadInput(
          "vocabulary",
          tokens.length
              + " tokens and "
              + scores.length
              + " scores; needed: as many scores as tokens, and at least "
              + ORDINARY
              + " (unknown, BOS, EOS and 256 bytes)");
    }
    this.tokens = new byte[tokens.length][];
    known = new ByteStrings(tokens.length);
    idOfKnown = new int[tokens.length];
    boolean spaceInside = false;
    for (int id = 0; id < tokens.length; id++) {
      byte[] token = tokens[id].clone();
      this.tokens[id] = token;
      int before = known.size();
      int index = known.add(token, 0, token.length);
      if (index == before) {
        idOfKnown[index] = id;
      }
      for (int i = 1; i < token.length && id >= ORDINARY; i++) {
        spaceInside |= token[i] == ' ' && token[i - 1] != ' ';
      }
    }
    cutsAtSpaces = !spaceInside;
    this.scores = scores.clone();
    priorities = priorities(scores);
  }

  private static int[] priorities(float[] scores) {
    float[] sorted = scores.clone();
    Arrays.sort(sorted);
    int[] priorities = new int[scores.length];
    for (int id = 0; id < scores.length; id++) {
      if (!Float.isFinite(scores[id])) {
        throw new MiniLlmException.BadInput("score of token " + id, "it is " + scores[id]);
      }
      // llama2.c begins its search for the best at -1e10.
      priorities[id] =
          scores[id] > -1e10f ? sorted.length - 1 - upperIndex(sorted, scores[id]) : -1;
    }
    return priorities;
  }

  /** The last index of a value in a sorted array that holds it. */
  private static int upperIndex(float[] sorted, float value) {
    int low = 0;
    int high = sorted.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (sorted[middle] <= value) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  @Override
  public int vocabSize() {
    return tokens.length;
  }

  /** As llama2.c without BOS and EOS; a text that is not empty gets its dummy space first. */
  @Override
  public void encode(String text, IntConsumer sink) {
    if (text.isEmpty()) {
      return;
    }
    byte[] bytes = new byte[Math.multiplyExact(text.length(), 3)];
    encode(bytes, Utf8.encode(text, 0, text.length(), bytes), sink);
  }

  /** As llama2.c, for which a character is a byte and the continuation bytes behind it. */
  @Override
  public int[] encode(byte[] utf8) {
    IntList ids = new IntList(utf8.length / 2 + 8);
    if (utf8.length > 0) {
      encode(utf8, utf8.length, ids::add);
    }
    return ids.toArray();
  }

  private void encode(byte[] bytes, int length, IntConsumer sink) {
    Encoder encoder = new Encoder(sink);
    encoder.append(new byte[] {' '}, 0, 1);
    for (int i = 0; i < length; ) {
      if (cutsAtSpaces && i > 0 && bytes[i] == ' ' && bytes[i - 1] != ' ') {
        encoder.flush();
      }
      int end = i + 1;
      while (end < length && (bytes[end] & 0xC0) == 0x80 && end - i < 4) {
        end++;
      }
      encoder.append(bytes, i, end);
      i = end;
    }
    encoder.flush();
  }

  /** Symbols that may still merge, and the scratch of one call. */
  private final class Encoder implements SymbolMerger.Pairs {
    private final IntConsumer sink;
    private final SymbolMerger merger = new SymbolMerger();
    private int[] symbols = new int[64];
    private int count;
    private byte[] joined = new byte[64];

    Encoder(IntConsumer sink) {
      this.sink = sink;
    }

    /** Adds one character: its token, or its bytes where it has none. */
    void append(byte[] bytes, int from, int to) {
      if (count + 4 > symbols.length) {
        symbols = Arrays.copyOf(symbols, symbols.length * 2);
      }
      int index = known.find(bytes, from, to);
      if (index >= 0) {
        symbols[count++] = idOfKnown[index];
        return;
      }
      for (int i = from; i < to; i++) {
        symbols[count++] = (bytes[i] & 0xFF) + FIRST_BYTE;
      }
    }

    void flush() {
      int left = merger.merge(symbols, count, this);
      for (int i = 0; i < left; i++) {
        sink.accept(symbols[i]);
      }
      count = 0;
    }

    @Override
    public long find(int left, int right) {
      byte[] a = tokens[left];
      byte[] b = tokens[right];
      int length = a.length + b.length;
      if (joined.length < length) {
        joined = new byte[length * 2];
      }
      System.arraycopy(a, 0, joined, 0, a.length);
      System.arraycopy(b, 0, joined, a.length, b.length);
      int index = known.find(joined, 0, length);
      int id = index < 0 ? UNKNOWN : idOfKnown[index];
      if (id < FIRST_BYTE || priorities[id] < 0) {
        return NONE; // text never becomes a control token
      }
      return (long) priorities[id] << 32 | id;
    }
  }

  /** The same as {@link #encode(String)}: llama2.c recognises no special token in a text. */
  @Override
  public int[] encodeWithSpecials(String text) {
    return encode(text);
  }

  /** BOS and the text; of an empty text BOS alone. */
  @Override
  public int[] prompt(String text) {
    IntList ids = new IntList(text.length() / 2 + 8);
    ids.add(BOS);
    encode(text, ids::add);
    return ids.toArray();
  }

  /** The bytes of ids; one space right after BOS is left out, as SentencePiece does. */
  @Override
  public byte[] decodeToBytes(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length * 4);
    IntFunction<byte[]> added = bytesInText();
    for (int id : ids) {
      bytes.writeBytes(added.apply(id));
    }
    return bytes.toByteArray();
  }

  /** A decoder that leaves out one space right after BOS: hand it BOS, too. */
  @Override
  public StreamingDecoder streamingDecoder() {
    return new StreamingDecoder(bytesInText());
  }

  /** What each id adds to a text, asked in the order of the text. */
  private IntFunction<byte[]> bytesInText() {
    boolean[] afterBos = {false};
    return id -> {
      byte[] bytes = bytesOf(id);
      boolean strip = afterBos[0] && bytes.length > 0 && bytes[0] == ' ';
      afterBos[0] = id == BOS;
      return strip ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    };
  }

  @Override
  public byte[] bytesOf(int id) {
    TokenIds.check(id, tokens.length);
    if (id < FIRST_BYTE) {
      return new byte[0];
    }
    return id < ORDINARY ? new byte[] {(byte) (id - FIRST_BYTE)} : tokens[id].clone();
  }

  @Override
  public String tokenText(int id) {
    TokenIds.check(id, tokens.length);
    return id < FIRST_BYTE ? CONTROL[id] : ByteLevel.show(bytesOf(id));
  }

  /** The bytes of a token as the file has them, for writing it elsewhere. */
  public byte[] rawToken(int id) {
    return tokens[TokenIds.check(id, tokens.length)].clone();
  }

  /** The score of a token: of two merges, the better one comes first. */
  public float score(int id) {
    return scores[TokenIds.check(id, tokens.length)];
  }

  @Override
  public OptionalInt bosId() {
    return OptionalInt.of(BOS);
  }

  @Override
  public OptionalInt eosId() {
    return OptionalInt.of(EOS);
  }

  @Override
  public OptionalInt idOf(String token) {
    int control = Arrays.asList(CONTROL).indexOf(token);
    if (control >= UNKNOWN) {
      return OptionalInt.of(control);
    }
    byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
    int index = known.find(bytes, 0, bytes.length);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(idOfKnown[index]);
  }

  @Override
  public boolean isSpecial(int id) {
    return TokenIds.check(id, tokens.length) < FIRST_BYTE;
  }

  @Override
  public String kind() {
    return "llama2.c";
  }
}
