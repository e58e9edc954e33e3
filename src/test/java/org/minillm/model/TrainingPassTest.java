package org.minillm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;

@Tag("gradient")
class TrainingPassTest {
  private static final int TIME = 24;
  private static final Dropout DROPOUT = new Dropout(0.1f, 5, 6, 0);

  private final ModelConfig config = Models.tinyConfig();
  private final Transformer model = Models.random(config, 1);
  private final int[] inputs = Models.tokens(4 * TIME, config.vocabSize(), 2);
  private final int[] targets = Models.tokens(4 * TIME, config.vocabSize(), 3);

  private record Outcome(double loss, float[] gradients) {}

  /** The whole batch of four, in micro-batches of {@code size}. */
  private Outcome run(Transformer m, int size, int chunk, boolean memorySaver, Dropout dropout) {
    TrainingPass pass = new TrainingPass(m, size, TIME, chunk, memorySaver, 4);
    Parameters gradients = Parameters.allocate(m.config());
    double loss = 0;
    for (int at = 0; at < 4; at += size) {
      loss +=
          pass.accumulate(
              Arrays.copyOfRange(inputs, at * TIME, (at + size) * TIME),
              Arrays.copyOfRange(targets, at * TIME, (at + size) * TIME),
              size,
              TIME,
              gradients,
              0.01f,
              dropout.withFirstSequence(at),
              Models.control());
    }
    pass.finish(gradients);
    return new Outcome(loss, gradients.data());
  }

  private static void assertSameBits(Outcome expected, Outcome actual) {
    assertEquals(expected.loss, actual.loss);
    assertArrayEquals(expected.gradients, actual.gradients);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void microBatchesOfFourTwoAndOneGiveTheSameBits(boolean tied) {
    Transformer m = Models.random(config.withTiedEmbeddings(tied), 1);
    Outcome four = run(m, 4, 7, false, DROPOUT);
    assertSameBits(four, run(m, 2, 7, false, DROPOUT));
    assertSameBits(four, run(m, 1, 7, false, DROPOUT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RMSNORM", "LAYERNORM"})
  void memorySaverGivesTheSameBits(NormType norm) {
    Transformer m = Models.random(config.withNorm(norm), 1);
    assertSameBits(run(m, 4, 7, false, DROPOUT), run(m, 4, 7, true, DROPOUT));
    assertSameBits(run(m, 4, 7, false, Dropout.NONE), run(m, 4, 7, true, Dropout.NONE));
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 170, 100})
  void chunksOfTheHeadAndMicroBatchesGiveTheSameBits(int time) {
    ModelConfig longer = config.withContextLength(256);
    Transformer m = Models.random(longer, 1);
    int[] in = Models.tokens(4 * time, longer.vocabSize(), 2);
    int[] out = Models.tokens(4 * time, longer.vocabSize(), 3);
    Parameters expected = Parameters.allocate(longer);
    double loss =
        new TrainingPass(m, 4, time, 64, false)
            .forwardBackward(in, out, 4, time, expected, 0.01f, Dropout.NONE, Models.control());
    TrainingPass single = new TrainingPass(m, 1, time, 64, true, 4);
    Parameters actual = Parameters.allocate(longer);
    double sum = 0;
    for (int s = 0; s < 4; s++) {
      sum +=
          single.accumulate(
              Arrays.copyOfRange(in, s * time, (s + 1) * time),
              Arrays.copyOfRange(out, s * time, (s + 1) * time),
              1,
              time,
              actual,
              0.01f,
              Dropout.NONE,
              Models.control());
    }
    single.finish(actual);
    assertEquals(loss, sum);
    assertArrayEquals(expected.data(), actual.data());
  }

  @ParameterizedTest
  @CsvSource({"RMSNORM, true", "RMSNORM, false", "LAYERNORM, true", "LAYERNORM, false"})
  void aStepThatBeginsDoesNotSeeWhatTheGradientsHeld(NormType norm, boolean tied) {
    Transformer m = Models.random(config.withNorm(norm).withTiedEmbeddings(tied), 1);
    int[] some = targets.clone();
    Arrays.fill(some, 0, 2 * TIME, -1); // the first pass has no target at all
    for (int[] out : new int[][] {targets, some}) {
      TrainingPass pass = new TrainingPass(m, 2, TIME, 8, false, 4);
      Parameters zeros = Parameters.allocate(m.config());
      accumulateHalves(pass, out, zeros);
      Parameters old = Parameters.allocate(m.config());
      Arrays.fill(old.data(), Float.NaN);
      pass.begin();
      accumulateHalves(pass, out, old);
      for (int i = 0; i < old.data().length; i++) {
        assertEquals(zeros.data()[i] + 0f, old.data()[i] + 0f); // a sum that begins at 0 has no -0
      }
    }
  }

  private void accumulateHalves(TrainingPass pass, int[] out, Parameters gradients) {
    for (int at = 0; at < 4 * TIME; at += 2 * TIME) {
      pass.accumulate(
          Arrays.copyOfRange(inputs, at, at + 2 * TIME),
          Arrays.copyOfRange(out, at, at + 2 * TIME),
          2,
          TIME,
          gradients,
          0.01f,
          Dropout.NONE,
          Models.control());
    }
    pass.finish(gradients);
  }

  @Test
  void aStepWithoutAPassHasNoGradient() {
    TrainingPass pass = new TrainingPass(model, 1, TIME, 8, false);
    Parameters old = Parameters.allocate(config);
    Arrays.fill(old.data(), Float.NaN);
    pass.begin();
    pass.finish(old);
    assertEquals(0, Models.maxAbs(old.data(), 0, old.data().length));
  }

  @Test
  void aForgottenStepLeavesNothing() {
    TrainingPass pass = new TrainingPass(model, 2, TIME, 8, true, 4);
    Parameters half = Parameters.allocate(config);
    pass.accumulate(inputs, targets, 2, TIME, half, 1f, Dropout.NONE, Models.control());
    pass.forget();
    Parameters nothing = Parameters.allocate(config);
    pass.finish(nothing);
    assertEquals(0, Models.maxAbs(nothing.data(), 0, nothing.data().length));
  }

  @Test
  void twoRunsGiveTheSameBits() {
    assertSameBits(run(model, 2, 7, true, DROPOUT), run(model, 2, 7, true, DROPOUT));
  }

  @Test
  void chunkSizesAgree() {
    Outcome whole = run(model, 4, TIME, false, Dropout.NONE);
    for (int chunk : new int[] {1, 5, 8, 1000}) {
      Outcome chunked = run(model, 4, chunk, true, Dropout.NONE);
      assertEquals(whole.loss, chunked.loss, 1e-4);
      assertArrayEquals(whole.gradients, chunked.gradients, 1e-4f);
    }
  }

  @Test
  void lossOfTheForwardPassIsThatOfTraining() {
    TrainingPass pass = new TrainingPass(model, 4, TIME, 8, true);
    double loss = pass.loss(inputs, targets, 4, TIME, Models.control());
    assertEquals(run(model, 4, 8, true, Dropout.NONE).loss, loss, 1e-5);
    double parts = 0;
    for (int s = 0; s < 4; s++) {
      int[] in = Arrays.copyOfRange(inputs, s * TIME, (s + 1) * TIME);
      int[] out = Arrays.copyOfRange(targets, s * TIME, (s + 1) * TIME);
      parts += pass.loss(in, out, 1, TIME, Models.control());
    }
    assertEquals(loss, parts, "sums of losses are exact in any grouping");
  }

  @Test
  void lossIsTheSumOverTheLogits() {
    TrainingPass pass = new TrainingPass(model, 4, TIME, 8, true);
    float[] logits = pass.logits(inputs, 4, TIME);
    int v = config.vocabSize();
    double expected = 0;
    for (int r = 0; r < 4 * TIME; r++) {
      double sum = 0;
      for (int i = 0; i < v; i++) {
        sum += Math.exp(logits[r * v + i]);
      }
      expected += Math.log(sum) - logits[r * v + targets[r]];
    }
    assertEquals(expected, pass.loss(inputs, targets, 4, TIME, Models.control()), 1e-3);
  }

  @Test
  void crossEntropyInSeveralChunksEqualsTheSumOfItsParts() {
    ModelConfig longer = config.withContextLength(300);
    Transformer m = Models.random(longer, 1);
    int[] in = Models.tokens(300, longer.vocabSize(), 2);
    int[] out = Models.tokens(300, longer.vocabSize(), 3);
    TrainingPass pass = new TrainingPass(m, 1, 300, 64, true);
    Parameters all = Parameters.allocate(longer);
    double loss = pass.forwardBackward(in, out, 1, 300, all, 1f, Dropout.NONE, Models.control());
    Parameters parts = Parameters.allocate(longer);
    double sum = 0;
    for (int third = 0; third < 3; third++) {
      int[] some = new int[300];
      Arrays.fill(some, -1);
      System.arraycopy(out, third * 100, some, third * 100, 100);
      sum += pass.forwardBackward(in, some, 1, 300, parts, 1f, Dropout.NONE, Models.control());
    }
    assertEquals(loss, sum);
    float scale = (float) Models.maxAbs(all.data(), 0, all.data().length);
    assertArrayEquals(all.data(), parts.data(), 1e-5f * scale);
  }

  @Test
  void ignoredTargetsCountForNothing() {
    TrainingPass pass = new TrainingPass(model, 4, TIME, 8, true);
    Parameters gradients = Parameters.allocate(config);
    int[] none = new int[4 * TIME];
    Arrays.fill(none, -1);
    assertEquals(
        0,
        pass.forwardBackward(inputs, none, 4, TIME, gradients, 1f, Dropout.NONE, Models.control()));
    assertEquals(0, Models.maxAbs(gradients.data(), 0, gradients.data().length));
  }

  @Test
  void gradientsAreAddedAndScaled() {
    TrainingPass pass = new TrainingPass(model, 4, TIME, 8, false);
    Parameters once = Parameters.allocate(config);
    Parameters twice = Parameters.allocate(config);
    pass.forwardBackward(inputs, targets, 4, TIME, once, 1f, Dropout.NONE, Models.control());
    for (int i = 0; i < 2; i++) {
      pass.forwardBackward(inputs, targets, 4, TIME, twice, 0.5f, Dropout.NONE, Models.control());
    }
    float scale = (float) Models.maxAbs(once.data(), 0, once.data().length);
    assertArrayEquals(once.data(), twice.data(), 1e-5f * scale);
  }

  @Test
  void shorterPassesUseTheSameMemory() {
    TrainingPass large = new TrainingPass(model, 4, TIME, 8, false);
    TrainingPass exact = new TrainingPass(model, 3, 9, 8, false);
    double a = large.loss(inputs, targets, 3, 9, Models.control());
    assertEquals(exact.loss(inputs, targets, 3, 9, Models.control()), a);
  }

  @Test
  void dropoutChangesTheLossAndTheStepChangesTheMask() {
    double plain = run(model, 4, 8, true, Dropout.NONE).loss;
    double dropped = run(model, 4, 8, true, DROPOUT).loss;
    double next = run(model, 4, 8, true, new Dropout(0.1f, 5, 7, 0)).loss;
    assertNotEquals(plain, dropped);
    assertNotEquals(dropped, next);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void bytesAreWhatIsAllocated(int variant) throws IllegalAccessException {
    ModelConfig c =
        config
            .withNorm(variant % 2 == 0 ? NormType.RMSNORM : NormType.LAYERNORM)
            .withTiedEmbeddings(variant % 3 == 0)
            .withContextLength(200);
    boolean memorySaver = variant < 4;
    int time = variant < 6 ? 19 : 170;
    int chunk = variant % 4 == 0 ? 64 : 7;
    Transformer m = Models.random(c, 1);
    TrainingPass pass = new TrainingPass(m, 3, time, chunk, memorySaver, variant < 7 ? 3 : 30);
    assertEquals(
        TrainingPass.bytes(
            c, 3, time, chunk, memorySaver, variant < 7 ? 3 : 30, m.pool().threads()),
        Floats.bytesUnder(pass, m));
  }

  @Test
  void baseTrainsInLessThanTwentyFiveMegabytes() {
    ModelConfig base = ModelConfig.of(10_000, 256, 4, 4, 1024, 256);
    assertTrue(TrainingPass.bytes(base, 2, 256, 64, true, 4, 2) < 25L << 20);
    assertTrue(
        TrainingPass.bytes(base, 2, 256, 64, true, 4, 2)
            < TrainingPass.bytes(base, 2, 256, 64, false, 4, 2));
  }

  @Test
  void cancelledPassStops() {
    TrainingPass pass = new TrainingPass(model, 4, TIME, 8, true);
    RunControl control = new RunControl();
    control.cancel();
    assertThrows(CancellationException.class, () -> pass.loss(inputs, targets, 4, TIME, control));
    assertThrows(
        CancellationException.class,
        () ->
            pass.forwardBackward(
                inputs, targets, 4, TIME, Parameters.allocate(config), 1f, Dropout.NONE, control));
  }

  @Test
  void foreignIdsAndSizesAreRefusedByName() {
    TrainingPass pass = new TrainingPass(model, 2, TIME, 8, true);
    int[] bad = inputs.clone();
    bad[5] = config.vocabSize();
    var e =
        assertThrows(
            MiniLlmException.BadInput.class,
            () -> pass.loss(bad, targets, 1, TIME, Models.control()));
    assertTrue(e.getMessage().contains("input id 23 at index 5"), e.getMessage());
    bad[5] = -1;
    assertThrows(
        MiniLlmException.BadInput.class, () -> pass.loss(bad, targets, 1, TIME, Models.control()));
    bad[5] = -2;
    assertThrows(
        MiniLlmException.BadInput.class, () -> pass.loss(inputs, bad, 1, TIME, Models.control()));
    assertThrows(
        MiniLlmException.BadInput.class,
        () -> pass.loss(inputs, targets, 3, TIME, Models.control()));
    assertThrows(
        IllegalArgumentException.class,
        () -> pass.loss(new int[3], targets, 1, TIME, Models.control()));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            pass.forwardBackward(
                inputs,
                targets,
                1,
                TIME,
                Parameters.allocate(config.withVocabSize(22)),
                1f,
                Dropout.NONE,
                Models.control()));
  }

  @Test
  void impossiblePassesAreRefused() {
    assertThrows(MiniLlmException.BadConfig.class, () -> new TrainingPass(model, 0, TIME, 8, true));
    assertThrows(
        MiniLlmException.BadConfig.class, () -> new TrainingPass(model, 1, TIME + 1, 8, true));
    assertThrows(MiniLlmException.BadConfig.class, () -> new TrainingPass(model, 1, TIME, 0, true));
  }
}
