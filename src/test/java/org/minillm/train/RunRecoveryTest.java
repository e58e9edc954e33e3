package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Diverged;
import org.minillm.format.ModelFiles;

/** Divergence, the proof of a resume, early stopping. */
@Tag("resume")
class RunRecoveryTest {
  @TempDir private Path dir;
  private SmallRun small;

  @BeforeEach
  void data() throws IOException {
    small = new SmallRun(dir);
  }

  /** A boundary that spoils the weights once, before the step after {@code step}. */
  private static BooleanSupplier poison(Trainer trainer, long step, long end) {
    boolean[] done = {false};
    return () -> {
      if (!done[0] && trainer.step() == step) {
        done[0] = true;
        Arrays.fill(trainer.model().orElseThrow().parameters().data(), Float.NaN);
      }
      return trainer.step() < end;
    };
  }

  @Test
  void divergedRunGoesBackWithHalfTheRateAndOtherData() throws IOException {
    Trainer trainer = small.start(dir.resolve("a"), SmallRun.options());
    float[] weights = SmallRun.weightsOf(trainer, poison(trainer, 7, 99));
    assertEquals(
        List.of(
            "diverged at step 8 (loss NaN after "
                + String.format(java.util.Locale.ROOT, "%.4g", median(7))
                + ", gradient norm NaN): back to step 5, learning rate × 0.5, the data of 3 steps"
                + " is left out"),
        small.told(TrainEvent.Kind.ROLLED_BACK));
    assertEquals(
        List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 6L, 7L, 8L, 9L, 10L, 11L, 12L),
        small.steps.stream().map(StepMetrics::step).toList());
    assertEquals(small.steps.get(5).learningRate() / 2, small.steps.get(7).learningRate());
    assertTrue(small.steps.get(5).loss() != small.steps.get(7).loss(), "the same data again");
    for (float w : weights) {
      assertTrue(Float.isFinite(w));
    }
    assertTrue(
        Files.readString(dir.resolve("a/metrics.jsonl")).contains("diverged at step 8"),
        "not in the log");
    RunState state = Checkpoint.readState(dir.resolve("a/checkpoints/last"));
    assertEquals(12 * 4 + 3 * 4, state.sequences());
    assertEquals(1, state.steadiness().rollbacks());
  }

  private double median(int steps) {
    double[] losses =
        small.steps.stream().limit(steps).mapToDouble(StepMetrics::loss).sorted().toArray();
    return losses[losses.length / 2];
  }

  @Test
  void runThatWentBackResumesToTheSameBits() throws IOException {
    Trainer whole = small.start(dir.resolve("a"), SmallRun.options());
    float[] expected = SmallRun.weightsOf(whole, poison(whole, 7, 99));
    for (long stop = 6; stop <= 11; stop++) {
      Path out = dir.resolve("b" + stop);
      small.events.clear();
      Trainer first = small.start(out, SmallRun.options());
      boolean[] back = {false};
      BooleanSupplier poison = poison(first, 7, 99);
      long end = stop;
      SmallRun.weightsOf(
          first,
          () -> {
            back[0] |= !small.told(TrainEvent.Kind.ROLLED_BACK).isEmpty() && first.step() < 7;
            poison.getAsBoolean();
            return !back[0] || first.step() < end;
          });
      assertArrayEquals(expected, SmallRun.weightsOf(small.resume(out), () -> true), "at " + stop);
    }
  }

  @Test
  void lossThatStaysFarAboveThatOfLateIsADivergence() throws IOException {
    TrainOptions options = SmallRun.options().with(o -> o.maxSteps(40).checkpointInterval(30));
    Trainer trainer = small.start(dir.resolve("a"), options);
    SmallRun.weightsOf(trainer, worsen(trainer, 35, () -> true));
    List<String> told = small.told(TrainEvent.Kind.ROLLED_BACK);
    assertEquals(1, told.size(), told.toString());
    assertTrue(told.get(0).startsWith("diverged at step 38 (loss "), told.get(0));
    assertTrue(told.get(0).contains("back to step 30"), told.get(0));
  }

  /**
   * A boundary that makes the loss high once, from the step after {@code step}, until {@code end}.
   */
  private static BooleanSupplier worsen(Trainer trainer, long step, BooleanSupplier end) {
    boolean[] done = {false};
    return () -> {
      if (trainer.step() == step && !done[0]) {
        done[0] = true;
        float[] w = trainer.model().orElseThrow().parameters().data();
        for (int i = 0; i < w.length; i++) {
          w[i] *= i % 2 == 0 ? 30 : -30;
        }
      }
      return end.getAsBoolean();
    };
  }

  @Test
  void aStopWhileTheLossIsHighLeavesTheSoundCheckpoint() throws IOException {
    TrainOptions options = SmallRun.options().with(o -> o.maxSteps(40).checkpointInterval(30));
    Trainer trainer = small.start(dir.resolve("a"), options);
    SmallRun.weightsOf(trainer, worsen(trainer, 35, () -> trainer.step() < 36));
    assertEquals(36, trainer.step());
    assertEquals(30, Checkpoint.readState(dir.resolve("a/checkpoints/last")).step());
    String weights = "model.safetensors";
    assertEquals(
        -1,
        Files.mismatch(
            dir.resolve("a").resolve(weights), dir.resolve("a/checkpoints/last").resolve(weights)));
    assertEquals(
        List.of("stopped at step 36; its loss was high, step 30 is saved"),
        small.told(TrainEvent.Kind.STOPPED));
  }

  @Test
  void aReleaseWhileTheLossIsHighGoesBackToTheSoundCheckpoint() throws IOException {
    TrainOptions options = SmallRun.options().with(o -> o.maxSteps(40).checkpointInterval(30));
    float[] whole = small.undisturbed(dir.resolve("whole"), options);
    Trainer trainer = small.start(dir.resolve("a"), options);
    BooleanSupplier release =
        () -> {
          if (trainer.step() == 36 && small.told(TrainEvent.Kind.REACQUIRED).isEmpty()) {
            releaseAndRestore(trainer);
            assertEquals(30, trainer.step());
          }
          return true;
        };
    assertArrayEquals(whole, SmallRun.weightsOf(trainer, worsen(trainer, 35, release)));
  }

  @Test
  void aReleaseWhileTheLossIsHighDoesNotUndoAnEarlierReturn() throws IOException {
    TrainOptions options = SmallRun.options().with(o -> o.maxSteps(40).checkpointInterval(30));
    Trainer trainer = small.start(dir.resolve("a"), options);
    BooleanSupplier first = worsen(trainer, 35, () -> true);
    BooleanSupplier second = worsen(trainer, 35, () -> true);
    BooleanSupplier boundary =
        () -> {
          if (small.told(TrainEvent.Kind.ROLLED_BACK).isEmpty()) {
            return first.getAsBoolean();
          }
          if (trainer.step() == 36 && small.told(TrainEvent.Kind.REACQUIRED).isEmpty()) {
            releaseAndRestore(trainer);
            assertEquals(30, trainer.step());
          }
          return second.getAsBoolean();
        };
    SmallRun.weightsOf(trainer, boundary);
    RunState state = Checkpoint.readState(dir.resolve("a/checkpoints/last"));
    assertEquals(1, state.steadiness().rollbacks());
    assertEquals(0.5, state.steadiness().rateFactor());
    // Steps 1 to 38, of which the last diverged; 31 to 36, given up; 31 to 40.
    assertEquals((38 + 6 + 10) * 4, state.sequences());
  }

  @Test
  void aRunThatWentBackMayBeReleased() throws IOException {
    Trainer whole = small.start(dir.resolve("a"), SmallRun.options());
    float[] expected = SmallRun.weightsOf(whole, poison(whole, 7, 99));
    small.events.clear();
    Trainer trainer = small.start(dir.resolve("b"), SmallRun.options());
    BooleanSupplier poison = poison(trainer, 7, 99);
    float[] weights =
        SmallRun.weightsOf(
            trainer,
            () -> {
              if (!small.told(TrainEvent.Kind.ROLLED_BACK).isEmpty() && trainer.step() == 5) {
                releaseAndRestore(trainer);
              }
              return poison.getAsBoolean();
            });
    assertEquals(1, small.told(TrainEvent.Kind.REACQUIRED).size());
    assertArrayEquals(expected, weights);
  }

  private static void releaseAndRestore(Trainer trainer) {
    try {
      trainer.saveAndRelease();
      trainer.restore();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aResumedRunKnowsTheBitsPerByteOfTheLastEvaluation() throws IOException {
    Path out = dir.resolve("a");
    Trainer first = small.start(out, SmallRun.options());
    SmallRun.weightsOf(first, () -> first.step() < 8);
    Trainer second = small.resume(out);
    SmallRun.weightsOf(second, () -> second.step() < 9);
    assertEquals(
        small.evaluations.get(0).bitsPerByte(),
        ModelFiles.loadFloats(out, small.pool, MemoryBudget.ofHeap()).card().bitsPerByte());
  }

  @Test
  void usualRunsRaiseNoAlarm() throws IOException {
    for (float rate : new float[] {1e-4f, 3e-3f, 3e-2f}) {
      TrainOptions options =
          SmallRun.options()
              .with(o -> o.maxSteps(150).learningRate(rate).batchSize(1).evalInterval(1000));
      small.undisturbed(dir.resolve("rate" + rate), options);
    }
    assertTrue(small.told(TrainEvent.Kind.ROLLED_BACK).isEmpty(), small.events.toString());
  }

  @Test
  void runThatDivergesAgainAndAgainGivesUpAndItsCheckpointStays() throws IOException {
    Trainer trainer = small.start(dir.resolve("a"), SmallRun.options());
    BooleanSupplier always =
        () -> {
          if (trainer.step() == 7) {
            Arrays.fill(trainer.model().orElseThrow().parameters().data(), Float.NaN);
          }
          return true;
        };
    Diverged e = assertThrows(Diverged.class, () -> SmallRun.weightsOf(trainer, always));
    assertEquals(8, e.step());
    assertEquals(3, small.told(TrainEvent.Kind.ROLLED_BACK).size());
    assertEquals(1, small.told(TrainEvent.Kind.DIVERGED).size());
    assertEquals(5, Checkpoint.readState(dir.resolve("a/checkpoints/last")).step());
  }

  @Test
  void runThatDivergesAtItsFirstStepSaysThatNothingWasSaved() throws IOException {
    Trainer trainer = small.start(dir.resolve("a"), SmallRun.options());
    Diverged e =
        assertThrows(Diverged.class, () -> SmallRun.weightsOf(trainer, poison(trainer, 0, 99)));
    assertEquals(1, e.step());
    assertFalse(e.saved());
    assertEquals(1, small.told(TrainEvent.Kind.DIVERGED).size());
    assertTrue(Checkpoint.locate(dir.resolve("a")).isEmpty());
  }

  @Test
  void resumeWithoutARecordedStepSaysThatNothingIsProven() throws IOException {
    Path out = dir.resolve("b");
    Trainer first = small.start(out, SmallRun.options());
    SmallRun.weightsOf(
        first,
        () -> {
          if (first.step() == 7) {
            try {
              first.saveAndRelease();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
          return first.step() < 7;
        });
    small.resume(out).close();
    assertEquals(
        List.of("resumed from step 7; no step was recorded: not proven that the bits are the same"),
        small.told(TrainEvent.Kind.RESUMED));
  }

  @Test
  void resumedRunComputesTheRecordedStepAgainAndSaysIdentical() throws IOException {
    float[] whole = small.undisturbed(dir.resolve("a"), SmallRun.options());
    Path out = dir.resolve("b");
    Trainer first = small.start(out, SmallRun.options());
    SmallRun.weightsOf(first, () -> first.step() < 7);
    small.events.clear();
    float[] resumed = SmallRun.weightsOf(small.resume(out), () -> true);
    assertEquals(List.of("resumed from step 7"), small.told(TrainEvent.Kind.RESUMED));
    assertEquals(List.of("step 8 replayed: identical"), small.told(TrainEvent.Kind.REPLAYED));
    assertArrayEquals(whole, resumed);
  }

  @Test
  void recordedStepThatIsNotFoundAgainIsRefused() throws IOException {
    Path out = dir.resolve("b");
    Trainer first = small.start(out, SmallRun.options());
    SmallRun.weightsOf(first, () -> first.step() < 7);
    Path file = out.resolve("checkpoints/last/state.json");
    RunState state = Checkpoint.readState(out.resolve("checkpoints/last"));
    RunState.Replay recorded = state.replay();
    assertTrue(recorded != null);
    double other = Math.nextUp(recorded.loss());
    Files.writeString(
        file, state.withReplay(new RunState.Replay(other, recorded.gradNorm())).toJson());
    byte[] before = Files.readAllBytes(file);
    Trainer refused = small.resume(out);
    BadInput e = assertThrows(BadInput.class, () -> SmallRun.weightsOf(refused, () -> true));
    assertTrue(e.reason().startsWith("step 8 was computed again"), e.reason());
    assertArrayEquals(before, Files.readAllBytes(file), "a refused run changes nothing");
    Trainer anyway = small.resume(out);
    anyway.goOnAnyway();
    SmallRun.weightsOf(anyway, () -> true);
    assertEquals(1, small.told(TrainEvent.Kind.NOT_BIT_EXACT).size());
  }

  @Test
  void checkpointOfAnotherJdkGoesOnAndSaysWhatDiffers() throws IOException {
    Path out = dir.resolve("b");
    Trainer first = small.start(out, SmallRun.options());
    SmallRun.weightsOf(first, () -> first.step() < 7);
    Path file = out.resolve("checkpoints/last/state.json");
    RunState state = Checkpoint.readState(out.resolve("checkpoints/last"));
    Files.writeString(
        file, state.with(s -> s.replay(new RunState.Replay(3.25, 1)).jdk("another")).toJson());
    SmallRun.weightsOf(small.resume(out), () -> true);
    List<String> told = small.told(TrainEvent.Kind.NOT_BIT_EXACT);
    assertEquals(2, told.size(), told.toString());
    assertTrue(told.get(1).startsWith("step 8 replayed: loss 3.25"), told.get(1));
  }

  @Test
  void runWithoutABetterEvaluationStopsAndIsNotResumable() throws IOException {
    TrainOptions options =
        SmallRun.options()
            .with(o -> o.maxSteps(400).evalInterval(2).patience(3).learningRate(0.3f).gradClip(0));
    try (Trainer trainer = small.start(dir.resolve("a"), options)) {
      TrainResult result = trainer.run(() -> true);
      assertTrue(result.finished());
      assertTrue(result.step() < 400, "ran to the end");
      int last = small.evaluations.size() - 1;
      for (int i = last; i > last - 3; i--) {
        assertFalse(small.evaluations.get(i).best());
      }
      assertTrue(small.evaluations.get(last - 3).best());
      assertEquals(1, small.told(TrainEvent.Kind.STOPPED_EARLY).size());
    }
    RunState state = Checkpoint.readState(dir.resolve("a/checkpoints/last"));
    assertTrue(state.ended());
    assertTrue(small.told(TrainEvent.Kind.STOPPED_EARLY).get(0).endsWith("is the best one"));
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("a/checkpoints/best/model.safetensors")),
        Files.readAllBytes(dir.resolve("a/model.safetensors")));
    assertNotEquals(
        -1,
        Files.mismatch(
            dir.resolve("a/checkpoints/last/model.safetensors"),
            dir.resolve("a/model.safetensors")));
    try (Trainer again = small.resume(dir.resolve("a"))) {
      long at = again.step();
      assertEquals(at, again.run(() -> true).step());
    }
  }

  @Test
  void everyEvaluationHasASampleOfEveryPrompt() throws IOException {
    small.undisturbed(
        dir.resolve("a"), SmallRun.options().withSamplePrompts(List.of("Había", "", "Y una")));
    assertEquals(2, small.evaluations.size());
    for (Evaluation e : small.evaluations) {
      assertEquals(3, e.samples().size());
      assertTrue(e.samples().get(0).startsWith("Había") && e.samples().get(2).startsWith("Y una"));
    }
    assertTrue(Files.readString(dir.resolve("a/metrics.jsonl")).contains("\"samples\":[\"Había"));
  }
}
