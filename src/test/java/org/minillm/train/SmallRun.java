package org.minillm.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.SimpleTokenizer;

/** Runs of a tiny model on a small text, and what they told. */
final class SmallRun implements TrainListener {
  final WorkerPool pool = WorkerPool.shared();
  final SimpleTokenizer tokenizer = new SimpleTokenizer();
  final Dataset dataset;
  final List<TrainEvent> events = new ArrayList<>();
  final List<StepMetrics> steps = new ArrayList<>();
  final List<Evaluation> evaluations = new ArrayList<>();
  private final Corpus corpus;

  SmallRun(Path dir) throws IOException {
    Path text = dir.resolve("text.txt");
    Files.writeString(
        text,
        "Había una vez un perro.\n<|endoftext|>\nY una gata negra.\n<|endoftext|>\n".repeat(40));
    corpus = Corpus.open(List.of(text));
    dataset = Dataset.build(corpus, tokenizer, 0.1, 1, pool, new RunControl(), bytes -> {});
  }

  /** Twelve steps of four sequences, evaluated after six and twelve, saved after five and ten. */
  static TrainOptions options() {
    return TrainOptions.of(4, 32, 3e-3f, 12)
        .with(
            o ->
                o.warmupSteps(2)
                    .evalInterval(6)
                    .checkpointInterval(5)
                    .evalTokens(512)
                    .chunkSize(16)
                    .seed(7)
                    .sampleTokens(8));
  }

  Trainer start(Path out, TrainOptions options) throws IOException {
    return Trainer.start(
        Transformer.initialise(ModelConfig.of(tokenizer.vocabSize(), 32, 2, 2, 64, 32), 3, pool),
        tokenizer,
        Optional.empty(),
        dataset,
        options,
        new Trainer.About("test", corpus.paths(), 0.1),
        out,
        this,
        new RunControl(),
        () -> 0);
  }

  Trainer resume(Path out) throws IOException {
    return Trainer.resume(
        out, tokenizer, Optional.empty(), dataset, pool, this, new RunControl(), () -> 0);
  }

  /** Runs and closes; the weights at the end. */
  static float[] weightsOf(Trainer trainer, BooleanSupplier boundary) throws IOException {
    try (trainer) {
      trainer.run(boundary);
      return trainer.model().orElseThrow().parameters().data().clone();
    }
  }

  float[] undisturbed(Path out, TrainOptions options) throws IOException {
    return weightsOf(start(out, options), () -> true);
  }

  List<String> told(TrainEvent.Kind kind) {
    return events.stream().filter(e -> e.kind() == kind).map(TrainEvent::detail).toList();
  }

  @Override
  public void onStep(StepMetrics metrics) {
    steps.add(metrics);
  }

  @Override
  public void onEvaluation(Evaluation evaluation) {
    evaluations.add(evaluation);
  }

  @Override
  public void onEvent(TrainEvent event) {
    events.add(event);
  }
}
