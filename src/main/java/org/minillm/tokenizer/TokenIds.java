package org.minillm.tokenizer;

import org.minillm.base.MiniLlmException;

/** The range check that all tokenizers share. */
final class TokenIds {
  private TokenIds() {}

  static int check(int id, int vocabSize) {
    if (id < 0 || id >= vocabSize) {
      throw new MiniLlmException.BadInput(
          "token id " + id, "this vocabulary has the ids 0 to " + (vocabSize - 1));
    }
    return id;
  }
}
