package org.minillm.tokenizer;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/**
 * Turns text into token ids 0 … {@link #vocabSize()} - 1 and back. Implementations are immutable
 * and may be used from any thread.
 *
 * <p>Ordinary text never becomes a special token: only {@link #encodeWithSpecials} recognises
 * {@code <|endoftext|>} and its kind, so what a user types cannot end a turn or a document.
 */
public interface Tokenizer {
  /** Number of ids, specials counted. */
  int vocabSize();

  /** Hands the ids of ordinary text to {@code sink}, in order, without an array of them. */
  void encode(String text, IntConsumer sink);

  /** The ids of ordinary text; specials are not recognised and nothing is added. */
  default int[] encode(String text) {
    IntList ids = new IntList(text.length() / 3 + 8);
    encode(text, ids::add);
    return ids.toArray();
  }

  /**
   * The ids of ordinary text that comes as bytes, which are taken for UTF-8. Where the vocabulary
   * has the single bytes, one that belongs to no character gets its own id, and {@link
   * #decodeToBytes} gives back what came; else it is read as U+FFFD.
   */
  default int[] encode(byte[] utf8) {
    return encode(Utf8.decode(utf8));
  }

  /**
   * The last place at which {@code text}, the beginning of a longer one, can be cut so that {@link
   * #encode} of both parts gives the ids of the whole, whatever follows; 0 where none is known. So
   * a text of any length is encoded piece by piece.
   */
  default int lastCut(String text) {
    return 0;
  }

  /** The ids of text in which special tokens are recognised where they stand. */
  int[] encodeWithSpecials(String text);

  /**
   * The text of {@code ids}; special tokens add nothing and bytes that are no UTF-8 become U+FFFD.
   *
   * @throws org.minillm.base.MiniLlmException.BadInput if an id is outside the vocabulary
   */
  default String decode(int[] ids) {
    return Utf8.decode(decodeToBytes(ids));
  }

  /** As {@link #decode}, but with the bytes as they are, UTF-8 or not. */
  default byte[] decodeToBytes(int[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length * 4);
    for (int id : ids) {
      bytes.writeBytes(bytesOf(id));
    }
    return bytes.toByteArray();
  }

  /** As {@link #decode}, but special tokens appear as their {@link #tokenText}. */
  default String decodeWithSpecials(int[] ids) {
    StringBuilder text = new StringBuilder();
    int from = 0;
    for (int i = 0; i <= ids.length; i++) {
      if (i == ids.length || isSpecial(ids[i])) {
        text.append(decode(Arrays.copyOfRange(ids, from, i)));
        from = i + 1;
        if (i < ids.length) {
          text.append(tokenText(ids[i]));
        }
      }
    }
    return text.toString();
  }

  /**
   * The bytes this token adds to decoded text, UTF-8 but perhaps only a part of a character; empty
   * for special tokens. The array is the caller's.
   */
  byte[] bytesOf(int id);

  /**
   * How to show one token: a special's name, the text of an ordinary token, or {@code <0xC3>} for
   * each byte where the token is not whole characters.
   */
  String tokenText(int id);

  /** The token a sequence begins with, where the model knows one. */
  OptionalInt bosId();

  /** The token that ends a document and stands between documents in training. */
  OptionalInt eosId();

  /** The id of the special token of this name, or of the ordinary token that is exactly this. */
  OptionalInt idOf(String token);

  /** Whether this id is a control token that stands for no text. */
  boolean isSpecial(int id);

  /** A fresh decoder for ids that arrive one by one. */
  default StreamingDecoder streamingDecoder() {
    return new StreamingDecoder(this::bytesOf);
  }

  /** {@code "bpe"}, {@code "simple"} or {@code "llama2.c"}. */
  String kind();

  /**
   * The ids a generation starts from: the text with what this tokenizer puts before it. An empty
   * text is the beginning of a document: BOS alone, where there is one.
   */
  default int[] prompt(String text) {
    if (text.isEmpty() && bosId().isPresent()) {
      return new int[] {bosId().getAsInt()};
    }
    return encode(text);
  }
}
