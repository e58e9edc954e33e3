package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.SimpleTokenizer;

@Tag("resume")
class TrainerTest {
  private static final int STEPS = 12;

  @TempDir private Path dir;
  private final SimpleTokenizer tokenizer = new SimpleTokenizer();
  private final WorkerPool pool = WorkerPool.shared();
  private Corpus corpus;
  private Dataset dataset;
  private ModelConfig shape;

  @BeforeEach
  void data() throws IOException {
    Path text = dir.resolve("text.txt");
    Files.writeString(
        text,
        "Había una vez un perro.\n<|endoftext|>\nY una gata negra.\n<|endoftext|>\n".repeat(40));
    corpus = Corpus.open(List.of(text));
    dataset = Dataset.build(corpus, tokenizer, 0.1, 1, pool, new RunControl(), bytes -> {});
    shape = ModelConfig.of(tokenizer.vocabSize(), 32, 2, 2, 64, 32);
  }

  private static TrainOptions options(int batch, int accumulation, float dropout) {
    return TrainOptions.of(batch, 32, 3e-3f, STEPS)
        .with(
            o ->
                o.gradientAccumulation(accumulation)
                    .warmupSteps(2)
                    .dropout(dropout)
                    .evalInterval(6)
                    .checkpointInterval(5)
                    .evalTokens(512)
                    .chunkSize(16)
                    .seed(7)
                    .sampleTokens(8));
  }

  private Trainer fresh(Path out, TrainOptions options) throws IOException {
    return Trainer.start(
        Transformer.initialise(shape, 3, pool),
        tokenizer,
        Optional.empty(),
        dataset,
        options,
        new Trainer.About("test", corpus.paths(), 0.1),
        out,
        new TrainListener() {},
        new RunControl(),
        () -> 0);
  }

  private float[] weightsOf(Trainer trainer, BooleanSupplier boundary) throws IOException {
    try (trainer) {
      trainer.run(boundary);
      return trainer.model().orElseThrow().parameters().data().clone();
    }
  }

  @Test
  void lossFalls() throws IOException {
    List<Double> losses = new ArrayList<>();
    Trainer trainer =
        Trainer.start(
            Transformer.initialise(shape, 3, pool),
            tokenizer,
            Optional.empty(),
            dataset,
            options(4, 1, 0),
            new Trainer.About("test", corpus.paths(), 0.1),
            dir.resolve("falls"),
            new TrainListener() {
              @Override
              public void onStep(StepMetrics metrics) {
                losses.add(metrics.loss());
              }
            },
            new RunControl(),
            () -> 0);
    weightsOf(trainer, () -> true);
    assertEquals(STEPS, losses.size());
    assertTrue(losses.get(STEPS - 1) < losses.get(0) - 0.3, losses.toString());
    assertEquals(STEPS + 2 + 1, Files.readAllLines(dir.resolve("falls/metrics.jsonl")).size());
  }

  @ParameterizedTest
  @EnumSource
  void stoppedAndResumedRunEndsWithTheSameBits(OptimizerType type) throws IOException {
    TrainOptions options = options(4, 1, 0.1f).withOptimizer(type);
    float[] whole = weightsOf(fresh(dir.resolve("whole"), options), () -> true);
    Path out = dir.resolve("stopped");
    Trainer first = fresh(out, options);
    weightsOf(first, () -> first.step() < 7);
    Trainer second =
        Trainer.resume(
            out,
            tokenizer,
            Optional.empty(),
            dataset,
            pool,
            new TrainListener() {},
            new RunControl(),
            () -> 0);
    assertEquals(7, second.step());
    assertArrayEquals(whole, weightsOf(second, () -> true));
  }

  @Test
  void accumulationEqualsOneBatchBitForBit() throws IOException {
    assertArrayEquals(
        weightsOf(fresh(dir.resolve("a"), options(4, 1, 0.1f)), () -> true),
        weightsOf(fresh(dir.resolve("b"), options(2, 2, 0.1f)), () -> true));
  }

  @Test
  void halvedMicroBatchEndsWithTheSameBits() throws IOException {
    float[] whole = weightsOf(fresh(dir.resolve("a"), options(4, 1, 0.1f)), () -> true);
    Trainer halved = fresh(dir.resolve("b"), options(4, 1, 0.1f));
    float[] weights =
        weightsOf(
            halved,
            () -> {
              if (halved.step() == 3) {
                assertEquals(Optional.of("micro-batch 4 → 2, accumulation 1 → 2"), halved.trim());
              }
              return true;
            });
    assertEquals(2, halved.microBatch());
    assertArrayEquals(whole, weights);
  }

  @Test
  void releasedAndRestoredRunEndsWithTheSameBits() throws IOException {
    float[] whole = weightsOf(fresh(dir.resolve("a"), options(4, 1, 0)), () -> true);
    Trainer released = fresh(dir.resolve("b"), options(4, 1, 0));
    float[] weights =
        weightsOf(
            released,
            () -> {
              if (released.step() == 4) {
                try {
                  released.saveAndRelease();
                  released.releaseWeights();
                  assertTrue(released.model().isEmpty());
                  assertTrue(released.bytesToRestore() > 0);
                  released.restore();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
              return true;
            });
    assertArrayEquals(whole, weights);
  }

  @Test
  void truncatedCheckpointIsRefused() throws IOException {
    Path out = dir.resolve("cut");
    Trainer first = fresh(out, options(4, 1, 0));
    weightsOf(first, () -> first.step() < 6);
    Path moments = out.resolve("checkpoints/last/optimizer.safetensors");
    byte[] bytes = Files.readAllBytes(moments);
    Files.write(moments, java.util.Arrays.copyOf(bytes, bytes.length - 100));
    BadFormat e = assertThrows(BadFormat.class, () -> resume(out, dataset));
    assertTrue(String.valueOf(e.getMessage()).contains("optimizer.safetensors"));
  }

  @Test
  void changedDataIsRefused() throws IOException {
    Path out = dir.resolve("changed");
    Trainer first = fresh(out, options(4, 1, 0));
    weightsOf(first, () -> first.step() < 6);
    Files.writeString(dir.resolve("text.txt"), "Otro cuento.\n<|endoftext|>\nY otro.\n".repeat(50));
    Dataset other =
        Dataset.build(
            Corpus.open(corpus.paths()), tokenizer, 0.1, 1, pool, new RunControl(), bytes -> {});
    assertThrows(BadInput.class, () -> resume(out, other));
  }

  @Test
  void killBetweenTwoRenamesLeavesACheckpoint() throws IOException {
    Path out = dir.resolve("killed");
    Trainer first = fresh(out, options(4, 1, 0));
    weightsOf(first, () -> first.step() < 6);
    Path last = out.resolve("checkpoints/last");
    Files.move(last, out.resolve("checkpoints/last.old"));
    assertEquals(6, Checkpoint.readState(Checkpoint.find(out).orElseThrow()).step());
  }

  private Trainer resume(Path out, Dataset data) throws IOException {
    return Trainer.resume(
        out,
        tokenizer,
        Optional.empty(),
        data,
        pool,
        new TrainListener() {},
        new RunControl(),
        () -> 0);
  }
}
