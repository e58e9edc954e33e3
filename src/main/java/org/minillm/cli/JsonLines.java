package org.minillm.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Figures for programs: one JSON object a line, keys in the order they were put. */
final class JsonLines {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Map<String, @Nullable Object> object = new LinkedHashMap<>();

  /** Adds a key; numbers that are NaN or infinite become null, which JSON can say. */
  JsonLines put(String key, @Nullable Object value) {
    boolean unspeakable = value instanceof Double d && !Double.isFinite(d);
    object.put(key, unspeakable ? null : value instanceof Double d ? rounded(d) : value);
    return this;
  }

  void print(PrintWriter out) {
    out.println(text(object));
    out.flush();
  }

  /** The same for people: a key and its value a line. */
  void printAsText(PrintWriter out) {
    object.forEach(
        (key, value) -> {
          String figure =
              value instanceof Double d
                  ? String.format(Locale.ROOT, "%.2f", d)
                  : String.valueOf(value);
          out.printf("%-20s %s%n", key.replace('_', ' '), figure);
        });
    out.flush();
  }

  static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double rounded(double value) {
    double scale = 1e6;
    return Math.abs(value) < 1e9 && Math.abs(value) >= 1e-3
        ? Math.rint(value * scale) / scale
        : value;
  }
}
