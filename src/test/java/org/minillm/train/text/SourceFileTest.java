package org.minillm.train.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException.BadInput;

/** The formats: their texts, and files that are damaged or something else. */
class SourceFileTest {
  @TempDir Path dir;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  private static List<String> read(Path file) throws IOException {
    return Fixtures.texts(SourceFile.recognise(file));
  }

  private static String refused(Path file) {
    return String.valueOf(assertThrows(BadInput.class, () -> read(file)).getMessage());
  }

  // ---- Markdown ---------------------------------------------------------------------------------

  @Test
  void markdownIsReadAsTheTextItShows() throws IOException {
    String markdown =
        "---\ntitle: x\n---\n# El *gato*\n\nUna línea\ny **otra** con [enlace](http://x.y).\n\n"
            + "- uno\n- dos\n  - tres\n\n1. a\n2. b\n\n```java\nint x = 1;\n\nint y;\n```\n"
            + "![foto](a.png)<b>fin</b>\n";
    assertEquals(
        List.of(
            "El gato\n\nUna línea y otra con enlace.\n\n- uno\n- dos\n  - tres\n\n1. a\n2. b\n\n"
                + "int x = 1;\n\nint y;\n\nfotofin"),
        read(file("a.md", markdown)));
  }

  @Test
  void markdownThatBeginsWithARuleIsRead() throws IOException {
    assertEquals(List.of("Hola\n\nAdiós"), read(file("a.md", "---\n\nHola\n\n---\n\nAdiós\n")));
    assertEquals(List.of("Hola"), read(file("b.md", "---\n\nHola\n")));
    assertEquals(List.of("título: sin fin"), read(file("c.md", "---\ntítulo: sin fin\n")));
    String endless = "---\na: b\n" + "texto\n".repeat(500) + "\n---\n\nfin\n";
    assertTrue(read(file("d.md", endless)).get(0).startsWith("a: b texto"));
  }

  @Test
  void settingsOfAPageEndWithARuleOrDots() throws IOException {
    assertEquals(
        List.of("Hola"), read(file("a.md", "---\n\"title\": x\n\ntags:\n- y\n...\nHola\n")));
    assertEquals(List.of("Hola"), read(file("b.md", "---\n---\nHola\n")));
  }

  @Test
  void longMarkdownIsReadInBlocksThatDoNotCutCode() throws IOException {
    String part = "## Título\n\nTexto con `código`.\n\n```\na\n\nb\n```\n\n";
    List<String> texts = read(file("a.md", part.repeat(40_000)));
    assertTrue(texts.size() > 500);
    String all = String.join("\n\n", texts);
    assertEquals(40_000, all.split("Título", -1).length - 1);
    assertFalse(all.contains("`") || all.contains("#"), "marks are left");
  }

  @Test
  void markdownNestedWithoutEndIsReadAllTheSame() throws IOException {
    assertFalse(
        read(file("a.md", ">".repeat(50_000) + " hondo\n" + "*a ".repeat(20_000))).isEmpty());
  }

  // ---- CSV --------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {",", ";", "\t", "|"})
  void theTextOfATableIsFoundWhateverSeparates(String s) throws IOException {
    String name = s.equals("\t") ? "a.tsv" : "a.csv";
    Path file =
        file(
            name,
            String.join(s, "id", "Texto", "autor")
                + "\n"
                + String.join(s, "1", "\"Uno, dos; tres\"", "Ana")
                + "\n"
                + String.join(s, "2", "\"Dijo \"\"hola\"\"\nen dos líneas\"", "Luis")
                + "\n"
                + String.join(s, "3", "", "Eva")
                + "\n");
    assertEquals(List.of("Uno, dos; tres", "Dijo \"hola\"\nen dos líneas"), read(file));
    assertTrue(SourceFile.recognise(file).detail().startsWith("column 2 \"Texto\" of 3"));
  }

  @Test
  void withoutAHeadingForItTheColumnWithTheLongestCellsIsTheText() throws IOException {
    String row = ",un cuento bastante largo que cuenta algo de verdad,5\n";
    assertEquals(3, read(file("a.csv", "1" + row + "2" + row + "3" + row)).size());
    Path titled = file("b.csv", "nr,cuento,nota\n1" + row + "2" + row);
    assertEquals(2, read(titled).size());
    assertTrue(SourceFile.recognise(titled).detail().contains("\"cuento\""));
  }

  @Test
  void aSingleColumnIsNotCutAtTheCommasOfItsText() throws IOException {
    assertEquals(
        List.of("Una frase, con comas, y más", "Otra, con una"),
        read(file("a.csv", "text\nUna frase, con comas, y más\nOtra, con una\n")));
  }

  @Test
  void brokenTablesAreRefusedWithTheirLine() throws IOException {
    String start = "id,text\n1,uno\n2,dos\n";
    assertTrue(refused(file("a.csv", start + "3,x\n4,y\n5\n")).contains("line 6"));
    assertTrue(refused(file("b.csv", start + "3,\"nunca se cierra\n4,x\n")).contains("near line"));
    String endless = start + "3,\"" + "palabra ".repeat(700_000);
    assertTrue(refused(file("c.csv", endless)).contains("never closed"));
  }

  // ---- HTML -------------------------------------------------------------------------------------

  private static final String PAGE =
      "<html><head><title>T</title><style>p{}</style><script>var x;</script></head><body>"
          + "<nav><a>Inicio</a></nav><main><h1>El niño</h1><p>Había  una\nvez<br>un &ntilde;u."
          + "</p><ul><li>uno<li><p>dos</p></ul><pre>a  b\n c</pre>"
          + "<table><tr><td>x<td>y<tr><td>z</table></main><footer>©</footer></body></html>";

  @Test
  void aPageIsReadWithoutWhatStandsAroundItsText() throws IOException {
    assertEquals(
        List.of("El niño\n\nHabía una vez\nun ñu.\n\n- uno\n- dos\n\na  b\n c\n\nx y\nz"),
        read(file("a.html", PAGE)));
  }

  @Test
  void aPageInsideOfAFormIsReadWithoutItsFields() throws IOException {
    String page =
        "<body><form><p>Había una vez</p><label>Buscar<input value=x></label><select><option>es"
            + "</select><textarea>escribe</textarea><button>Ir</button><p>un ñu.</p></form></body>";
    assertEquals(List.of("Había una vez\n\nun ñu."), read(file("a.html", page)));
  }

  @Test
  void encodingOfAPageIsWhatItSaysUnlessItsBytesSayOtherwise() throws IOException {
    String page = "<html><head><meta charset=\"%s\"></head><body><p>%s</p></body></html>";
    Path file = dir.resolve("a.htm");
    for (String charset : List.of("ISO-8859-2", "windows-1251", "ISO-8859-15")) {
      String text = charset.equals("windows-1251") ? "Жили-были" : "café";
      Files.write(file, page.formatted(charset, text).getBytes(Charset.forName(charset)));
      assertEquals(List.of(text), read(file), charset);
      assertEquals(charset, SourceFile.recognise(file).encoding());
    }
    Files.write(file, page.formatted("ISO-8859-1", "ñandú").getBytes(StandardCharsets.UTF_8));
    assertEquals(List.of("ñandú"), read(file));
    Files.write(file, page.formatted("utf-8", "ñandú").getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(List.of("ñandú"), read(file));
  }

  @Test
  void aPageNestedWithoutEndDoesNotEndTheProcess() throws IOException {
    assertTrue(read(file("a.html", "<div>".repeat(100_000) + "hondo")).get(0).contains("hondo"));
  }

  // ---- EPUB -------------------------------------------------------------------------------------

  private static Map<String, String> book() {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("mimetype", "application/epub+zip");
    entries.put(
        "META-INF/container.xml",
        "<?xml version=\"1.0\"?><container><rootfiles><rootfile full-path=\"OEBPS/libro.opf\"/>"
            + "</rootfiles></container>");
    String item = "<item id=\"%s\" href=\"%s\" media-type=\"application/xhtml+xml\"%s/>";
    entries.put(
        "OEBPS/libro.opf",
        "<package><manifest>"
            + item.formatted("nav", "nav.xhtml", " properties=\"nav\"")
            + item.formatted("b", "texto/dos%20x.xhtml", "")
            + item.formatted("a", "texto/uno.xhtml", "")
            + "<item id=\"img\" href=\"x.png\" media-type=\"image/png\"/></manifest>"
            + "<spine><itemref idref=\"nav\"/><itemref idref=\"a\"/><itemref idref=\"b\"/></spine>"
            + "</package>");
    entries.put("OEBPS/nav.xhtml", "<html><body><ol><li>Índice</li></ol></body></html>");
    String page = "<?xml version=\"1.0\" encoding=\"utf-8\"?><html><head><title/></head><body>";
    entries.put("OEBPS/texto/dos x.xhtml", page + "<p>Segundo</p></body></html>");
    entries.put("OEBPS/texto/uno.xhtml", page + "<h2>Capítulo 1</h2><p>Niño</p></body></html>");
    return entries;
  }

  private Path epub(Map<String, String> entries) throws IOException {
    return Fixtures.zip(dir.resolve("a.epub"), entries);
  }

  @Test
  void aBookIsReadInTheOrderOfItsSpine() throws IOException {
    Path file = epub(book());
    assertEquals(List.of("Capítulo 1\n\nNiño", "Segundo"), read(file));
    assertEquals("2 chapters", SourceFile.recognise(file).detail());
  }

  @Test
  void booksThatCannotBeReadAreRefused() throws IOException {
    Map<String, String> lacking = book();
    lacking.remove("OEBPS/texto/uno.xhtml");
    assertTrue(refused(epub(lacking)).contains("lacks OEBPS/texto/uno.xhtml"));
    lacking.remove("META-INF/container.xml");
    assertTrue(refused(epub(lacking)).contains("lacks META-INF/container.xml"));
    Map<String, String> sold = book();
    sold.put(
        "META-INF/encryption.xml",
        "<encryption><enc:EncryptedData><enc:EncryptionMethod Algorithm=\"http://www.w3.org/2001/"
            + "04/xmlenc#aes128-cbc\"/></enc:EncryptedData></encryption>");
    assertTrue(refused(epub(sold)).contains("encrypted"));
    Map<String, String> bomb = book();
    bomb.put("OEBPS/texto/uno.xhtml", " ".repeat(13 << 20));
    Path bombFile = epub(bomb);
    assertTrue(Files.size(bombFile) < 100_000);
    assertTrue(refused(bombFile).contains("unpacks to more than 12 MB"));
    byte[] whole = Files.readAllBytes(epub(book()));
    for (int length : new int[] {0, 3, 100, whole.length / 2, whole.length - 10}) {
      Path cut = Files.write(dir.resolve("cut.epub"), java.util.Arrays.copyOf(whole, length));
      assertTrue(refused(cut).contains("no EPUB"), length + " bytes");
    }
    assertTrue(refused(file("b.epub", "Había una vez")).contains("no EPUB"));
  }

  // ---- PDF --------------------------------------------------------------------------------------

  @Test
  void linesAndWordsOfAPdfAreJoinedAlsoOverThePage() throws IOException {
    Path file =
        Fixtures.pdf(
            dir.resolve("a.pdf"),
            List.of(
                List.of("Una frase que si-", "gue en la línea", "y cruza la pá-"),
                List.of("gina entera.", "", "", "Otro párrafo.", "", "", "17")));
    assertEquals(
        "Una frase que sigue en la línea y cruza la página entera.\n\nOtro párrafo.",
        String.join("|", read(file)));
    assertEquals("2 pages", SourceFile.recognise(file).detail());
  }

  @Test
  void pdfsWithoutReadableTextSayWhy() throws IOException {
    assertTrue(
        refused(Fixtures.pdf(dir.resolve("scan.pdf"), List.of(List.of(), List.of())))
            .contains("OCR"));
    assertTrue(
        refused(Fixtures.protectedPdf(dir.resolve("p.pdf"), "secreto")).contains("password"));
    assertTrue(refused(Fixtures.protectedPdf(dir.resolve("q.pdf"), "")).contains("permit"));
    assertTrue(refused(file("t.pdf", "Había una vez")).contains("no PDF"));
    assertTrue(refused(file("e.pdf", "")).contains("no PDF"));
  }

  /** A PDF without its end is repaired or refused, never an internal error. */
  @Test
  void truncatedPdfsAreRepairedOrRefused() throws IOException {
    byte[] whole =
        Files.readAllBytes(
            Fixtures.pdf(dir.resolve("a.pdf"), List.of(List.of("Uno"), List.of("Dos"))));
    Random random = new Random(5);
    for (int length = 9; length < whole.length; length += 37) {
      byte[] cut = java.util.Arrays.copyOf(whole, length);
      if (length % 2 == 0) {
        cut[8 + random.nextInt(length - 8)] ^= 0x55;
      }
      Path file = Files.write(dir.resolve("cut.pdf"), cut);
      try {
        assertFalse(read(file).isEmpty());
      } catch (BadInput e) {
        assertTrue(String.valueOf(e.getMessage()).contains("cut.pdf"));
      }
    }
  }

  // ---- all of them ------------------------------------------------------------------------------

  @Test
  void aTextThatIsSomethingElseSaysWhat() throws IOException {
    Path pdf = Fixtures.pdf(dir.resolve("a.pdf"), List.of(List.of("Uno")));
    Path epub = epub(book());
    for (String name : List.of("x.txt", "x.md", "x.csv", "x.html", "x.jsonl")) {
      Path wrong = dir.resolve(name);
      Files.write(wrong, Files.readAllBytes(epub));
      assertTrue(refused(wrong).contains("name it so (.epub)"), name);
      byte[] bytes = Files.readAllBytes(pdf);
      bytes[bytes.length - 1] = 0;
      Files.write(wrong, bytes);
      assertTrue(refused(wrong).contains("name it so (.pdf)"), name);
    }
  }

  @Test
  void emptyFilesOfTextFormatsHaveNoDocuments() throws IOException {
    for (String name : List.of("x.txt", "x.md", "x.csv", "x.html", "x.jsonl")) {
      assertEquals(List.of(), read(file(name, "")), name);
    }
  }
}
