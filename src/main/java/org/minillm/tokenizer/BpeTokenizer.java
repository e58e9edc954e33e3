package org.minillm.tokenizer;

import java.util.OptionalInt;
import java.util.function.IntConsumer;

/** Byte-level BPE. */
public final class BpeTokenizer implements Tokenizer {
  BpeTokenizer() {}

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
