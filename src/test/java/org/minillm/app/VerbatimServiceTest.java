package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.verbatim.VerbatimReport;
import org.minillm.base.ComputeGate;
import org.minillm.train.Checkpoint;
import org.minillm.train.Corpus;
import org.minillm.train.FineTuning;
import org.minillm.train.RunState;
import org.minillm.train.Steadiness;
import org.minillm.train.TrainOptions;

class VerbatimServiceTest {
  private static final String TALE =
      "Había una vez un perro llamado Tino que vivía cerca del río con su abuela.";
  private static final String OTHER =
      "The quick brown fox jumps over the lazy dog, and then it sleeps until the morning comes.";

  @TempDir Path dir;
  private VerbatimService service;
  private Path tale;
  private Path other;

  @BeforeEach
  void writeTexts() throws IOException {
    service = new VerbatimService(new ComputeGate(), files -> dir.resolve("cache"));
    tale = Files.writeString(dir.resolve("tale.txt"), TALE);
    other = Files.writeString(dir.resolve("other.txt"), OTHER);
  }

  @AfterEach
  void close() {
    service.close();
  }

  private Path run(String name, @Nullable Path base, Path... files) throws IOException {
    List<Path> read = List.of(files);
    RunState state =
        new RunState(
            name,
            read.stream().map(Path::toString).toList(),
            0.1,
            TrainOptions.of(2, 8, 1e-3f, 100),
            100,
            100,
            1600,
            200,
            null,
            3.5,
            null,
            1.5,
            Corpus.open(read).fingerprint() + "/512/100/10",
            "jdk",
            "kernels",
            2,
            0,
            new Steadiness(1, 0, List.of(), List.of()),
            null,
            base == null ? null : FineTuning.whole(base.toString(), false),
            0,
            0,
            0);
    Path model = dir.resolve(name);
    Path checkpoint = Files.createDirectories(model.resolve("checkpoints/last"));
    Files.writeString(
        checkpoint.resolve("state.json"), new ObjectMapper().writeValueAsString(state));
    return model;
  }

  private VerbatimLookup look(Path model, String answer) throws Exception {
    return service.look(model, answer, share -> {}).get(60, TimeUnit.SECONDS);
  }

  @Test
  void anAnswerIsFoundInTheDataOfTheModelAndTheIndexIsKeptBesideTheRun() throws Exception {
    Path model = run("model", null, tale, other);
    VerbatimLookup found = look(model, "Y así: " + TALE);
    VerbatimReport report = found.report().orElseThrow();
    assertEquals(15, report.longestWords());
    assertEquals(tale, report.runs().get(0).file());
    assertFalse(found.changed());
    assertEquals(List.of(), found.data().missing());
    assertTrue(Files.isRegularFile(Checkpoint.words(model).resolve("index.json")));
    assertFalse(Files.exists(dir.resolve("cache")));
  }

  @Test
  void dataThatHaveChangedAreToldAndIndexedAgain() throws Exception {
    Path model = run("model", null, tale);
    assertEquals(0, look(model, OTHER).report().orElseThrow().longestWords());
    Files.writeString(tale, OTHER);
    VerbatimLookup found = look(model, OTHER);
    assertEquals(17, found.report().orElseThrow().longestWords());
    assertTrue(found.changed());
  }

  @Test
  void whatIsGoneIsNamedAndTheRestIsLookedThrough() throws Exception {
    Path model = run("model", null, tale, other);
    Files.delete(tale);
    VerbatimLookup found = look(model, TALE + OTHER);
    assertEquals(17, found.report().orElseThrow().verbatimWords());
    assertEquals(List.of(tale), found.data().missing());
    Files.delete(other);
    VerbatimLookup none = look(model, TALE);
    assertEquals(Optional.empty(), none.report());
    assertTrue(none.data().known());
  }

  @Test
  void aModelWithoutACheckpointTellsOfNoData() throws Exception {
    VerbatimLookup none = look(Files.createDirectories(dir.resolve("downloaded")), TALE);
    assertEquals(Optional.empty(), none.report());
    assertFalse(none.data().known());
    assertFalse(look(Files.writeString(dir.resolve("a.gguf"), "GGUF"), TALE).data().known());
  }

  @Test
  void theDataOfTheBaseOfAFineTunedModelCountToo() throws Exception {
    Path base = run("base", null, tale);
    Path model = run("tuned", base, other);
    VerbatimLookup found = look(model, TALE + OTHER);
    assertEquals(List.of(other, tale), found.data().files());
    assertEquals(32, found.report().orElseThrow().verbatimWords());
    assertFalse(found.changed());
  }

  /** Asks, and returns when the indexing has begun, which then waits. */
  private CompletableFuture<VerbatimLookup> askAndHold(Path model, CountDownLatch goOn)
      throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<VerbatimLookup> asked =
        service.look(
            model,
            TALE,
            share -> {
              if (share > 0) {
                begun.countDown();
                try {
                  assertTrue(goOn.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
    assertTrue(begun.await(60, TimeUnit.SECONDS));
    return asked;
  }

  private void writeMuch() throws IOException {
    StringBuilder much = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      much.append(TALE).append(i).append("\n<|endoftext|>\n");
    }
    Files.writeString(tale, much);
  }

  @Test
  void anotherQuestionAboutTheSameDataWaitsForTheSameIndex() throws Exception {
    writeMuch();
    Path model = run("model", null, tale);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<VerbatimLookup> first = askAndHold(model, goOn);
    List<Double> heard = new CopyOnWriteArrayList<>();
    CompletableFuture<VerbatimLookup> second = service.look(model, OTHER, heard::add);
    assertTrue(heard.get(0) > 0, "it hears at once how far it is: " + heard);
    goOn.countDown();
    assertEquals(15, first.get(60, TimeUnit.SECONDS).report().orElseThrow().longestWords());
    assertEquals(0, second.get(60, TimeUnit.SECONDS).report().orElseThrow().longestWords());
    assertTrue(heard.stream().sorted().toList().equals(heard), "begun anew: " + heard);
  }

  @Test
  void aQuestionAboutAnotherModelTakesThePlaceOfWhatRunsAndWaits() throws Exception {
    writeMuch();
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<VerbatimLookup> first = askAndHold(run("model", null, tale), goOn);
    CompletableFuture<VerbatimLookup> waiting =
        service.look(run("second", null, other), OTHER, share -> {});
    CompletableFuture<VerbatimLookup> last =
        service.look(run("third", null, other), OTHER, share -> {});
    goOn.countDown();
    assertThrows(CancellationException.class, () -> first.get(60, TimeUnit.SECONDS));
    assertThrows(CancellationException.class, () -> waiting.get(60, TimeUnit.SECONDS));
    assertEquals(17, last.get(60, TimeUnit.SECONDS).report().orElseThrow().longestWords());
  }

  @Test
  void theIndexingCanBeCancelledAndNothingIsLeft() throws Exception {
    writeMuch();
    Path model = run("model", null, tale);
    CountDownLatch cancelled = new CountDownLatch(1);
    CompletableFuture<VerbatimLookup> asked = askAndHold(model, cancelled);
    service.cancel();
    cancelled.countDown();
    assertThrows(CancellationException.class, () -> asked.get(60, TimeUnit.SECONDS));
    assertFalse(Files.exists(Checkpoint.words(model)));
    assertFalse(Files.exists(Checkpoint.words(model).resolveSibling("words.part")));
  }
}
