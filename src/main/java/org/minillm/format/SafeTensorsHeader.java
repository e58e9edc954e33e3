package org.minillm.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.CharConversionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.minillm.base.JsonFault;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * Reads the JSON header of a safetensors file token by token: no tree of it is built, so a hostile
 * header takes no more heap than the entries it really holds. As strict as the reference: no name
 * twice, no type but the known ones, and the tensors fill the data without gap or overlap.
 */
final class SafeTensorsHeader {
  private static final int MOST_AXES = 8;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
          .build();

  private final String file;
  private final long dataStart;
  private final long fileSize;
  private final Map<String, SafeTensors.Entry> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafeTensorsHeader(String file, long dataStart, long fileSize) {
    this.file = file;
    this.dataStart = dataStart;
    this.fileSize = fileSize;
  }

  /**
   * @param json the header, which begins at byte 8
   * @param fileSize bytes of the whole file
   * @throws BadFormat if it is no header of a file of that size
   */
  static SafeTensorsHeader parse(String file, byte[] json, long fileSize) throws IOException {
    SafeTensorsHeader header = new SafeTensorsHeader(file, 8L + json.length, fileSize);
    try (JsonParser parser = JSON.createParser(json)) {
      header.read(parser);
    } catch (JsonProcessingException e) {
      throw header.broken("is not JSON: " + JsonFault.words(e.getOriginalMessage()));
    } catch (CharConversionException e) {
      throw header.broken("is not UTF-8");
    }
    header.requireNoGaps();
    return header;
  }

  /** In the order of the header. */
  Map<String, SafeTensors.Entry> entries() {
    return entries;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  private BadFormat broken(String reason) {
    return new BadFormat(file, 8, "the header " + reason);
  }

  private void read(JsonParser in) throws IOException {
    if (in.nextToken() != JsonToken.START_OBJECT) {
      throw broken("is not a JSON object");
    }
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
      in.nextToken();
      if (name.equals("__metadata__")) {
        readMetadata(in);
      } else {
        entries.put(name, entry(name, in));
      }
    }
    if (in.nextToken() != null) {
      throw broken("goes on after its object");
    }
  }

  private void readMetadata(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      throw broken("has a __metadata__ that is not an object of texts");
    }
    for (String key = in.nextFieldName(); key != null; key = in.nextFieldName()) {
      if (in.nextToken() != JsonToken.VALUE_STRING) {
        throw broken("has the metadata " + shorten(key) + " that is not a text");
      }
      metadata.put(key, in.getText());
    }
  }

  private SafeTensors.Entry entry(String name, JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      throw broken("has the tensor " + shorten(name) + " that is not an object");
    }
    TensorType type = null;
    long[] shape = null;
    long[] offsets = null;
    for (String key = in.nextFieldName(); key != null; key = in.nextFieldName()) {
      in.nextToken();
      switch (key) {
        case "dtype" -> type = type(name, in);
        case "shape" -> shape = numbers(name, key, in, MOST_AXES, Integer.MAX_VALUE);
        case "data_offsets" -> offsets = numbers(name, key, in, 2, Long.MAX_VALUE);
        default -> throw broken("has the key " + shorten(key) + " in tensor " + shorten(name));
      }
    }
    if (type == null || shape == null || offsets == null || offsets.length != 2) {
      throw broken("lacks dtype, shape or two data_offsets of tensor " + shorten(name));
    }
    return checked(name, type, shape, offsets);
  }

  private SafeTensors.Entry checked(String name, TensorType type, long[] shape, long[] offsets) {
    long begin = offsets[0];
    long end = offsets[1];
    if (end < begin || end > fileSize - dataStart) {
      throw new BadFormat(
          file,
          dataStart,
          "tensor "
              + shorten(name)
              + " lies at "
              + Arrays.toString(offsets)
              + ", the data has "
              + (fileSize - dataStart)
              + " bytes; the file is truncated or broken");
    }
    Long bytes = bytes(type, shape);
    if (bytes == null || bytes != end - begin) {
      throw new BadFormat(
          file,
          dataStart + begin,
          "tensor "
              + shorten(name)
              + " of shape "
              + Arrays.toString(shape)
              + " takes "
              + (bytes == null ? "more than 2^63" : bytes)
              + " bytes, the header gives it "
              + (end - begin));
    }
    int[] axes = Arrays.stream(shape).mapToInt(Math::toIntExact).toArray();
    return new SafeTensors.Entry(name, type, axes, dataStart + begin, dataStart + end);
  }

  /** Bytes a tensor takes; null where they are more than a long can say. */
  private static @Nullable Long bytes(TensorType type, long[] shape) {
    if (Arrays.stream(shape).anyMatch(axis -> axis == 0)) {
      return 0L;
    }
    try {
      long bytes = type.bytes();
      for (long axis : shape) {
        bytes = Math.multiplyExact(bytes, axis);
      }
      return bytes;
    } catch (ArithmeticException e) {
      return null;
    }
  }

  private TensorType type(String name, JsonParser in) throws IOException {
    String dtype = in.currentToken() == JsonToken.VALUE_STRING ? in.getText() : "?";
    for (TensorType type : TensorType.values()) {
      if (type.name().equals(dtype)) {
        return type;
      }
    }
    throw new BadFormat(
        file,
        8,
        "tensor "
            + shorten(name)
            + " is of type '"
            + shorten(dtype)
            + "'; allowed: F32, F16, BF16");
  }

  private long[] numbers(String name, String key, JsonParser in, int most, long largest)
      throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) {
      throw broken("has a " + key + " of tensor " + shorten(name) + " that is not a list");
    }
    long[] numbers = new long[most];
    int count = 0;
    while (in.nextToken() != JsonToken.END_ARRAY) {
      boolean whole =
          in.currentToken() == JsonToken.VALUE_NUMBER_INT
              && in.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
      if (count == most || !whole || in.getLongValue() < 0 || in.getLongValue() > largest) {
        throw broken(
            "has the "
                + key
                + " "
                + (whole ? in.getLongValue() : "(no whole number)")
                + " in tensor "
                + shorten(name)
                + "; allowed: at most "
                + most
                + " whole numbers from 0 to "
                + largest);
      }
      numbers[count++] = in.getLongValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private void requireNoGaps() {
    List<SafeTensors.Entry> ordered = new ArrayList<>(entries.values());
    ordered.sort((a, b) -> Long.compare(a.begin(), b.begin()));
    long used = dataStart;
    for (SafeTensors.Entry entry : ordered) {
      if (entry.begin() != used) {
        throw new BadFormat(
            file,
            entry.begin(),
            "tensor "
                + shorten(entry.name())
                + (entry.begin() < used ? " overlaps another" : " leaves a gap before it"));
      }
      used = entry.end();
    }
    if (used != fileSize) {
      throw new BadFormat(
          file, used, (fileSize - used) + " bytes follow the last tensor; the file is broken");
    }
  }

  private static String shorten(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }
}
