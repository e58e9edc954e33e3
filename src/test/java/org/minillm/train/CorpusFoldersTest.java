package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.train.CorpusSummary.FileSummary;
import org.minillm.train.text.Fixtures;

/** Folders of files, and what is said of them before anything starts. */
class CorpusFoldersTest {
  private static final String SPANISH =
      "Había una vez un niño que vivía en la casa de su abuela y no quería dormir.\n";
  private static final String ENGLISH =
      "Once upon a time there was a little girl who lived in the house by the sea.\n";

  @TempDir Path dir;

  private void write(String name, String text) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void folder() throws IOException {
    write("b.txt", SPANISH);
    write("a/z.md", "# The house\n\n" + ENGLISH);
    write("a/c.csv", "text\n" + SPANISH + ENGLISH);
    write("A.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"" + "hola" + "\"}]}\n");
    write(".git/config.txt", "no");
    write("foto.png", "no");
    write("falso.pdf", "no");
    Fixtures.pdf(dir.resolve("libro.pdf"), List.of(List.of(SPANISH.strip())));
  }

  private static String names(List<Path> paths) {
    return paths.stream().map(p -> p.getFileName().toString()).collect(Collectors.joining(" "));
  }

  @Test
  void aFolderStandsForItsFilesInTheOrderOfTheirNames() throws IOException {
    folder();
    Corpus corpus = Corpus.open(List.of(dir));
    assertEquals("A.jsonl c.csv z.md b.txt libro.pdf", names(corpus.paths()));
    assertEquals(
        ".git falso.pdf foto.png",
        corpus.skipped().stream()
            .map(s -> s.path().getFileName().toString())
            .sorted()
            .collect(Collectors.joining(" ")));
    assertEquals(corpus.fingerprint(), Corpus.open(corpus.paths()).fingerprint());
  }

  @Test
  void fingerprintChangesWithAFileAndWithTheWayItIsRead() throws IOException {
    folder();
    String before = Corpus.open(List.of(dir)).fingerprint();
    write("a/nuevo.txt", SPANISH);
    assertNotEquals(before, Corpus.open(List.of(dir)).fingerprint());
    Path text = Files.writeString(dir.resolve("x.txt"), SPANISH);
    Path markdown = Files.writeString(dir.resolve("x.md"), SPANISH);
    assertNotEquals(
        Corpus.open(List.of(text)).fingerprint(), Corpus.open(List.of(markdown)).fingerprint());
  }

  @Test
  void whatIsNamedIsRefusedWhereWhatIsFoundIsSkipped() throws IOException {
    folder();
    assertThrows(BadInput.class, () -> Corpus.open(List.of(dir.resolve("falso.pdf"))));
    assertThrows(NoSuchFileException.class, () -> Corpus.open(List.of(dir.resolve("nada"))));
    Path empty = Files.createDirectories(dir.resolve("vacía"));
    BadInput e = assertThrows(BadInput.class, () -> Corpus.open(List.of(empty)));
    assertTrue(String.valueOf(e.getMessage()).contains(".epub"), e.getMessage());
    Files.writeString(empty.resolve("x.pdf"), "no");
    e = assertThrows(BadInput.class, () -> Corpus.open(List.of(empty)));
    assertTrue(String.valueOf(e.getMessage()).contains("x.pdf is no PDF"), e.getMessage());
  }

  @Test
  void aFileThatIsThereTwiceIsReadOnceAndTheOtherIsTold() throws IOException {
    folder();
    Path text = dir.resolve("b.txt");
    Path link = Files.createSymbolicLink(dir.resolve("a/link.txt"), text);
    Path round = dir.resolve("a/../b.txt");
    Corpus corpus = Corpus.open(List.of(text, round, link, text));
    assertEquals(List.of(text), corpus.paths());
    assertEquals(3, corpus.skipped().size());
    assertEquals("is the same file as one before it", corpus.skipped().get(0).reason());
    assertEquals(
        "b.txt A.jsonl c.csv z.md libro.pdf", names(Corpus.open(List.of(text, dir)).paths()));
  }

  @Test
  void aRunGoesOnWithItsFilesAsTheyWereListed() throws IOException {
    folder();
    Path text = dir.resolve("b.txt");
    assertEquals(List.of(text, text), Corpus.reopen(List.of(text, text)).paths());
  }

  @Test
  void summarySaysFormatsLanguagesDocumentsAndTokens() throws IOException {
    folder();
    Corpus corpus = Corpus.open(List.of(dir));
    CorpusSummary summary = CorpusSummary.of(corpus, 1024, new RunControl());
    assertEquals(
        "JSON Lines/1/es CSV/2/en Markdown/1/en text/1/es PDF/1/es",
        summary.files().stream()
            .map(f -> f.format() + "/" + f.documents() + "/" + f.languages().get(0).language())
            .collect(Collectors.joining(" ")));
    FileSummary csv = summary.files().get(1);
    assertEquals((SPANISH + ENGLISH).strip().getBytes("UTF-8").length - 1, csv.textBytes());
    assertEquals(2, csv.languages().size());
    assertEquals(1, csv.languages().stream().mapToDouble(l -> l.share()).sum(), 1e-9);
    assertEquals(corpus.bytes(), summary.bytes());
    assertEquals(Math.round(csv.textBytes() / 2.5) + 2, csv.tokens());
    assertEquals("es", summary.languages().get(0).language());
    CorpusSummary counted = summary.withTokens(List.of(1L, 2L, 3L, 4L, 5L));
    assertTrue(counted.exact() && counted.tokens() == 15);
  }
}
