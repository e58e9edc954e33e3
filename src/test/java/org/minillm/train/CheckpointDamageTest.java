package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.minillm.base.MiniLlmException;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.AtomicFiles;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.SimpleTokenizer;

/** Checkpoints that a kill, a full disk or a bad disk left behind. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class CheckpointDamageTest {
  private static final int STEP = 4;

  @TempDir private static Path whole;
  private static final SimpleTokenizer TOKENIZER = SimpleTokenizer.fromText("había unvez.\n");
  private static Dataset dataset;

  @TempDir private Path dir;
  private Path run;
  private Path last;

  @BeforeEach
  void copyTheRun() throws IOException {
    run = dir.resolve("run");
    last = run.resolve("checkpoints/last");
    try (Stream<Path> files = Files.walk(whole.resolve("run"))) {
      for (Path file : files.toList()) {
        Files.copy(file, run.resolve(whole.resolve("run").relativize(file).toString()));
      }
    }
  }

  @BeforeAll
  static void trainAFewSteps() throws IOException {
    Path text = Files.writeString(whole.resolve("text.txt"), "había una vez.\n".repeat(60));
    Corpus corpus = Corpus.open(List.of(text));
    dataset =
        Dataset.build(corpus, TOKENIZER, 0, 1, WorkerPool.shared(), new RunControl(), bytes -> {});
    ModelConfig shape = ModelConfig.of(TOKENIZER.vocabSize(), 8, 1, 2, 8, 8);
    try (Trainer trainer =
        Trainer.start(
            Transformer.initialise(shape, 3, WorkerPool.shared()),
            TOKENIZER,
            Optional.empty(),
            dataset,
            TrainOptions.of(2, 8, 1e-3f, 9),
            new Trainer.About("test", corpus.paths(), 0),
            whole.resolve("run"),
            new TrainListener() {},
            new RunControl(),
            () -> 0)) {
      trainer.run(() -> trainer.step() < STEP);
    }
  }

  private Trainer resume() throws IOException {
    return Trainer.resume(
        run,
        TOKENIZER,
        Optional.empty(),
        dataset,
        WorkerPool.shared(),
        new TrainListener() {},
        new RunControl(),
        () -> 0);
  }

  private void assertClear(String what) {
    try (Trainer resumed = resume()) {
      assertTrue(resumed.step() >= 0 && resumed.step() <= resumed.totalSteps());
    } catch (MiniLlmException | IOException e) {
      assertTrue(String.valueOf(e.getMessage()).length() > 10, what + ": " + e.getMessage());
    } catch (RuntimeException | Error e) {
      fail(what + " ends in " + e, e);
    }
  }

  @Test
  void truncatedFilesAreRefused() throws IOException {
    for (String name : List.of("state.json", "optimizer.safetensors", "model.safetensors")) {
      Path file = last.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      int content = name.equals("state.json") ? whole.length - 1 : whole.length;
      for (int length = 0; length < content; length += name.equals("state.json") ? 2 : 61) {
        Files.write(file, Arrays.copyOf(whole, length));
        int cut = length;
        assertThrows(BadFormat.class, () -> resume().close(), () -> name + " cut at " + cut);
      }
      Files.write(file, whole);
    }
    try (Trainer resumed = resume()) {
      assertEquals(STEP, resumed.step());
    }
  }

  @Test
  void damagedFilesAreNoticedOrHarmless() throws IOException {
    Random random = new Random(9);
    List<String> names =
        List.of("state.json", "state.json", "config.json", "optimizer.safetensors");
    for (int i = 0; i < 800; i++) {
      Path file = last.resolve(names.get(i % names.size()));
      byte[] whole = Files.readAllBytes(file);
      byte[] bytes = whole.clone();
      for (int c = 0; c <= random.nextInt(3); c++) {
        int value = random.nextBoolean() ? '0' + random.nextInt(10) : random.nextInt(256);
        bytes[random.nextInt(bytes.length)] = (byte) value;
      }
      Files.write(file, bytes);
      assertClear("variant " + i + " of " + file.getFileName());
      Files.write(file, whole);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"step\" : 4|\"step\" : -1",
        "\"step\" : 4|\"step\" : 10",
        "\"step\" : 4|\"step\" : 9223372036854775807",
        "\"step\" : 4|\"step\" : null",
        "\"totalSteps\" : 9|\"totalSteps\" : 3",
        "\"maxSteps\" : 9|\"maxSteps\" : 9223372036854775807",
        "\"batchSize\" : 2|\"batchSize\" : 2147483647",
        "\"batchSize\" : 2|\"batchSize\" : 0",
        "\"gradientAccumulation\" : 1|\"gradientAccumulation\" : 2147483647",
        "\"chunkSize\" : 64|\"chunkSize\" : 2147483647",
        "\"learningRate\" : 0.001|\"learningRate\" : \"NaN\"",
        "\"name\" : \"test\"|\"name\" : null",
        "\"options\" :|\"other\" :",
        "\"rateFactor\" : 1.0|\"rateFactor\" : 0",
        "\"sequences\" : 8|\"sequences\" : 9223372036854775807",
        "\"schedule\" : \"COSINE\"|\"schedule\" : null",
        "\"steadiness\" : {|\"steadiness\" : null, \"x\" : {",
        "\"files\" : [|\"files\" : null, \"x\" : [",
        "\"files\" : [|\"files\" : [ \"a\\u0000b\", ",
      })
  void hostileStateIsRefused(String written, String hostile) throws IOException {
    Path state = last.resolve("state.json");
    String json = Files.readString(state);
    assertTrue(json.contains(written), json);
    Files.writeString(state, json.replace(written, hostile));
    assertThrows(MiniLlmException.class, () -> resume().close());
  }

  @Test
  void stateOfAnOlderVersionGoesOnAsItDidThen() throws IOException {
    Path file = last.resolve("state.json");
    ObjectNode old = (ObjectNode) new ObjectMapper().readTree(file.toFile());
    old.remove(List.of("staleEvaluations", "steadiness", "replay"));
    ObjectNode options = (ObjectNode) old.get("options");
    options.remove(List.of("schedule", "decayFraction", "patience", "samplePrompts"));
    options.put("samplePrompt", "había");
    Files.writeString(file, old.toString());
    RunState read = Checkpoint.readState(last);
    assertEquals(ScheduleType.COSINE, read.options().schedule());
    assertEquals(0, read.options().patience());
    assertEquals(List.of("había"), read.options().samplePrompts());
    assertEquals(Steadiness.START, read.steadiness());
    try (Trainer resumed = resume()) {
      assertTrue(resumed.run(() -> true).finished());
    }
  }

  @Test
  void textThatIsNoStateIsRefused() throws IOException {
    for (String text : List.of("", "null", "[]", "7", "{}", "{".repeat(5000))) {
      Files.writeString(last.resolve("state.json"), text);
      assertThrows(BadFormat.class, () -> resume().close(), text);
    }
    Files.write(last.resolve("state.json"), new byte[2 << 20]);
    assertThrows(BadFormat.class, () -> resume().close());
  }

  @Test
  void killAtAnyPlaceOfTheExchangeLeavesACheckpoint() throws IOException {
    Path old = last.resolveSibling("last.old");
    Path part = last.resolveSibling("last.part");
    // In the middle of writing the next one.
    Files.createDirectories(part);
    Files.write(part.resolve("model.safetensors"), new byte[100]);
    assertEquals(STEP, step());
    // After the first rename, before the second.
    Files.move(last, old);
    assertEquals(old, Checkpoint.locate(run).orElseThrow(), "looking changes nothing");
    assertTrue(Files.exists(old));
    assertEquals(STEP, step());
    assertFalse(Files.exists(old));
    // After the second, in the middle of deleting the old one.
    Files.createDirectories(old);
    Files.write(old.resolve("config.json"), new byte[3]);
    assertEquals(STEP, step());
    // The run goes on over all of these leftovers.
    try (Trainer resumed = resume()) {
      resumed.run(() -> true);
    }
    assertEquals(9, step());
    assertFalse(Files.exists(part) || Files.exists(old));
  }

  private long step() throws IOException {
    return Checkpoint.readState(Checkpoint.find(run).orElseThrow()).step();
  }

  @Test
  void writerThatFailsLeavesTheOldFileAndNoRest() throws IOException {
    Path file = last.resolve("state.json");
    byte[] before = Files.readAllBytes(file);
    for (int fits : new int[] {0, 1, 70_000, 200_000}) {
      IOException e =
          assertThrows(
              IOException.class,
              () ->
                  AtomicFiles.write(
                      file,
                      out -> {
                        out.write(new byte[fits]);
                        throw new IOException("No space left on device");
                      }));
      assertTrue(String.valueOf(e.getMessage()).contains("No space left on device"));
      assertTrue(String.valueOf(e.getMessage()).contains("state.json"));
      assertArrayEquals(before, Files.readAllBytes(file));
      assertFalse(Files.exists(last.resolve("state.json.part")));
    }
  }

  @Test
  void tornLineOfTheMetricsIsClosedBeforeTheNextOne() throws IOException {
    Path metrics = run.resolve("metrics.jsonl");
    byte[] whole = Files.readAllBytes(metrics);
    Files.write(metrics, Arrays.copyOf(whole, whole.length - 7));
    try (Trainer resumed = resume()) {
      resumed.run(() -> true);
    }
    List<String> lines = Files.readAllLines(metrics);
    long torn = lines.stream().filter(l -> !l.startsWith("{") || !l.endsWith("}")).count();
    assertEquals(1, torn, lines.toString());
  }
}
