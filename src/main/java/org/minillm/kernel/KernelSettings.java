package org.minillm.kernel;

import java.util.List;
import java.util.function.UnaryOperator;
import org.minillm.base.MiniLlmException.BadConfig;

/**
 * What the system properties {@code minillm.kernels} (scalar, vector), {@code minillm.fma} (on,
 * off), {@code minillm.tile} (4, 8: rows of a tile) and {@code minillm.int8} (scalar, vector)
 * force; an empty text leaves that choice to its rule.
 */
record KernelSettings(String kernels, String fma, String tile, String int8) {
  static final String KERNELS = "minillm.kernels";
  static final String FMA = "minillm.fma";
  static final String TILE = "minillm.tile";
  static final String INT8 = "minillm.int8";

  static final KernelSettings NONE = new KernelSettings("", "", "", "");

  KernelSettings {
    oneOf(KERNELS, kernels, "scalar", "vector");
    oneOf(FMA, fma, "on", "off");
    oneOf(TILE, tile, "4", "8");
    oneOf(INT8, int8, "scalar", "vector");
  }

  private static void oneOf(String key, String value, String first, String second) {
    if (!List.of("", first, second).contains(value)) {
      throw new BadConfig(key, value, first + " or " + second);
    }
  }

  /** What this JVM was started with. Throws BadConfig for a word that is not allowed. */
  static KernelSettings given() {
    return of(KernelSettings::given);
  }

  /**
   * Whether any is given. Field by field: the first comparison of records costs a start 30 to 80
   * ms.
   */
  boolean forceAny() {
    return !(kernels.isEmpty() && fma.isEmpty() && tile.isEmpty() && int8.isEmpty());
  }

  /** The settings that {@code property} knows, by their full names; "" stands for none. */
  static KernelSettings of(UnaryOperator<String> property) {
    return new KernelSettings(
        property.apply(KERNELS), property.apply(FMA), property.apply(TILE), property.apply(INT8));
  }

  /** One setting, unchecked: for constants, whose initialisers must not throw. */
  static String given(String key) {
    return System.getProperty(key, "");
  }
}
