package org.minillm.ndarray;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.OutOfBudget;

/** Files by NumPy itself, made by src/test/python/npy_fixtures.py, and damaged ones. */
class NpyFileTest {
  @TempDir Path dir;

  /** One file that NumPy wrote; the arrays are null where it must be refused. */
  private record Fixture(String name, byte[] bytes, JsonNode arrays) {}

  private static List<Fixture> fixtures() throws IOException {
    List<Fixture> fixtures = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(NpyFileTest.class.getResourceAsStream("/ndarray/npy.jsonl.gz")),
                StandardCharsets.UTF_8))) {
      ObjectMapper mapper = new ObjectMapper();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode f = mapper.readTree(line);
        fixtures.add(
            new Fixture(f.get("name").asText(), f.get("base64").binaryValue(), f.get("arrays")));
      }
    }
    return fixtures;
  }

  private static byte[] fixture(String name) throws IOException {
    return fixtures().stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow().bytes();
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name.replace('>', 'b').replace('<', 'l')), bytes);
  }

  private static Map<String, NDArray> load(Path path) throws IOException {
    return path.toString().endsWith(".npz") ? NpzFile.load(path) : Map.of("", NpyFile.load(path));
  }

  @TestFactory
  List<DynamicTest> whatNumPyWroteIsReadAsNumPyReadsIt() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Fixture fixture : fixtures()) {
      tests.add(DynamicTest.dynamicTest(fixture.name(), () -> check(fixture)));
    }
    assertTrue(tests.size() > 80, tests.size() + " files");
    return tests;
  }

  private void check(Fixture fixture) throws IOException {
    Path path = file(fixture.name(), fixture.bytes());
    if (fixture.arrays() == null) {
      BadFormat refused = assertThrows(BadFormat.class, () -> load(path));
      assertTrue(refused.offset() > 0, refused.getMessage());
      return;
    }
    Map<String, NDArray> found = load(path);
    assertEquals(fixture.arrays().size(), found.size());
    for (Iterator<String> names = fixture.arrays().fieldNames(); names.hasNext(); ) {
      String name = names.next();
      NDArray expected = NumPyGoldenTest.array(fixture.arrays().get(name));
      assertArrayEquals(expected.shape(), found.get(name).shape());
      assertArrayEquals(expected.toArray(), found.get(name).toArray());
    }
  }

  @Test
  void aSavedArrayHasNumPysOwnBytes() throws IOException {
    int compared = 0;
    for (Fixture fixture : fixtures()) {
      if (fixture.name().startsWith("float32") || fixture.name().equals("<f4.npy")) {
        NDArray array = NpyFile.load(file("in.npy", fixture.bytes()));
        NpyFile.save(dir.resolve("out.npy"), array);
        assertArrayEquals(fixture.bytes(), Files.readAllBytes(dir.resolve("out.npy")));
        compared++;
      }
    }
    assertEquals(9, compared);
  }

  @Test
  void viewsAreSavedInRowMajorOrder() throws IOException {
    NDArray view = NDArray.arange(40_000).reshape(100, 400).transpose().slice("::-3, 1:");
    NpyFile.save(dir.resolve("view.npy"), view);
    NDArray found = NpyFile.load(dir.resolve("view.npy"));
    assertTrue(found.isContiguous());
    assertTrue(NDArrays.arrayEqual(view, found));
    assertEquals(List.of(dir.resolve("view.npy")), Files.list(dir).toList());
  }

  @Test
  void anNpzKeepsNamesOrderAndValues() throws IOException {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put("b", NDArray.arange(100_000).reshape(1000, 100));
    arrays.put("a/ñ", NDArray.scalar(Float.NaN));
    arrays.put("none", NDArray.zeros(0, 3));
    Path stored = dir.resolve("stored.npz");
    Path packed = dir.resolve("packed.npz");
    NpzFile.save(stored, arrays);
    NpzFile.saveCompressed(packed, arrays);
    assertTrue(Files.size(packed) < Files.size(stored) / 2);
    for (Path path : List.of(stored, packed)) {
      try (NpzFile npz = NpzFile.open(path)) {
        assertEquals(List.of("b", "a/ñ", "none"), npz.names());
        for (String name : npz.names()) {
          assertArrayEquals(arrays.get(name).shape(), npz.get(name).shape());
          assertArrayEquals(arrays.get(name).toArray(), npz.get(name).toArray());
        }
        assertThrows(IllegalArgumentException.class, () -> npz.get("c"));
      }
    }
    byte[] first = Files.readAllBytes(stored);
    NpzFile.save(stored, arrays);
    assertArrayEquals(first, Files.readAllBytes(stored));
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    for (String name : List.of("version1.npy", "version2.npy", ">i2.npy", "savez-5.npz")) {
      byte[] whole = fixture(name);
      for (int n = 0; n < whole.length; n++) {
        Path path = file("cut" + name.substring(name.length() - 4), Arrays.copyOf(whole, n));
        BadFormat refused = assertThrows(BadFormat.class, () -> load(path), name + " cut at " + n);
        assertFalse(refused.reason().isBlank());
      }
    }
  }

  @Test
  void aChangedByteGivesAnArrayOrBadFormatAndNothingElse() throws IOException {
    int refused = 0;
    for (String name :
        List.of("version1-fortran.npy", "savez-5.npz", "savez_compressed-5.npz", "<i8.npy")) {
      byte[] whole = fixture(name);
      for (int at = 0; at < whole.length; at++) {
        for (int change : new int[] {1, 0xFF}) {
          byte[] damaged = whole.clone();
          damaged[at] ^= (byte) change;
          try {
            load(file("x" + name.substring(name.length() - 4), damaged));
          } catch (BadFormat e) {
            refused++;
          }
        }
      }
    }
    assertTrue(refused > 500, refused + " refused");
  }

  @Test
  void aCompressedMembersDamageIsFoundByItsSum() throws IOException {
    byte[] whole = fixture("savez-5.npz");
    int at = new String(whole, StandardCharsets.ISO_8859_1).indexOf("\n", 100) + 2;
    whole[at] ^= 1; // a bit of the first value
    BadFormat found = assertThrows(BadFormat.class, () -> load(file("sum.npz", whole)));
    assertTrue(found.getMessage().contains("CRC-32"), found.getMessage());
  }

  private byte[] npy(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = Arrays.copyOf(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0}, 12);
    bytes[8] = (byte) text.length;
    bytes[9] = (byte) (text.length >> 8);
    byte[] all = Arrays.copyOf(bytes, 12 + text.length + dataBytes);
    System.arraycopy(text, 0, all, 12, text.length);
    return all;
  }

  private BadFormat refused(String header, int dataBytes) {
    return assertThrows(
        BadFormat.class, () -> NpyFile.load(file("hostile.npy", npy(header, dataBytes))), header);
  }

  @Test
  void hostileHeadersAreRefusedWithTheirOffset() {
    String start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
    assertEquals(12 + start.length() + 1, refused(start + "(99999999999999999999,)}", 0).offset());
    for (String shape :
        List.of(
            "(2147483647,)",
            "(65536, 65536)",
            "(2147483639, 2147483639, 2147483639)",
            "(-1,)",
            "(1.5,)",
            "(4)",
            "[4]",
            "(4, 'a')",
            "(4,,)",
            "(" + "1, ".repeat(65) + ")",
            "(1000000000,)",
            "(3,)",
            "(5,)")) {
      assertTrue(refused(start + shape + "}", 16).offset() >= 12, shape);
    }
    for (String header :
        List.of(
            "",
            "{",
            "{}",
            "{'descr': '<f4'}",
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'more': 1}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ()} os.system('x')",
            "{'descr': ('<f4', (2,)), 'fortran_order': False, 'shape': ()}",
            "{'descr': '<f16', 'fortran_order': False, 'shape': ()}")) {
      assertTrue(refused(header, 4).offset() >= 12, header);
    }
  }

  @Test
  void keysInAnyOrderAndPython2sLongsAreRead() throws IOException {
    byte[] bytes = npy("{\"shape\":(2L,1L),'fortran_order':True , 'descr':'f4' }\n", 8);
    assertArrayEquals(new int[] {2, 1}, NpyFile.load(file("old.npy", bytes)).shape());
    byte[] empty = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483639, 0)}", 0);
    assertEquals(0, NpyFile.load(file("empty.npy", empty)).size());
  }

  @Test
  void whatDoesNotFitTheBudgetIsRefused() throws IOException {
    NpyFile.save(dir.resolve("a.npy"), NDArray.zeros(1000));
    assertThrows(
        OutOfBudget.class,
        () -> NpyFile.load(dir.resolve("a.npy"), new MemoryBudget(3999, () -> 0)));
    assertEquals(1000, NpyFile.load(dir.resolve("a.npy"), new MemoryBudget(4000, () -> 0)).size());
  }

  @Test
  void foreignFilesAreNamedForWhatTheyAre() throws IOException {
    BadFormat zip =
        assertThrows(BadFormat.class, () -> NpyFile.load(file("z.npy", fixture("savez-5.npz"))));
    assertTrue(zip.getMessage().contains(".npz"), zip.getMessage());
    assertThrows(BadFormat.class, () -> NpzFile.load(file("y.npz", fixture("<f4.npy"))));
    assertThrows(BadFormat.class, () -> NpzFile.load(file("e.npz", new byte[0])));
    byte[] future = fixture("version1.npy");
    future[6] = 4;
    assertEquals(
        6, assertThrows(BadFormat.class, () -> NpyFile.load(file("v.npy", future))).offset());
  }
}
