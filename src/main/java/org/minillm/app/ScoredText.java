package org.minillm.app;

import java.util.List;
import java.util.stream.IntStream;
import org.minillm.tokenizer.TokenSpan;

/**
 * A text with the loss of each token under one model.
 *
 * @param name of the model
 * @param spans its tokens in order
 * @param bits loss of each token in bits; NaN for a first token with nothing before it
 * @param expected the likeliest token in the place of each, as its text
 * @param bytes of the text, UTF-8
 * @param contextLength tokens of a window: each token was seen after at most so many others
 */
public record ScoredText(
    String name,
    List<TokenSpan> spans,
    float[] bits,
    List<String> expected,
    long bytes,
    int contextLength) {
  public ScoredText {
    spans = List.copyOf(spans);
    expected = List.copyOf(expected);
  }

  /** The loss of the whole text in bits: what it would take to send it with this model. */
  public double totalBits() {
    double sum = 0;
    for (float each : bits) {
      sum += Float.isNaN(each) ? 0 : each;
    }
    return sum;
  }

  /** The loss a byte, comparable between tokenizers; NaN for an empty text. */
  public double bitsPerByte() {
    return bytes == 0 ? Double.NaN : totalBits() / bytes;
  }

  /** The loss a token in nats, as trainings report it; NaN for an empty text. */
  public double loss() {
    return spans.isEmpty() ? Double.NaN : totalBits() * Math.log(2) / spans.size();
  }

  /** Indexes of the most surprising tokens, the most surprising first. */
  public List<Integer> mostSurprising(int count) {
    return IntStream.range(0, bits.length)
        .filter(i -> !Float.isNaN(bits[i]))
        .boxed()
        .sorted((a, b) -> Float.compare(bits[b], bits[a]))
        .limit(count)
        .toList();
  }
}
