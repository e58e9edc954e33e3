package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;

/** Token ids on disk: the same as in memory, whole or not there, taken again on resume. */
class DatasetFilesTest {
  private static final double FRACTION = 0.2;
  private static final Tokenizer TOKENIZER = new SimpleTokenizer();

  @TempDir Path dir;
  private Path ids;
  private List<Path> files;

  @BeforeEach
  void write() throws IOException {
    ids = dir.resolve("run/tokens");
    Random random = new Random(3);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 600; i++) {
      text.append("Cuento ").append(i).append(": ");
      text.append("la niña y el mar. ".repeat(1 + random.nextInt(9)));
      text.append("\n<|endoftext|>\n");
    }
    Path chat = dir.resolve("chat.jsonl");
    Files.writeString(
        chat, "{\"messages\": [{\"role\": \"user\", \"content\": \"¿Qué tal?\"}]}\n".repeat(30));
    files = List.of(Files.writeString(dir.resolve("text.txt"), text), chat);
  }

  private Dataset onDisk(boolean reuse, RunControl control) throws IOException {
    return Dataset.onDisk(
        ids,
        reuse,
        Corpus.open(files),
        TOKENIZER,
        FRACTION,
        7,
        WorkerPool.shared(),
        control,
        bytes -> {});
  }

  private Dataset inMemory() throws IOException {
    return Dataset.build(
        Corpus.open(files),
        TOKENIZER,
        FRACTION,
        7,
        WorkerPool.shared(),
        new RunControl(),
        bytes -> {});
  }

  private static int[] all(TokenStore store) {
    int[] all = new int[(int) store.size()];
    store.copy(0, all, 0, all.length);
    return all;
  }

  private long filesLeft() throws IOException {
    if (!Files.exists(ids)) {
      return 0;
    }
    try (Stream<Path> left = Files.list(ids)) {
      return left.count();
    }
  }

  @Test
  void idsOnDiskAreThoseInMemory() throws IOException {
    Dataset memory = inMemory();
    try (Dataset disk = onDisk(false, new RunControl())) {
      assertArrayEquals(all(memory.training()), all(disk.training()));
      assertArrayEquals(all(memory.validation()), all(disk.validation()));
      assertEquals(memory.fingerprint(), disk.fingerprint());
      assertEquals(memory.documents(), disk.documents());
      assertEquals(memory.trainingBytes(), disk.trainingBytes());
      assertEquals(memory.validationBytes(), disk.validationBytes());
      assertEquals(memory.validationSample(999).bytes(), disk.validationSample(999).bytes());
      assertArrayEquals(
          all(memory.validationSample(999).tokens()), all(disk.validationSample(999).tokens()));
      assertEquals(memory.fileTokens(), disk.fileTokens());
      long counted = disk.fileTokens().stream().mapToLong(n -> n).sum();
      assertEquals(disk.trainingTokens() + disk.validationTokens() - 2, counted);
      assertTrue(disk.training().size() > 2 * FileTokens.WINDOW, "one window holds all");
      assertTrue(disk.memoryBytes() <= 4L * FileTokens.WINDOW);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64, 500, 20_000})
  void batchesOfAFileAreThoseOfMemory(int contextLength) throws IOException {
    Dataset memory = inMemory();
    try (Dataset disk = onDisk(false, new RunControl())) {
      Batches expected = new Batches(memory.training(), memory.separator(), contextLength, 5);
      Batches found = new Batches(disk.training(), disk.separator(), contextLength, 5);
      int time = expected.time();
      int[][] a = new int[2][time];
      int[][] b = new int[2][time];
      for (long position = 0; position < 2L * Math.min(300, expected.windows()); position++) {
        expected.read(position, a[0], a[1], 0);
        found.read(position, b[0], b[1], 0);
        assertArrayEquals(a, b, "sequence " + position);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void everyPositionIsReadInAnyOrder(int width) throws IOException {
    int count = 3 * FileTokens.WINDOW + 17;
    int[] expected = new Random(1).ints(count, 0, width == 2 ? 65_536 : 1 << 30).toArray();
    Path file = dir.resolve("x.ids");
    try (var out = Files.newOutputStream(file)) {
      IdWriter writer = new IdWriter(out, width);
      writer.addAll(expected);
      writer.flush();
    }
    assertEquals((long) width * count, Files.size(file));
    try (FileTokens tokens = new FileTokens(file, width, count)) {
      Random random = new Random(2);
      for (int i = 0; i < 2000; i++) {
        int at = random.nextInt(count);
        assertEquals(expected[at], tokens.get(at));
        int n = random.nextInt(Math.min(count - at, 10_000)) + 1;
        int[] read = new int[n + 1];
        tokens.copy(at, read, 1, n);
        for (int k = 0; k < n; k += 97) {
          assertEquals(expected[at + k], read[1 + k]);
        }
      }
      assertEquals(expected[count - 1], tokens.get(count - 1));
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.get(count));
      Files.write(file, new byte[10]);
      BadInput e = assertThrows(BadInput.class, () -> tokens.get(0));
      assertTrue(String.valueOf(e.getMessage()).contains("x.ids"), e.getMessage());
    }
  }

  @Test
  void aResumedRunTakesWhatIsThereIfItFitsAndMakesItAgainIfNot() throws IOException {
    onDisk(false, new RunControl()).close();
    Path training = ids.resolve("training.ids");
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(training, old);
    Corpus corpus = Corpus.open(files);
    try (Dataset again =
        Dataset.onDisk(
            ids,
            true,
            corpus,
            TOKENIZER,
            FRACTION,
            7,
            WorkerPool.shared(),
            new RunControl(),
            bytes -> {})) {
      assertEquals(old, Files.getLastModifiedTime(training), "was encoded again");
      assertTrue(corpus.hasConversations());
      assertArrayEquals(all(inMemory().training()), all(again.training()));
    }
    byte[] changed = Files.readAllBytes(training);
    changed[1000] ^= 1;
    Files.write(training, changed);
    Files.setLastModifiedTime(training, old);
    try (Dataset again = onDisk(true, new RunControl())) {
      assertNotEquals(old, Files.getLastModifiedTime(training), "a changed file was taken");
      assertArrayEquals(all(inMemory().training()), all(again.training()));
    }
    Files.setLastModifiedTime(training, old);
    Files.writeString(files.get(0), "Otro.\n<|endoftext|>\nTexto.\n<|endoftext|>\nMás texto.");
    try (Dataset again = onDisk(true, new RunControl())) {
      assertArrayEquals(all(inMemory().training()), all(again.training()));
    }
    for (String damage : List.of("", "{", "null", "{\"source\": 1}", "[]")) {
      Files.writeString(ids.resolve("tokens.json"), damage);
      onDisk(true, new RunControl()).close();
    }
  }

  @Test
  void whatIsEvaluatedComesFromAllFilesAndEndsWithItsTokens() throws IOException {
    files =
        List.of(
            Files.writeString(dir.resolve("es.txt"), "Un perro.\n<|endoftext|>\n".repeat(900)),
            Files.writeString(dir.resolve("en.txt"), "A black dog.\n<|endoftext|>\n".repeat(900)));
    Dataset dataset = inMemory();
    Dataset.Sample sample = dataset.validationSample(1000);
    assertTrue(sample.tokens().size() <= 1000 && sample.tokens().size() > 980);
    assertEquals(dataset.separator(), sample.tokens().get(0));
    String text = TOKENIZER.decode(all(sample.tokens()));
    int spanish = text.split("perro", -1).length - 1;
    int english = text.split("black", -1).length - 1;
    assertTrue(Math.abs(spanish - english) < 8, spanish + " and " + english);
    assertEquals(9L * spanish + 12L * english, sample.bytes());
    assertArrayEquals(all(dataset.validation()), all(dataset.validationSample(1_000_000).tokens()));
    assertEquals(dataset.validationBytes(), dataset.validationSample(1_000_000).bytes());
    long shortest = dataset.validationSample(1).tokens().size();
    assertTrue(shortest > 2 && shortest < 16, "one document at least: " + shortest);
  }

  @Test
  void ofManyDocumentsSomeFromAllOverAreKept() {
    DocumentSpans spans = new DocumentSpans();
    for (long i = 0; i < 100_000; i++) {
      spans.add(1 + 10 * i, 11 + 10 * i, i);
    }
    List<long[]> kept = spans.kept();
    assertTrue(kept.size() > DocumentSpans.MOST / 2 && kept.size() <= DocumentSpans.MOST);
    for (int i = 0; i < kept.size(); i++) {
      assertEquals(1 + 320L * i, kept.get(i)[0]);
      assertEquals(32L * i, kept.get(i)[2]);
    }
    List<long[]> chosen = DocumentSpans.spread(kept, 101);
    assertEquals(10, chosen.size());
    assertTrue(chosen.get(9)[0] > 850_000, "only from the beginning");
  }

  @Test
  void idsThatAnEarlierVersionWroteAreTaken() throws IOException {
    onDisk(false, new RunControl()).close();
    Path index = ids.resolve("tokens.json");
    String now = Files.readString(index);
    int begin = now.indexOf("\"validationDocuments\":");
    int end = now.indexOf("]]", begin) + 2;
    Files.writeString(
        index,
        now.substring(0, begin) + "\"validationEnds\":[[40,30],[90,70]]" + now.substring(end));
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(ids.resolve("training.ids"), old);
    try (Dataset again = onDisk(true, new RunControl())) {
      assertEquals(old, Files.getLastModifiedTime(ids.resolve("training.ids")), "encoded again");
      assertEquals(90, again.validationSample(100).tokens().size());
      assertEquals(70, again.validationSample(100).bytes());
      assertEquals(40, again.validationSample(60).tokens().size());
    }
  }

  @Test
  void aCancelOrAFullDiskLeavesNothing() throws IOException {
    RunControl cancelled = new RunControl();
    cancelled.cancel();
    assertThrows(CancellationException.class, () -> onDisk(false, cancelled));
    assertEquals(0, filesLeft());
    DatasetFiles full = new DatasetFiles(ids);
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                full.write(
                    2,
                    (training, validation) -> {
                      training.addAll(new int[100_000]);
                      throw new IOException("No space left on device");
                    }));
    assertTrue(String.valueOf(e.getMessage()).contains("No space left"), e.getMessage());
    assertEquals(1, e.getMessage().split("could not write", -1).length - 1, e.getMessage());
    assertEquals(0, filesLeft());
  }

  @Test
  void deletingLeavesNothing() throws IOException {
    Dataset dataset = onDisk(false, new RunControl());
    assertEquals(3, filesLeft());
    dataset.delete();
    assertFalse(Files.exists(ids));
  }
}
