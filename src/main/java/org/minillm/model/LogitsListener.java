package org.minillm.model;

/** Hears the logits of one position after the other, on the computing thread. */
@FunctionalInterface
public interface LogitsListener {
  /**
   * @param index of the token after which these logits stand, in the array that was appended
   * @param logits of the token that follows: [vocabSize] from {@code offset}; overwritten
   *     afterwards
   */
  void onLogits(int index, float[] logits, int offset);
}
