package org.minillm.tokenizer;

import java.util.OptionalInt;
import java.util.function.IntConsumer;

/** The tokenizer of llama2.c. */
public final class ScoreBpeTokenizer implements Tokenizer {
  /** The vocabulary as the file has it: token strings (bytes) and scores, by id. */
  public ScoreBpeTokenizer(byte[][] tokens, float[] scores) {
    if (tokens.length != scores.length) {
      throw new IllegalArgumentException("lengths differ");
    }
  }

  @Override
  public int vocabSize() {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public void encode(String text, IntConsumer sink) {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public int[] encodeWithSpecials(String text) {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public byte[] bytesOf(int id) {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public String tokenText(int id) {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public OptionalInt bosId() {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public OptionalInt eosId() {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public OptionalInt idOf(String token) {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public boolean isSpecial(int id) {
    throw new UnsupportedOperationException("being written");
  }

  @Override
  public String kind() {
    throw new UnsupportedOperationException("being written");
  }
}
