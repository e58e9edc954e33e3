package org.minillm.ndarray;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * What stands before the data of a {@code .npy} file: a Python dictionary with the keys descr,
 * fortran_order and shape.
 *
 * @param shape of the array; its elements fit one {@code float[]}
 */
record NpyHeader(NpyType type, boolean fortranOrder, int[] shape) {
  /** NumPy 2's limit. */
  private static final int MAX_AXES = 64;

  /** Data begins at a multiple of this. */
  private static final int ALIGNMENT = 64;

  /** NumPy leaves room for the first axis to grow to so many digits without a new header. */
  private static final int GROWTH_DIGITS = 21;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  long count() {
    return Shapes.size(shape);
  }

  /** Magic, version 1.0, length and header of a float32 array, byte for byte as NumPy's. */
  static byte[] float32(int[] shape) {
    StringBuilder text = new StringBuilder("{'descr': '<f4', 'fortran_order': False, 'shape': (");
    for (int i = 0; i < shape.length; i++) {
      text.append(i > 0 ? ", " : "").append(shape[i]);
    }
    text.append(shape.length == 1 ? ",), }" : "), }");
    if (shape.length > 0) {
      text.append(" ".repeat(GROWTH_DIGITS - Integer.toString(shape[0]).length()));
    }
    int begin = MAGIC.length + Short.BYTES;
    int padding = ALIGNMENT - (begin + text.length() + 1) % ALIGNMENT;
    text.append(" ".repeat(padding)).append('\n');
    byte[] bytes = Arrays.copyOf(MAGIC, begin + text.length());
    bytes[MAGIC.length] = (byte) text.length();
    bytes[MAGIC.length + 1] = (byte) (text.length() >> 8);
    System.arraycopy(
        text.toString().getBytes(StandardCharsets.US_ASCII), 0, bytes, begin, text.length());
    return bytes;
  }

  /**
   * @param begin offset of the text in the file, for messages
   * @throws BadFormat if this is no header, or that of an array that float32 cannot hold
   */
  static NpyHeader parse(String file, long begin, String text) {
    return new Parser(file, begin, text).header();
  }

  /** Reads the few Python literals that a header is made of. */
  private static final class Parser {
    private final String file;
    private final long begin;
    private final String text;
    private int at;

    Parser(String file, long begin, String text) {
      this.file = file;
      this.begin = begin;
      this.text = text;
    }

    NpyHeader header() {
      NpyType type = null;
      Boolean fortran = null;
      int[] shape = null;
      expect('{');
      while (!accept('}')) {
        int keyAt = at;
        String key = string();
        expect(':');
        if (key.equals("descr") && type == null) {
          type = type();
        } else if (key.equals("fortran_order") && fortran == null) {
          fortran = bool();
        } else if (key.equals("shape") && shape == null) {
          shape = shape();
        } else {
          throw bad(keyAt, "the key " + quoted(key) + " is unknown or there twice");
        }
        if (!accept(',')) {
          expect('}');
          break;
        }
      }
      skipSpace();
      if (at < text.length()) {
        throw bad(at, "text after the header's end");
      }
      return complete(type, fortran, shape);
    }

    private NpyHeader complete(
        @Nullable NpyType type, @Nullable Boolean fortran, int @Nullable [] shape) {
      if (type == null || fortran == null || shape == null) {
        throw bad(0, "the header lacks one of descr, fortran_order and shape");
      }
      return new NpyHeader(type, fortran, shape);
    }

    private NpyType type() {
      skipSpace();
      int from = at;
      if (at < text.length() && text.charAt(at) == '[') {
        throw bad(from, "a structured type; supported: " + NpyType.SUPPORTED);
      }
      String descr = string();
      if (descr.contains("O")) {
        throw bad(from, "Python objects, which are never loaded: they could run any program");
      }
      NpyType type = NpyType.of(descr);
      if (type == null) {
        throw bad(from, "type " + quoted(descr) + "; supported: " + NpyType.SUPPORTED);
      }
      return type;
    }

    private int[] shape() {
      expect('(');
      int from = at;
      List<Integer> axes = new ArrayList<>();
      long size = 1;
      boolean empty = false;
      while (!accept(')')) {
        int length = length();
        empty |= length == 0;
        // One product is at most 2³¹ · 2³¹.
        size = Math.min(Shapes.MAX_SIZE + 1L, size * Math.max(1, length));
        axes.add(length);
        if (axes.size() > MAX_AXES) {
          throw bad(from, "more than " + MAX_AXES + " axes");
        }
        if (!accept(',')) {
          if (axes.size() == 1) {
            throw bad(at, "(" + length + ") is no tuple");
          }
          expect(')');
          break;
        }
      }
      if (!empty && size > Shapes.MAX_SIZE) {
        throw bad(from, "more elements than an array can hold (" + Shapes.MAX_SIZE + ")");
      }
      return axes.stream().mapToInt(Integer::intValue).toArray();
    }

    private int length() {
      skipSpace();
      int from = at;
      long value = 0;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        value = Math.min(Shapes.MAX_SIZE + 1L, value * 10 + text.charAt(at) - '0');
        at++;
      }
      if (at == from) {
        throw bad(from, "a length must stand here, a whole number from 0");
      }
      if (value > Shapes.MAX_SIZE) {
        throw bad(from, "an axis is longer than an array can be (" + Shapes.MAX_SIZE + ")");
      }
      if (at < text.length() && text.charAt(at) == 'L') {
        at++; // Python 2 wrote its long integers so.
      }
      return (int) value;
    }

    private boolean bool() {
      skipSpace();
      for (String word : List.of("True", "False")) {
        if (text.startsWith(word, at)) {
          at += word.length();
          return word.equals("True");
        }
      }
      throw bad(at, "fortran_order must be True or False");
    }

    private String string() {
      skipSpace();
      char quote = at < text.length() ? text.charAt(at) : 0;
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0) {
        throw bad(at, "a text in quotes must stand here");
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      return value;
    }

    private boolean accept(char c) {
      skipSpace();
      boolean there = at < text.length() && text.charAt(at) == c;
      at += there ? 1 : 0;
      return there;
    }

    private void expect(char c) {
      if (!accept(c)) {
        throw bad(at, "'" + c + "' must stand here; this is no header of NumPy's");
      }
    }

    private void skipSpace() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private static String quoted(String value) {
      return "'" + (value.length() > 40 ? value.substring(0, 40) + "…" : value) + "'";
    }

    private BadFormat bad(int position, String reason) {
      return new BadFormat(file, begin + position, reason);
    }
  }
}
