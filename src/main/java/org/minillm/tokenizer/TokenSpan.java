package org.minillm.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * A token as part of a text.
 *
 * @param id the token
 * @param text how to show it: its characters, the name of a special token, or {@code <0xC3>} for
 *     each byte where it is not whole characters
 * @param bytes it adds to the text
 * @param special whether it is a control token that stands for no text
 * @param partOf where it is not whole characters, those that its bytes make together with its
 *     neighbours'; else empty
 */
public record TokenSpan(int id, String text, int bytes, boolean special, String partOf) {
  /** Whether the token is whole characters. */
  public boolean whole() {
    return partOf.isEmpty();
  }

  /** The tokens of a text in order; ids beyond the vocabulary show as {@code #id}. */
  public static List<TokenSpan> of(Tokenizer tokenizer, int[] ids) {
    List<TokenSpan> spans = new ArrayList<>(ids.length);
    StreamingDecoder decoder = tokenizer.streamingDecoder();
    StringBuilder together = new StringBuilder();
    int groupStart = 0;
    for (int i = 0; i < ids.length; i++) {
      boolean known = ids[i] < tokenizer.vocabSize();
      boolean special = known && tokenizer.isSpecial(ids[i]);
      if (!known || special) { // what waits for more bytes waits in vain
        close(spans, groupStart, together.append(decoder.flush()).toString());
        String text = known ? tokenizer.tokenText(ids[i]) : "#" + ids[i];
        spans.add(new TokenSpan(ids[i], text, 0, special, ""));
      } else {
        together.append(decoder.accept(ids[i]));
        int bytes = tokenizer.bytesOf(ids[i]).length;
        spans.add(new TokenSpan(ids[i], tokenizer.tokenText(ids[i]), bytes, false, ""));
        if (decoder.waits()) {
          continue;
        }
        close(spans, groupStart, together.toString());
      }
      together.setLength(0);
      groupStart = spans.size();
    }
    close(spans, groupStart, together.append(decoder.flush()).toString());
    return spans;
  }

  /** Ends a group of tokens that are whole characters only together. */
  private static void close(List<TokenSpan> spans, int from, String characters) {
    boolean alone = spans.size() - from == 1;
    for (int i = from; i < spans.size(); i++) {
      TokenSpan span = spans.get(i);
      boolean broken = !alone || characters.indexOf('\uFFFD') >= 0 && span.text.startsWith("<0x");
      if (broken && !span.special) {
        spans.set(i, new TokenSpan(span.id, span.text, span.bytes, false, characters));
      }
    }
  }
}
