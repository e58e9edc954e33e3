package org.minillm.model;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Counts what an object really holds: the bytes of all float arrays that it reaches. */
final class Floats {
  private Floats() {}

  /** Bytes of the float arrays under {@code root}, the model's own weights left out. */
  static long bytesUnder(Object root, Transformer model) throws IllegalAccessException {
    Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    seen.add(model);
    seen.add(model.parameters());
    seen.add(model.parameters().data());
    seen.add(model.pool());
    return walk(root, seen);
  }

  private static long walk(Object at, Set<Object> seen) throws IllegalAccessException {
    if (at == null || !seen.add(at)) {
      return 0;
    }
    if (at instanceof float[] floats) {
      return (long) floats.length * Float.BYTES;
    }
    Class<?> type = at.getClass();
    long bytes = 0;
    if (type.isArray()) {
      if (!type.getComponentType().isPrimitive()) {
        for (int i = 0; i < Array.getLength(at); i++) {
          bytes += walk(Array.get(at, i), seen);
        }
      }
      return bytes;
    }
    if (!type.getName().startsWith("org.minillm.")) {
      return 0;
    }
    for (Field field : type.getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
        field.setAccessible(true);
        bytes += walk(field.get(at), seen);
      }
    }
    return bytes;
  }
}
