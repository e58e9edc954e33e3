package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException.BadFormat;

class SafeTensorsTest {
  /** One tensor "a" of two float32 in eight bytes of data. */
  private static final String GOOD =
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";

  @TempDir Path dir;

  private Path file(String header, long length, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + dataBytes);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(length < 0 ? json.length : length).put(json);
    return Files.write(dir.resolve("x.safetensors"), bytes.array());
  }

  private static BadFormat refused(Path file) {
    BadFormat e = assertThrows(BadFormat.class, () -> SafeTensors.open(file).close());
    assertTrue(String.valueOf(e.getMessage()).length() < 600, e.getMessage());
    return e;
  }

  @Test
  void plainFileOpens() throws IOException {
    try (SafeTensors tensors = SafeTensors.open(file(GOOD, -1, 8))) {
      assertEquals(2, tensors.entries().get("a").size());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 63, 1L << 31, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 63})
  void hostileHeaderLengthIsRefused(long length) throws IOException {
    Path file = file(GOOD, 8, 8);
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    Files.write(file, bytes);
    refused(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{\"a\":1}",
        "{\"a\":{}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775807]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,18446744073709551624]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483648],\"data_offsets\":[0,8]}}",
        // 2^32 times 2^30 values of 4 bytes are 0 modulo 2^64
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,32768,32768],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} x",
        "{\"__metadata__\":[],\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"__metadata__\":{\"n\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[[[[[[[[[2]]]]]]]]],\"data_offsets\":[0,8]}}",
      })
  void hostileHeaderIsRefused(String header) throws IOException {
    refused(file(header, -1, 8));
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Path file = file(GOOD, -1, 8);
    byte[] bytes = Files.readAllBytes(file);
    bytes[10] = (byte) 0xFF;
    Files.write(file, bytes);
    refused(file);
  }

  @Test
  void headerOfAMillionEmptyObjectsIsRefusedAtTheFirst() throws IOException {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < 1_000_000; i++) {
      header.append('"').append(i).append("\":{},");
    }
    refused(file(header.append("\"x\":{}}").toString(), -1, 0));
  }

  @Test
  void longNameIsShortenedInTheMessage() throws IOException {
    refused(file(GOOD.replace("\"a\"", '"' + "n".repeat(100_000) + '"'), -1, 7));
  }

  @Test
  void tensorOfAnotherShapeOrNameIsRefusedBeforeItIsRead() throws IOException {
    try (SafeTensors tensors = SafeTensors.open(file(GOOD, -1, 8))) {
      float[] to = new float[4];
      assertThrows(BadFormat.class, () -> tensors.readInto("b", new int[] {2}, to, 0));
      assertThrows(BadFormat.class, () -> tensors.readInto("a", new int[] {1, 2}, to, 0));
      assertThrows(BadFormat.class, () -> tensors.readInto("a", new int[] {4}, to, 0));
    }
  }

  /** Names of any characters, shapes of any size and every value come back, in every type. */
  @Property(tries = 200)
  void anyNamesAndValuesComeBack(
      @ForAll @Size(max = 5) @UniqueElements List<@StringLength(max = 12) String> names,
      @ForAll @IntRange(max = 5) int rows,
      @ForAll @IntRange(max = 3) int columns,
      @ForAll TensorType type)
      throws IOException {
    List<String> known =
        names.stream().filter(n -> !n.equals("__metadata__") && isText(n)).distinct().toList();
    float[] data = new float[rows * columns + 1];
    for (int i = 0; i < data.length; i++) {
      data[i] = (i - 3) * 0.25f; // exact in every type
    }
    List<SafeTensors.Tensor> written =
        known.stream()
            .map(n -> new SafeTensors.Tensor(n, data, 1, new int[] {rows, columns}))
            .toList();
    Path at = Files.createTempFile("property", ".safetensors");
    try {
      SafeTensors.write(at, written, type, Map.of("clave", "valor ñ"));
      try (SafeTensors read = SafeTensors.open(at)) {
        assertEquals(known, List.copyOf(read.entries().keySet()));
        assertEquals("valor ñ", read.metadata().get("clave"));
        for (String name : known) {
          float[] back = new float[data.length];
          back[0] = data[0];
          read.readInto(name, new int[] {rows, columns}, back, 1);
          assertArrayEquals(data, back);
        }
      }
    } finally {
      Files.delete(at);
    }
  }

  /** Half a pair of surrogates is no text: UTF-8 cannot say it. */
  private static boolean isText(String name) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(name);
  }
}
