package org.minillm.tokenizer;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Decodes ids that arrive one by one into whole characters. A token may end inside a UTF-8
 * sequence; its bytes then wait for the next token. The texts of all calls joined are exactly
 * {@link Tokenizer#decode} of all ids. Not safe for several threads at once.
 */
public final class StreamingDecoder {
  private final IntFunction<byte[]> bytesOf;
  private byte[] pending = {};

  /**
   * @param bytesOf what each id adds to the text; called once an id, in order
   */
  StreamingDecoder(IntFunction<byte[]> bytesOf) {
    this.bytesOf = bytesOf;
  }

  /** The text that is complete now: whole code points, empty while bytes are missing. */
  public String accept(int id) {
    byte[] added = bytesOf.apply(id);
    if (added.length == 0) {
      return "";
    }
    byte[] bytes = added;
    if (pending.length > 0) {
      bytes = Arrays.copyOf(pending, pending.length + added.length);
      System.arraycopy(added, 0, bytes, pending.length, added.length);
    }
    StringBuilder text = new StringBuilder(bytes.length);
    int complete = Utf8.decode(bytes, 0, bytes.length, text);
    pending = Arrays.copyOfRange(bytes, complete, bytes.length);
    return text.toString();
  }

  /** Whether bytes wait for the rest of their character. */
  boolean waits() {
    return pending.length > 0;
  }

  /** Ends the text: bytes that still wait become U+FFFD. The decoder can then be used anew. */
  public String flush() {
    String rest = Utf8.decode(pending);
    pending = new byte[0];
    return rest;
  }
}
