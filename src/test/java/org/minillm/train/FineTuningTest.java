package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.model.Adapters;
import org.minillm.model.ModelConfig;
import org.minillm.model.TrainingPass;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.SimpleTokenizer;

/** Fine-tuning on the answers of conversations, from a model on disk. */
@Tag("resume")
class FineTuningTest {
  private static final int STEPS = 10;
  private static final int CONTEXT = 96;

  @TempDir private Path dir;
  private final SimpleTokenizer tokenizer = new SimpleTokenizer();
  private final WorkerPool pool = WorkerPool.shared();
  private final List<StepMetrics> steps = new ArrayList<>();
  private final List<Evaluation> evaluations = new ArrayList<>();
  private Path base;
  private Corpus corpus;
  private Dataset dataset;

  @BeforeEach
  void baseAndData() throws IOException {
    base = dir.resolve("base");
    ModelConfig shape = ModelConfig.of(tokenizer.vocabSize(), 32, 2, 2, 64, CONTEXT);
    ModelFiles.save(
        base,
        Transformer.initialise(shape, 3, pool),
        tokenizer,
        Optional.empty(),
        ModelCard.named("base"),
        TensorType.F32);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append(
          String.format(
              "{\"messages\": [{\"role\": \"user\", \"content\": \"¿Color %d?\"},"
                  + " {\"role\": \"assistant\", \"content\": \"%s.\"}]}%n",
              i, i % 2 == 0 ? "Azul" : "Rojo"));
    }
    corpus = corpus("talks.jsonl", lines.toString()).withConversationsOnly();
    dataset = encode(corpus);
  }

  private Corpus corpus(String name, String text) throws IOException {
    Files.writeString(dir.resolve(name), text, StandardCharsets.UTF_8);
    return Corpus.open(List.of(dir.resolve(name)));
  }

  private Dataset encode(Corpus of) throws IOException {
    return Dataset.build(of, tokenizer, 0.1, 1, pool, new RunControl(), bytes -> {});
  }

  private static TrainOptions options(int batch, int accumulation) {
    return TrainOptions.of(batch, CONTEXT, 3e-3f, STEPS)
        .with(
            o ->
                o.gradientAccumulation(accumulation)
                    .warmupSteps(2)
                    .dropout(0.1f)
                    .evalInterval(5)
                    .checkpointInterval(4)
                    .chunkSize(16)
                    .seed(7)
                    .samplePrompts(List.of("¿Color 3?"))
                    .sampleTokens(8));
  }

  private Trainer fresh(String out, TrainOptions options) throws IOException {
    return fresh(out, options, 0);
  }

  private Trainer fresh(String out, TrainOptions options, int rank) throws IOException {
    LoadedModel loaded = ModelFiles.loadFloats(base, pool, MemoryBudget.ofHeap());
    FineTuning tuning = new FineTuning(base.toString(), true, rank, 2 * rank);
    return Trainer.start(
        TrainableModel.begin(loaded.model(), tuning, 5),
        tokenizer,
        Optional.of(ChatTemplate.chatml()),
        dataset,
        options,
        new Trainer.About("tuned", corpus.paths(), 0.1, Optional.of(tuning)),
        dir.resolve(out),
        listener(),
        new RunControl(),
        () -> 0);
  }

  private Trainer resume(String out) throws IOException {
    return Trainer.resume(
        dir.resolve(out),
        tokenizer,
        Optional.of(ChatTemplate.chatml()),
        dataset,
        pool,
        listener(),
        new RunControl(),
        () -> 0);
  }

  private TrainListener listener() {
    return new TrainListener() {
      @Override
      public void onStep(StepMetrics metrics) {
        steps.add(metrics);
      }

      @Override
      public void onEvaluation(Evaluation evaluation) {
        evaluations.add(evaluation);
      }
    };
  }

  private float[] run(Trainer trainer, BooleanSupplier boundary) throws IOException {
    try (trainer) {
      trainer.run(boundary);
      return trainer.model().orElseThrow().trainable().data().clone();
    }
  }

  @Test
  void onlyAnswersAreLearnedAndTheBaseStaysAsItIs() throws IOException {
    byte[] before = Files.readAllBytes(base.resolve("model.safetensors"));
    run(fresh("out", options(4, 1)), () -> true);
    assertArrayEquals(before, Files.readAllBytes(base.resolve("model.safetensors")));
    double first = steps.get(0).loss();
    double last = steps.get(STEPS - 1).loss();
    assertTrue(last < first - 0.3, first + " → " + last);
    LoadedModel tuned = ModelFiles.loadFloats(dir.resolve("out"), pool, MemoryBudget.ofHeap());
    assertEquals("base", tuned.card().base());
    assertTrue(tuned.chatTemplate().isPresent());
    assertEquals(2, evaluations.size());
    assertTrue(evaluations.get(0).samples().get(0).startsWith("¿Color 3?\n"));
  }

  @Test
  void tokensOfARunAreThoseOfTheAnswers() throws IOException {
    run(fresh("out", options(4, 1)), () -> true);
    AnswerMask mask = new AnswerMask(tokenizer, dataset.separator());
    ConversationBatches batches = dataset.trainingConversations(mask, CONTEXT, 7);
    long counted = 0;
    for (int i = 0; i < 4 * STEPS; i++) {
      counted += batches.counted(i);
    }
    assertEquals(counted, steps.get(STEPS - 1).tokens());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void afterEarlyStoppingTheModelAndItsAdaptersAreTheBest(int rank) throws IOException {
    TrainOptions options =
        options(4, 1)
            .with(o -> o.maxSteps(400).evalInterval(2).patience(3).learningRate(0.3f).gradClip(0));
    run(fresh("out", options, rank), () -> true);
    assertTrue(steps.size() < 400, "ran to the end");
    Path best = dir.resolve("out/checkpoints/best");
    for (String file :
        rank == 0
            ? List.of("model.safetensors")
            : List.of("model.safetensors", "adapter/adapter_model.safetensors")) {
      assertArrayEquals(
          Files.readAllBytes(best.resolve(file)), Files.readAllBytes(dir.resolve("out/" + file)));
    }
  }

  @Test
  void validationIsTheMeanOverAnswerTokensAndTheirBytes() throws IOException {
    run(fresh("out", options(4, 1)), () -> true);
    LoadedModel tuned = ModelFiles.loadFloats(dir.resolve("out"), pool, MemoryBudget.ofHeap());
    int end = tokenizer.idOf("<|im_end|>").getAsInt();
    AnswerMask mask = new AnswerMask(tokenizer, dataset.separator());
    ConversationBatches batches =
        dataset.validationConversations(mask, CONTEXT, 100_000).orElseThrow();
    TrainingPass pass = new TrainingPass(tuned.model(), 1, CONTEXT, 16, true);
    EvalResult result = Evaluator.evaluateAnswers(pass, batches, tokenizer, new RunControl());
    int answers = 0;
    for (long i = 0; i < dataset.validation().size(); i++) {
      answers += dataset.validation().get(i) == end ? 1 : 0;
    }
    assertEquals(answers / 2 * 6, result.tokens(), "five characters and the end of each answer");
    assertEquals(answers / 2 * 5, result.bytes());
    assertEquals(
        result.loss() * result.tokens() / Math.log(2) / result.bytes(),
        result.bitsPerByte(),
        1e-12);
    assertEquals(evaluations.get(1).valLoss(), result.loss(), 1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void stoppedAndResumedRunEndsWithTheSameBits(int rank) throws IOException {
    float[] whole = run(fresh("whole", options(4, 1), rank), () -> true);
    Trainer first = fresh("stopped", options(4, 1), rank);
    run(first, () -> first.step() < 6);
    Trainer second = resume("stopped");
    assertEquals(6, second.step());
    assertArrayEquals(whole, run(second, () -> true));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void microBatchesOfAnySizeEndWithTheSameBits(int rank) throws IOException {
    float[] whole = run(fresh("a", options(4, 1), rank), () -> true);
    assertArrayEquals(whole, run(fresh("b", options(2, 2), rank), () -> true));
    Trainer halved = fresh("c", options(4, 1), rank);
    assertArrayEquals(
        whole,
        run(
            halved,
            () -> {
              if (halved.step() == 3) {
                assertTrue(halved.trim().isPresent());
              }
              return true;
            }));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void releasedAndRestoredRunEndsWithTheSameBits(int rank) throws IOException {
    float[] whole = run(fresh("a", options(4, 1), rank), () -> true);
    Trainer released = fresh("b", options(4, 1), rank);
    assertArrayEquals(
        whole,
        run(
            released,
            () -> {
              if (released.step() == 4) {
                try {
                  released.saveAndRelease();
                  released.releaseWeights();
                  released.restore();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }
              return true;
            }));
  }

  @Test
  void adaptersAreSavedInTheWeightsAndBesideThem() throws IOException {
    Trainer trainer = fresh("low", options(4, 1), 3);
    run(trainer, () -> true);
    double first = steps.get(0).loss();
    double last = steps.get(STEPS - 1).loss();
    assertTrue(last < first - 0.05, first + " → " + last);
    Transformer trained = trainer.model().orElseThrow();
    LoadedModel saved = ModelFiles.loadFloats(dir.resolve("low"), pool, MemoryBudget.ofHeap());
    assertTrue(saved.model().adapters().isEmpty());
    int[] ids = tokenizer.encode("¿Color?");
    float[] expected = new TrainingPass(trained, 1, 16, 16, true).logits(ids, 1, ids.length);
    float[] merged = new TrainingPass(saved.model(), 1, 16, 16, true).logits(ids, 1, ids.length);
    assertArrayEquals(expected, merged, 1e-5f);
    Adapters read = Adapters.allocate(trained.config(), 3, 6);
    ModelFiles.readAdapters(dir.resolve("low/adapter"), read);
    assertArrayEquals(trained.trainable().data(), read.values().data());
    assertTrue(
        Files.size(dir.resolve("low/checkpoints/last/optimizer.safetensors"))
            < Files.size(dir.resolve("low/model.safetensors")) / 2,
        "the moments of the adapters alone");
  }

  @Test
  void runWhoseBaseWasChangedIsRefused() throws IOException {
    Trainer first = fresh("low", options(4, 1), 3);
    run(first, () -> first.step() < 6);
    Transformer other = Transformer.initialise(first.model().orElseThrow().config(), 4, pool);
    ModelFiles.save(
        base, other, tokenizer, Optional.empty(), ModelCard.named("base"), TensorType.F32);
    BadInput e = assertThrows(BadInput.class, () -> resume("low"));
    assertTrue(e.reason().contains("changed"), e.reason());
    Files.move(base, dir.resolve("elsewhere"));
    BadInput gone = assertThrows(BadInput.class, () -> resume("low"));
    assertTrue(gone.reason().contains("gone"), gone.reason());
  }

  @Test
  void aMessageThatHoldsAMarkerIsRefusedWithItsLine() throws IOException {
    String good =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"¿?\"},"
            + " {\"role\": \"assistant\", \"content\": \"Sí.\"}]}\n";
    for (String marker : List.of("<|im_end|>", "<|im_start|>", "<|endoftext|>")) {
      Corpus bad = corpus("bad.jsonl", good + good.replace("¿?", "¿" + marker + "?"));
      BadInput e = assertThrows(BadInput.class, () -> encode(bad));
      assertTrue(e.getMessage().contains("bad.jsonl, line 2"), e.getMessage());
      assertTrue(e.reason().contains(marker), e.reason());
    }
  }

  @Test
  void textIsRefusedWhereAnswersAreToBeLearned() throws IOException {
    Corpus plain = corpus("story.txt", "Había una vez.\n");
    BadInput e = assertThrows(BadInput.class, plain::withConversationsOnly);
    assertTrue(e.reason().contains("conversations"), e.reason());
    Corpus mixed = corpus("mixed.jsonl", "{\"text\": \"Había una vez.\"}\n");
    Corpus strict = mixed.withConversationsOnly();
    assertThrows(BadInput.class, () -> encode(strict));
    Corpus asked =
        corpus(
            "asked.jsonl",
            "{\"messages\": [{\"role\": \"user\", \"content\": \"¿?\"}]}\n".repeat(9));
    dataset = encode(asked.withConversationsOnly());
    BadInput none = assertThrows(BadInput.class, () -> fresh("none", options(4, 1)));
    assertTrue(none.reason().contains("no answer"), none.reason());
  }
}
