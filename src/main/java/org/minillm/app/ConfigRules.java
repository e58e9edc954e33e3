package org.minillm.app;

import java.util.List;
import org.minillm.base.MiniLlmException.BadConfig;

/** Checks of single values, with the full key in the message. */
final class ConfigRules {
  private ConfigRules() {}

  static void range(String key, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      throw new BadConfig(key, number(value), number(low) + " to " + number(high));
    }
  }

  static void oneOf(String key, String value, List<String> allowed) {
    if (!allowed.contains(value)) {
      throw new BadConfig(key, '"' + value + '"', String.join(", ", allowed));
    }
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Float.toString((float) value);
  }
}
