package org.minillm.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * What stands before the data of a GGUF file (version 2 and 3, little-endian): key-values and the
 * list of tensors. Every count and length is checked against what is left of the file, and what is
 * kept against the memory budget, before anything is allocated.
 *
 * @param tensors by name, in the order of the file
 */
record GgufHeader(GgufMetadata metadata, Map<String, Tensor> tensors) {
  static final int MAGIC = 0x46554747; // "GGUF"
  static final int VERSION = 3;
  static final String TOKENS = "tokenizer.ggml.tokens";
  static final String SCORES = "tokenizer.ggml.scores";
  static final String TOKEN_TYPES = "tokenizer.ggml.token_type";
  static final String MERGES = "tokenizer.ggml.merges";

  private static final String ALIGNMENT = "general.alignment";
  static final int DEFAULT_ALIGNMENT = 32;

  private static final int MAX_KEYS = 1 << 16;
  private static final int MAX_TENSORS = 1 << 16;
  private static final int MAX_NAME = 1 << 10;
  private static final int MAX_TEXT = 1 << 20;
  private static final int MAX_TOKEN = 1 << 16;

  /** As {@code ModelConfig} allows tokens; merges may be as many. */
  private static final int MAX_TOKENS = 1 << 20;

  /** What a string in an array takes beside its bytes. */
  private static final int BYTES_A_STRING = 24;

  private static final Set<String> KEPT_ARRAYS = Set.of(TOKENS, SCORES, TOKEN_TYPES, MERGES);

  /**
   * A tensor of the file.
   *
   * @param shape slowest axis first: rows, width
   * @param infoAt where the header describes it
   * @param begin first byte of its data, from the beginning of the file
   */
  record Tensor(String name, GgufType type, int[] shape, long infoAt, long begin, long bytes) {
    long values() {
      return Arrays.stream(shape).asLongStream().reduce(1, (a, b) -> a * b);
    }
  }

  /**
   * Reads the header of a file.
   *
   * @param vocabulary whether the tokens are wanted; they are most of a header
   */
  static GgufHeader read(Path path, boolean vocabulary, MemoryBudget budget) throws IOException {
    try (LittleEndianFile in = new LittleEndianFile(path)) {
      return new Reader(in, vocabulary, budget).header();
    }
  }

  /** One pass over a header. */
  private static final class Reader {
    private final LittleEndianFile in;
    private final boolean vocabulary;
    private final MemoryBudget budget;

    /** Bytes of strings since the budget was asked. */
    private long unasked;

    Reader(LittleEndianFile in, boolean vocabulary, MemoryBudget budget) {
      this.in = in;
      this.vocabulary = vocabulary;
      this.budget = budget;
    }

    GgufHeader header() throws IOException {
      if (in.readInt("magic number") != MAGIC) {
        throw new BadFormat(in.name(), 0, "does not begin with GGUF");
      }
      int version = in.readInt("version");
      if (version != 2 && version != VERSION) {
        boolean bigEndian = Integer.reverseBytes(version) <= VERSION && version >>> 24 != 0;
        throw new BadFormat(
            in.name(),
            4,
            bigEndian
                ? "is a big-endian GGUF file; supported: little-endian"
                : "is GGUF version " + version + "; supported: 2 and 3");
      }
      // The least a tensor takes: name length, name, axes, one axis, type, offset.
      int tensors = count("tensors", MAX_TENSORS, 8 + 1 + 4 + 8 + 4 + 8);
      int keys = count("key-values", MAX_KEYS, 8 + 1 + 4 + 1);
      Map<String, GgufMetadata.Value> values = new LinkedHashMap<>();
      for (int i = 0; i < keys; i++) {
        keyValue(values, i);
      }
      GgufMetadata metadata = new GgufMetadata(in.name(), values);
      return new GgufHeader(metadata, tensors(tensors, metadata));
    }

    /** A u64 count of things that take at least {@code least} bytes each. */
    private int count(String what, int max, int least) throws IOException {
      long at = in.position();
      long n = in.readLong("number of " + what);
      if (n < 0 || n > max || n > in.left() / least) {
        throw new BadFormat(
            in.name(),
            at,
            Long.toUnsignedString(n)
                + " "
                + what
                + " do not fit: allowed are at most "
                + Math.min(max, in.left() / least)
                + " here; the file is truncated or broken");
      }
      return (int) n;
    }

    private byte[] string(String what, int max) throws IOException {
      long at = in.position();
      long length = in.readLong("length of " + what);
      if (length < 0 || length > max || length > in.left()) {
        throw new BadFormat(
            in.name(),
            at,
            what
                + " is "
                + Long.toUnsignedString(length)
                + " bytes long; allowed here: at most "
                + Math.min(max, in.left()));
      }
      unasked += length;
      if (unasked > MemoryBudget.MB) {
        budget.require("The head of " + in.name(), unasked);
        unasked = 0;
      }
      return in.readBytes((int) length, what);
    }

    private String name(String what) throws IOException {
      long at = in.position();
      byte[] bytes = string(what, MAX_NAME);
      if (bytes.length == 0) {
        throw new BadFormat(in.name(), at, what + " is empty");
      }
      return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }

    private void keyValue(Map<String, GgufMetadata.Value> values, int number) throws IOException {
      long keyAt = in.position();
      String key = name("key " + number);
      int type = in.readInt("type of " + key);
      long at = in.position();
      Object value = type == 9 ? array(key) : scalar(type, key);
      if (values.put(key, new GgufMetadata.Value(value, at)) != null) {
        throw new BadFormat(in.name(), keyAt, "key " + key + " is there twice");
      }
    }

    private Object scalar(int type, String key) throws IOException {
      return switch (type) {
        case 0 -> (long) (in.readByte(key) & 0xFF);
        case 1 -> (long) in.readByte(key);
        case 2 -> (long) (in.readShort(key) & 0xFFFF);
        case 3 -> (long) in.readShort(key);
        case 4 -> in.readInt(key) & 0xFFFF_FFFFL;
        case 5 -> (long) in.readInt(key);
        case 6 -> (double) in.readFloat(key);
        case 7 -> in.readByte(key) != 0;
        case 8 -> string(key, MAX_TEXT);
        case 10, 11 -> in.readLong(key);
        case 12 -> Double.longBitsToDouble(in.readLong(key));
        default -> throw in.broken(key + " is of type " + type + "; allowed: 0 to 12");
      };
    }

    private static int bytesOf(int type) {
      return switch (type) {
        case 0, 1, 7 -> 1;
        case 2, 3 -> 2;
        case 4, 5, 6 -> 4;
        case 8, 10, 11, 12 -> 8; // a string: its length
        default -> 0;
      };
    }

    private Object array(String key) throws IOException {
      int type = in.readInt("element type of " + key);
      int least = bytesOf(type);
      if (least == 0) {
        throw in.broken(
            key + " is an array of type " + type + "; allowed: numbers, bools and strings");
      }
      boolean keep = vocabulary && KEPT_ARRAYS.contains(key);
      if (!keep) {
        int n = count("elements of " + key, Integer.MAX_VALUE, least);
        if (type != 8) {
          in.skip((long) n * least, key);
        }
        for (int i = 0; type == 8 && i < n; i++) {
          in.skip(in.readLong(key), key);
        }
        return List.of();
      }
      int n = count("elements of " + key, MAX_TOKENS, least);
      budget.require(key + " of " + in.name(), (long) n * (type == 8 ? BYTES_A_STRING : least));
      if (type == 8) {
        byte[][] strings = new byte[n][];
        for (int i = 0; i < n; i++) {
          strings[i] = string("element " + i + " of " + key, MAX_TOKEN);
        }
        return strings;
      }
      if (type == 6) {
        float[] floats = new float[n];
        in.readFloats(floats, 0, n, key);
        return floats;
      }
      if (type != 4 && type != 5) {
        throw in.broken(key + " is an array of type " + type + ", not of i32");
      }
      int[] integers = new int[n];
      for (int i = 0; i < n; i++) {
        integers[i] = in.readInt(key);
      }
      return integers;
    }

    // ---- tensors --------------------------------------------------------------------------------

    private record Info(String name, GgufType type, int[] shape, long at, long offset) {}

    private Map<String, Tensor> tensors(int count, GgufMetadata metadata) throws IOException {
      List<Info> infos = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        infos.add(info(i));
      }
      int alignment = metadata.integer(ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
      if (alignment < 1 || alignment > 1 << 16 || Integer.bitCount(alignment) != 1) {
        throw metadata.broken(ALIGNMENT, "is " + alignment + "; allowed: a power of two to 65536");
      }
      long start = (in.position() + alignment - 1) / alignment * alignment;
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Info info : infos) {
        if (tensors.put(info.name(), tensor(info, start, alignment)) != null) {
          throw new BadFormat(in.name(), info.at(), "tensor " + info.name() + " is there twice");
        }
      }
      refuseOverlaps(tensors);
      return tensors;
    }

    private Info info(int number) throws IOException {
      long at = in.position();
      String name = name("name of tensor " + number);
      int axes = in.readInt("number of axes of " + name);
      if (axes < 1 || axes > 4) {
        throw in.broken("tensor " + name + " has " + axes + " axes; allowed: 1 to 4");
      }
      int[] shape = new int[axes];
      for (int i = axes - 1; i >= 0; i--) { // the file has the fastest first
        long n = in.readLong("axes of " + name);
        if (n < 1 || n > Integer.MAX_VALUE) {
          throw in.broken("tensor " + name + " has an axis of " + Long.toUnsignedString(n));
        }
        shape[i] = (int) n;
      }
      long typeAt = in.position();
      int type = in.readInt("type of " + name);
      GgufType known =
          GgufType.of(type)
              .orElseThrow(
                  () ->
                      new BadFormat(
                          in.name(),
                          typeAt,
                          "tensor "
                              + name
                              + " is "
                              + GgufType.nameOf(type)
                              + "; supported: F32, F16, BF16, Q8_0, Q4_0. Convert it first."));
      return new Info(name, known, shape, at, in.readLong("offset of " + name));
    }

    private Tensor tensor(Info info, long start, int alignment) {
      int width = info.shape()[info.shape().length - 1];
      long blocks = width / info.type().block;
      for (int i = 0; i < info.shape().length - 1; i++) {
        blocks = Math.min(Long.MAX_VALUE >> 40, blocks * info.shape()[i]);
      }
      long bytes = blocks * info.type().bytes;
      String problem = "";
      if (width % info.type().block != 0) {
        problem = "has rows of " + width + ", which blocks of 32 do not divide";
      } else if (info.offset() < 0 || info.offset() % alignment != 0) {
        problem =
            "lies at offset "
                + Long.toUnsignedString(info.offset())
                + ", no multiple of "
                + alignment;
      } else if (start > in.size()
          || info.offset() > in.size() - start
          || bytes > in.size() - start - info.offset()) {
        problem =
            "lies at "
                + info.offset()
                + " of the data and takes "
                + bytes
                + " bytes, but the data has "
                + Math.max(0, in.size() - start)
                + "; the file is truncated or broken";
      }
      if (!problem.isEmpty()) {
        throw new BadFormat(in.name(), info.at(), "tensor " + info.name() + " " + problem);
      }
      return new Tensor(
          info.name(), info.type(), info.shape(), info.at(), start + info.offset(), bytes);
    }

    private void refuseOverlaps(Map<String, Tensor> tensors) {
      List<Tensor> ordered = new ArrayList<>(tensors.values());
      ordered.sort((a, b) -> Long.compare(a.begin(), b.begin()));
      long end = 0;
      for (Tensor tensor : ordered) {
        if (tensor.begin() < end) {
          throw new BadFormat(
              in.name(), tensor.infoAt(), "tensor " + tensor.name() + " overlaps another");
        }
        end = tensor.begin() + tensor.bytes();
      }
    }
  }
}
