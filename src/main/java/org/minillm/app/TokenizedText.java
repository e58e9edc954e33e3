package org.minillm.app;

import java.util.List;
import org.minillm.tokenizer.TokenSpan;

/**
 * A text as one tokenizer cuts it.
 *
 * @param name of the model whose tokenizer it is
 * @param spans its tokens in order
 * @param bytes of the text, UTF-8
 * @param vocabSize ids the tokenizer has
 * @param contextLength tokens that the model holds
 */
public record TokenizedText(
    String name, List<TokenSpan> spans, long bytes, int vocabSize, int contextLength) {
  public TokenizedText {
    spans = List.copyOf(spans);
  }

  /** Bytes a token on average: the more, the cheaper the text; NaN without tokens. */
  public double bytesPerToken() {
    return spans.isEmpty() ? Double.NaN : (double) bytes / spans.size();
  }

  /** Share of the model's context that the text takes; above 1 it does not fit. */
  public double contextShare() {
    return (double) spans.size() / contextLength;
  }
}
