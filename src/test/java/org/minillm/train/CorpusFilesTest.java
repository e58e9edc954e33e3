package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException.BadInput;

/** Files as people have them: any encoding, any line ends, cut, of one line, or no text at all. */
class CorpusFilesTest {
  private static final String TEXT = "¿Dónde está el niño? «Aquí», dijo.\nÑandú, pingüino.\n";

  @TempDir Path dir;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(dir.resolve("text.txt"), bytes);
  }

  private static String read(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    Corpus.open(List.of(file)).forEachDocument(d -> text.append(d.text()).append('\n'));
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "ISO-8859-1", "windows-1252", "UTF-16", "UTF-16LE", "UTF-16BE"})
  void encodingIsRecognised(String charset) throws IOException {
    Path file = file(TEXT.repeat(30).getBytes(Charset.forName(charset)));
    assertEquals(TEXT.repeat(30), read(file));
    boolean utf8 = charset.equals("UTF-8");
    assertEquals(utf8 ? 0 : 1, Corpus.open(List.of(file)).remarks().size());
  }

  @Test
  void typographicQuotesOfWindowsAreRead() throws IOException {
    String text = "“Sí” – 5 € …\n";
    assertEquals(text, read(file(text.getBytes(Charset.forName("windows-1252")))));
  }

  @Test
  void byteOrderMarkIsNotText() throws IOException {
    assertEquals(TEXT, read(file(("\uFEFF" + TEXT).getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void everyLineEndIsALineFeed() throws IOException {
    for (String end : List.of("\r\n", "\r", "\n")) {
      assertEquals(TEXT, read(file(TEXT.replace("\n", end).getBytes(StandardCharsets.UTF_8))));
    }
  }

  @Test
  void fileCutInsideACharacterIsStillUtf8() throws IOException {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    Path file = file(Arrays.copyOf(bytes, 4)); // "¿D" and the first half of ó
    assertEquals("¿D\uFFFD\n", read(file));
    assertTrue(Corpus.open(List.of(file)).remarks().get(0).contains("1 broken"));
  }

  @Test
  void aFewBrokenBytesDoNotSpoilTheAccentsOfTheOthers() throws IOException {
    byte[] bytes = TEXT.repeat(50).getBytes(StandardCharsets.UTF_8);
    bytes[2] = (byte) 0xFF; // the D of the first line
    assertEquals("¿\uFFFD" + TEXT.repeat(50).substring(2), read(file(bytes)));
  }

  @Test
  void singleAccentedLatinLetterAtTheEndIsLatin() throws IOException {
    assertEquals("café\n", read(file("café".getBytes(StandardCharsets.ISO_8859_1))));
  }

  @Test
  void filesThatAreNoTextAreRefused() throws IOException {
    byte[] noise = new byte[4000];
    new Random(1).nextBytes(noise);
    byte[] controls = new byte[1000];
    Arrays.fill(controls, (byte) 7);
    byte[] zip = Arrays.copyOf("PK\3\4".getBytes(StandardCharsets.ISO_8859_1), 500);
    for (byte[] bytes : List.of(noise, controls, zip, new byte[100])) {
      BadInput e = assertThrows(BadInput.class, () -> Corpus.open(List.of(file(bytes))));
      assertTrue(String.valueOf(e.getMessage()).contains("is not text"), e.getMessage());
    }
    assertThrows(BadInput.class, () -> Corpus.open(List.of(file(new byte[0]))));
    assertThrows(BadInput.class, () -> Corpus.open(List.of(dir)));
    assertThrows(BadInput.class, () -> Corpus.open(List.of(Path.of("/dev/zero"))));
    assertThrows(BadInput.class, () -> Corpus.open(List.of()));
  }

  /** 24 M characters without a line end, and the same between two separators. */
  @Test
  void fileOfOneLineIsReadInPieces() throws IOException {
    byte[] line = "palabra ".repeat(3 << 20).getBytes(StandardCharsets.UTF_8);
    List<Integer> lengths = new ArrayList<>();
    Corpus.open(List.of(file(line))).forEachDocument(d -> lengths.add(d.text().length()));
    assertTrue(lengths.stream().allMatch(n -> n <= 40_000), "a document of one line was not cut");
    // What the cuts take away is one space each.
    assertEquals(line.length, lengths.stream().mapToLong(n -> n + 1).sum());
    byte[] separated = Arrays.copyOf(line, line.length + 15);
    System.arraycopy(
        "\n<|endoftext|>\n".getBytes(StandardCharsets.UTF_8), 0, separated, line.length, 15);
    lengths.clear();
    Corpus.open(List.of(file(separated))).forEachDocument(d -> lengths.add(d.text().length()));
    assertTrue(lengths.size() > 4 && lengths.stream().allMatch(n -> n <= (1 << 22) + (1 << 17)));
  }

  @Test
  void wrongLinesOfJsonNameTheirNumber() throws IOException {
    for (String line :
        List.of(
            "{\"text\": 7}",
            "{\"text\":",
            "[1]",
            "7",
            "{\"messages\": []}",
            "{\"messages\": [{\"role\": \"robot\", \"content\": \"x\"}]}",
            "[".repeat(5000))) {
      Path file = dir.resolve("lines.jsonl");
      Files.writeString(file, "{\"text\": \"bien\"}\n\n" + line + "\n");
      BadInput e = assertThrows(BadInput.class, () -> read(file), line);
      assertTrue(String.valueOf(e.getMessage()).contains("line 3"), e.getMessage());
    }
  }

  @Test
  void wrongJsonIsToldByLineAndColumnWithWhatWasFoundAndIsAllowedAlone() throws IOException {
    Path file = dir.resolve("lines.jsonl");
    Files.writeString(file, "{\"text\": \"bien\"}\n{\"text\": \"x\", \"a\": [1, 2\n");
    assertEquals(
        file
            + ", line 2, column 25: is not JSON: Unexpected end-of-input: expected close marker"
            + " for Array (start marker at column 20)",
        assertThrows(BadInput.class, () -> read(file)).getMessage());
    Files.writeString(file, "{text: 1}\n");
    assertEquals(
        file
            + ", line 1, column 2: is not JSON: Unexpected character ('t' (code 116)): was"
            + " expecting double-quote to start field name",
        assertThrows(BadInput.class, () -> read(file)).getMessage());
  }

  @Test
  void aSecondObjectOnALineIsRefusedNotLost() throws IOException {
    Path file = dir.resolve("lines.jsonl");
    Files.writeString(file, "{\"text\": \"uno\"}\n{\"text\": \"dos\"} {\"text\": \"tres\"}\n");
    assertEquals(
        file + ", line 2: has more than one JSON object; write one a line",
        assertThrows(BadInput.class, () -> read(file)).getMessage());
  }

  /** The same book with Gutenberg's frame around it, other line breaks and CRLF. */
  @Test
  @Tag("shared")
  void latinQuijoteHasTheWordsOfTheUtf8One() throws IOException {
    Path classic = Path.of("../shared/data/classic");
    String words = words(read(classic.resolve("don_quijote_utf8.txt")));
    String latin = words(read(classic.resolve("don_quijote_latin1.txt")));
    assertTrue(words.length() > 2_000_000);
    assertTrue(latin.startsWith(words), "the words differ");
  }

  private static String words(String text) {
    return String.join(" ", text.substring(text.indexOf("TASA")).split("\\s+"));
  }
}
