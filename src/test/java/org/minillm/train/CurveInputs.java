package org.minillm.train;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.format.ModelCard;
import org.minillm.format.ModelFiles;
import org.minillm.format.TensorType;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.Tokenizer;

/**
 * What another program needs to repeat the first steps of {@code train} with the default
 * configuration and seed 1: the initial model ({@code DIR/initial}, a Hugging Face directory) and
 * the batches ({@code DIR/batches.i32}: big-endian ids [steps, 4, 257], a target behind each
 * input). See {@code src/test/python/curve_torch.py}. Not a test.
 */
final class CurveInputs {
  private static final int BATCH = 4;
  private static final int TIME = 256;
  private static final int VOCAB = 10_000;
  private static final long SEED = 1;
  private static final double VALIDATION_FRACTION = 0.05;

  private CurveInputs() {}

  /** Arguments: the corpus, DIR, the number of steps. */
  public static void main(String[] args) throws IOException {
    Path dir = Files.createDirectories(Path.of(args[1]));
    long steps = Long.parseLong(args[2]);
    RunControl control = new RunControl();
    Corpus corpus = Corpus.open(List.of(Path.of(args[0])));
    try (WorkerPool pool = new WorkerPool(2)) {
      Tokenizer tokenizer =
          BpeTrainer.train(
              corpus, VOCAB, BpeTrainer.SPECIALS, pool, control, BpeTrainer.Progress.NONE);
      Dataset dataset =
          Dataset.build(corpus, tokenizer, VALIDATION_FRACTION, SEED, pool, control, bytes -> {});
      ModelConfig config =
          new ModelConfig(
              tokenizer.vocabSize(),
              256,
              4,
              4,
              4,
              1024,
              TIME,
              10_000f,
              ModelConfig.DEFAULT_NORM_EPS,
              NormType.RMSNORM,
              true);
      ModelFiles.save(
          dir.resolve("initial"),
          Transformer.initialise(config, SEED, pool),
          tokenizer,
          Optional.empty(),
          ModelCard.named("initial"),
          TensorType.F32);
      writeBatches(dir.resolve("batches.i32"), dataset, steps);
    }
  }

  private static void writeBatches(Path file, Dataset dataset, long steps) throws IOException {
    Batches batches = new Batches(dataset.training(), dataset.separator(), TIME, SEED);
    int[] inputs = new int[TIME];
    int[] targets = new int[TIME];
    try (OutputStream out = Files.newOutputStream(file);
        DataOutputStream ids = new DataOutputStream(new java.io.BufferedOutputStream(out))) {
      for (long sequence = 0; sequence < steps * BATCH; sequence++) {
        batches.read(sequence, inputs, targets, 0);
        for (int id : inputs) {
          ids.writeInt(id);
        }
        ids.writeInt(targets[TIME - 1]);
      }
    }
  }
}
