package org.minillm.model;

/** What a model's matrices become when it is loaded. */
public enum Quantization {
  /** They stay as the file has them: floats as float32, blocks of int8 or int4 as int8. */
  NONE,
  /** All become int8 (Q8_0), whatever the file has. */
  INT8;

  /** The value of {@code optimization.quantization}: "none" or "int8". */
  public static Quantization of(String name) {
    return name.equals("int8") ? INT8 : NONE;
  }
}
