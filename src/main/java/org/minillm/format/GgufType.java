package org.minillm.format;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** How GGUF stores the values of a tensor, as far as this app reads it. */
enum GgufType {
  F32(0, 1, 4),
  F16(1, 1, 2),
  /** Blocks of a half-float scale and 32 nibbles: w = scale · (nibble − 8). */
  Q4_0(2, 32, 18),
  /** Blocks of a half-float scale and 32 int8: w = scale · quant. */
  Q8_0(8, 32, 34),
  BF16(30, 1, 2);

  /** Names of the types that are only refused. */
  private static final Map<Integer, String> OTHERS =
      Map.ofEntries(
          Map.entry(3, "Q4_1"),
          Map.entry(6, "Q5_0"),
          Map.entry(7, "Q5_1"),
          Map.entry(9, "Q8_1"),
          Map.entry(10, "Q2_K"),
          Map.entry(11, "Q3_K"),
          Map.entry(12, "Q4_K"),
          Map.entry(13, "Q5_K"),
          Map.entry(14, "Q6_K"),
          Map.entry(15, "Q8_K"),
          Map.entry(16, "IQ2_XXS"),
          Map.entry(17, "IQ2_XS"),
          Map.entry(18, "IQ3_XXS"),
          Map.entry(19, "IQ1_S"),
          Map.entry(20, "IQ4_NL"),
          Map.entry(21, "IQ3_S"),
          Map.entry(22, "IQ2_S"),
          Map.entry(23, "IQ4_XS"),
          Map.entry(24, "I8"),
          Map.entry(25, "I16"),
          Map.entry(26, "I32"),
          Map.entry(27, "I64"),
          Map.entry(28, "F64"),
          Map.entry(29, "IQ1_M"),
          Map.entry(34, "TQ1_0"),
          Map.entry(35, "TQ2_0"),
          Map.entry(39, "MXFP4"));

  final int id;

  /** Values a block. */
  final int block;

  /** Bytes a block. */
  final int bytes;

  GgufType(int id, int block, int bytes) {
    this.id = id;
    this.block = block;
    this.bytes = bytes;
  }

  static Optional<GgufType> of(int id) {
    return Arrays.stream(values()).filter(t -> t.id == id).findFirst();
  }

  /** How others call a type that {@link #of} does not know. */
  static String nameOf(int id) {
    return OTHERS.getOrDefault(id, "type " + id);
  }

  boolean isBlocks() {
    return block > 1;
  }

  /** Bytes of a row of {@code n} values, which {@link #block} divides. */
  long rowBytes(long n) {
    return n / block * bytes;
  }
}
