package org.minillm.format;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * The key-values of a GGUF file. Whole numbers of any width are Long, floats Double, strings and
 * the arrays this app needs byte[], byte[][], int[], float[]; other arrays are not kept.
 */
final class GgufMetadata {
  /** A value and where in the file it stands. */
  record Value(Object value, long offset) {}

  private final String file;
  private final Map<String, Value> values;

  GgufMetadata(String file, Map<String, Value> values) {
    this.file = file;
    this.values = values;
  }

  String file() {
    return file;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** An error at the value of {@code key}, or at no place where it is missing. */
  BadFormat broken(String key, String reason) {
    Value at = values.get(key);
    return new BadFormat(file, at == null ? -1 : at.offset(), key + " " + reason);
  }

  private <T> Optional<T> get(String key, Class<T> type, String allowed) {
    Value found = values.get(key);
    if (found == null) {
      return Optional.empty();
    }
    if (!type.isInstance(found.value())) {
      throw broken(key, "is no " + allowed);
    }
    return Optional.of(type.cast(found.value()));
  }

  private <T> T require(String key, Optional<T> value) {
    return value.orElseThrow(() -> broken(key, "is missing"));
  }

  Optional<String> text(String key) {
    return get(key, byte[].class, "string")
        .map(bytes -> new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
  }

  String requireText(String key) {
    return require(key, text(key));
  }

  OptionalInt integer(String key) {
    Optional<Long> value = get(key, Long.class, "whole number");
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.get() < Integer.MIN_VALUE || value.get() > Integer.MAX_VALUE) {
      throw broken(key, "is " + value.get() + ", which is out of range");
    }
    return OptionalInt.of(value.get().intValue());
  }

  int requireInteger(String key) {
    OptionalInt value = integer(key);
    if (value.isEmpty()) {
      throw broken(key, "is missing");
    }
    return value.getAsInt();
  }

  OptionalDouble real(String key) {
    Optional<Double> value = get(key, Double.class, "floating-point number");
    return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
  }

  boolean flag(String key, boolean otherwise) {
    return get(key, Boolean.class, "bool").orElse(otherwise);
  }

  byte[][] requireStrings(String key) {
    return require(key, get(key, byte[][].class, "array of strings"));
  }

  int[] requireIntegers(String key) {
    return require(key, get(key, int[].class, "array of i32"));
  }

  float[] requireFloats(String key) {
    return require(key, get(key, float[].class, "array of f32"));
  }
}
