package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MemoryBudget;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;

/** The guard's acts change how a run is computed, never what. */
@Tag("resume")
class GuardedRunTest {
  @TempDir private Path dir;
  private SmallRun small;
  private TrainOptions options;

  @BeforeEach
  void data() throws IOException {
    small = new SmallRun(dir);
    options =
        SmallRun.options()
            .with(o -> o.batchSize(6).gradientAccumulation(2).dropout(0.2f).memorySaver(false));
  }

  @Test
  void actsAtRandomStepsEndWithTheSameBits() throws IOException {
    float[] whole = small.undisturbed(dir.resolve("whole"), options);
    for (int variant = 0; variant < 6; variant++) {
      Random random = new Random(variant);
      Trainer trainer = small.start(dir.resolve("v" + variant), options);
      List<String> acts = new ArrayList<>();
      float[] weights =
          SmallRun.weightsOf(
              trainer,
              () -> {
                try {
                  act(trainer, random.nextInt(4), acts);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                return true;
              });
      assertTrue(!acts.isEmpty());
      assertArrayEquals(whole, weights, acts.toString());
    }
  }

  private static void act(Trainer trainer, int which, List<String> acts) throws IOException {
    if (which == 0) {
      trainer.trim().ifPresent(acts::add);
    } else if (which == 1) {
      trainer.saveAndRelease();
      if (trainer.step() % 2 == 0) {
        trainer.releaseWeights();
      }
      trainer.restore();
      acts.add("released at " + trainer.step());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRunStoppedWhileItIsReleasedLeavesItsModel(boolean weightsToo) throws IOException {
    Path out = dir.resolve("a");
    float[] expected;
    try (Trainer trainer = small.start(out, options)) {
      AtomicReference<float[]> weights = new AtomicReference<>();
      trainer.run(
          () -> {
            if (trainer.step() < 3) {
              return true;
            }
            weights.set(trainer.model().orElseThrow().parameters().data().clone());
            try {
              trainer.saveAndRelease();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            if (weightsToo) {
              trainer.releaseWeights();
            }
            return false;
          });
      expected = weights.get();
    }
    LoadedModel saved = ModelFiles.loadFloats(out, small.pool, MemoryBudget.ofHeap());
    assertArrayEquals(expected, saved.model().parameters().data());
    assertEquals(3, saved.card().steps());
  }

  @Test
  void microBatchHalvesFirstThenMemoryIsSavedAndTheLogHasEachAct() throws IOException {
    try (Trainer trainer = small.start(dir.resolve("a"), options)) {
      long before = trainer.passBytes();
      List<String> acts = new ArrayList<>();
      for (Optional<String> act = trainer.trim(); act.isPresent(); act = trainer.trim()) {
        acts.add(act.get());
        assertTrue(trainer.passBytes() < before, acts.toString());
        before = trainer.passBytes();
      }
      assertEquals(
          List.of(
              "micro-batch 6 → 3, accumulation 2 → 4",
              "micro-batch 3 → 1, accumulation 4 → 12",
              "memory saver off → on"),
          acts);
      String log = Files.readString(dir.resolve("a/metrics.jsonl"));
      for (String act : acts) {
        assertTrue(log.contains("\"event\":\"" + act + "\""), log);
      }
    }
  }
}
