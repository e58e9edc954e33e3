package org.minillm.tokenizer;

import java.nio.charset.StandardCharsets;
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
    int complete = bytes.length - unfinishedTail(bytes);
    pending = Arrays.copyOfRange(bytes, complete, bytes.length);
    return new String(bytes, 0, complete, StandardCharsets.UTF_8);
  }

  /** Ends the text: bytes that still wait become U+FFFD. The decoder can then be used anew. */
  public String flush() {
    String rest = new String(pending, StandardCharsets.UTF_8);
    pending = new byte[0];
    return rest;
  }

  /** Bytes at the end that begin a UTF-8 sequence which more bytes could complete: 0 to 3. */
  private static int unfinishedTail(byte[] bytes) {
    for (int back = 1; back <= 3 && back <= bytes.length; back++) {
      int lead = bytes[bytes.length - back] & 0xFF;
      if ((lead & 0xC0) == 0x80) {
        continue;
      }
      int length = lead >= 0xC2 && lead <= 0xDF ? 2 : lead >> 4 == 0xE ? 3 : 0;
      if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
      }
      boolean begun = back < length;
      if (begun && back > 1) {
        begun = secondMayFollow(lead, bytes[bytes.length - back + 1] & 0xFF);
      }
      return begun ? back : 0;
    }
    return 0;
  }

  /** The second bytes that UTF-8 forbids: overlong forms, surrogates, beyond U+10FFFF. */
  private static boolean secondMayFollow(int lead, int second) {
    return switch (lead) {
      case 0xE0 -> second >= 0xA0;
      case 0xED -> second <= 0x9F;
      case 0xF0 -> second >= 0x90;
      case 0xF4 -> second <= 0x8F;
      default -> true;
    };
  }
}
