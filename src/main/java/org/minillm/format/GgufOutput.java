package org.minillm.format;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;

/** Writes the primitive parts of a GGUF file, little-endian, and counts its bytes. */
final class GgufOutput {
  private static final int U32 = 4;
  private static final int I32 = 5;
  private static final int F32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  /** A float for each index. */
  interface Floats {
    float at(int index);
  }

  private final OutputStream out;
  private long position;

  GgufOutput(OutputStream out) {
    this.out = out;
  }

  long position() {
    return position;
  }

  void bytes(byte[] bytes, int count) throws IOException {
    out.write(bytes, 0, count);
    position += count;
  }

  void writeInt(int value) throws IOException {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(value >>> shift);
    }
    position += 4;
  }

  void writeLong(long value) throws IOException {
    writeInt((int) value);
    writeInt((int) (value >>> 32));
  }

  void string(byte[] utf8) throws IOException {
    writeLong(utf8.length);
    bytes(utf8, utf8.length);
  }

  void string(String text) throws IOException {
    string(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Zeros up to a multiple of {@code alignment}. */
  void pad(int alignment) throws IOException {
    while (position % alignment != 0) {
      out.write(0);
      position++;
    }
  }

  private void key(String key, int type) throws IOException {
    string(key);
    writeInt(type);
  }

  void integer(String key, int value) throws IOException {
    key(key, U32);
    writeInt(value);
  }

  void real(String key, float value) throws IOException {
    key(key, F32);
    writeInt(Float.floatToIntBits(value));
  }

  void flag(String key, boolean value) throws IOException {
    key(key, BOOL);
    out.write(value ? 1 : 0);
    position++;
  }

  void text(String key, String value) throws IOException {
    key(key, STRING);
    string(value);
  }

  private void array(String key, int type, int n) throws IOException {
    key(key, ARRAY);
    writeInt(type);
    writeLong(n);
  }

  void strings(String key, int n, IntFunction<byte[]> utf8) throws IOException {
    array(key, STRING, n);
    for (int i = 0; i < n; i++) {
      string(utf8.apply(i));
    }
  }

  void integers(String key, int[] values) throws IOException {
    array(key, I32, values.length);
    for (int value : values) {
      writeInt(value);
    }
  }

  void floats(String key, int n, Floats values) throws IOException {
    array(key, F32, n);
    for (int i = 0; i < n; i++) {
      writeInt(Float.floatToIntBits(values.at(i)));
    }
  }
}
