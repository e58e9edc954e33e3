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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
