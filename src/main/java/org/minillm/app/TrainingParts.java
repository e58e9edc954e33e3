package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.NormType;
import org.minillm.tokenizer.BpeTrainer;
import org.minillm.tokenizer.BpeTraining;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.Corpus;
import org.minillm.train.Dataset;
import org.minillm.train.OptimizerType;
import org.minillm.train.ScheduleType;
import org.minillm.train.TrainOptions;

/**
 * What a training is put together from, as a configuration says: tokenizer, ids, shape, options.
 */
final class TrainingParts {
  private static final int EVAL_TOKENS = 16_384;
  private static final int SAMPLE_TOKENS = 48;

  private TrainingParts() {}

  static Tokenizer makeTokenizer(
      AppConfig config,
      Corpus corpus,
      WorkerPool pool,
      RunControl control,
      TrainingWork.Listener to)
      throws IOException {
    if (config.tokenizer().type().equals("simple")) {
      return new SimpleTokenizer();
    }
    int size = config.hyperparameters().vocabSize();
    to.phase(TrainingPhase.TOKENIZER, 0);
    BpeTraining training =
        BpeTrainer.trainAndReport(
            corpus,
            size,
            config.tokenizer().specialTokens(),
            MemoryPlanner.tokenizerTraining(config),
            pool,
            control,
            (stage, done, total) ->
                to.phase(TrainingPhase.TOKENIZER, total <= 0 ? Double.NaN : (double) done / total));
    if (training.ranOutOfMerges()) {
      to.notice(
          "The text has no more pairs that occur twice: the vocabulary is "
              + training.tokenizer().vocabSize()
              + " tokens instead of "
              + size
              + ".");
    }
    if (training.forgottenWords() > 0) {
      to.notice(
          "The tokenizer was trained without "
              + training.forgottenWords()
              + " words of the text: rare ones that the memory budget has no room for.");
    }
    return training.tokenizer();
  }

  static Dataset encode(
      Path ids,
      boolean reuse,
      Corpus corpus,
      Tokenizer tokenizer,
      double validationFraction,
      long seed,
      WorkerPool pool,
      RunControl control,
      TrainingWork.Listener to)
      throws IOException {
    double all = Math.max(1, corpus.bytes());
    to.phase(TrainingPhase.ENCODING, 0);
    return Dataset.onDisk(
        ids,
        reuse,
        corpus,
        tokenizer,
        validationFraction,
        seed,
        pool,
        control,
        bytes -> to.phase(TrainingPhase.ENCODING, Math.min(1, bytes / all)));
  }

  static ModelConfig shape(AppConfig.Hyperparameters h, int vocabSize) {
    return new ModelConfig(
        vocabSize,
        h.dModel(),
        h.nLayers(),
        h.nHeads(),
        h.nKvHeads(),
        h.dFf(),
        h.maxSeqLen(),
        h.ropeTheta(),
        ModelConfig.DEFAULT_NORM_EPS,
        NormType.of(h.norm()),
        h.tieEmbeddings());
  }

  static TrainOptions options(AppConfig config, List<String> samplePrompts) {
    AppConfig.Training t = config.training();
    return TrainOptions.of(t.batchSize(), config.hyperparameters().maxSeqLen(), t.learningRate(), 1)
        .with(
            o ->
                o.gradientAccumulation(t.gradientAccumulation())
                    .maxSteps(t.maxSteps())
                    .optimizer(OptimizerType.of(t.optimizer()))
                    .matrixLearningRate(t.matrixLearningRate())
                    .beta2(t.optimizer().equals("muon") ? 0.99f : 0.95f)
                    .minLearningRate(t.schedule().equals("wsd") ? 0 : t.learningRate() / 10)
                    .warmupSteps(t.warmupSteps())
                    .schedule(ScheduleType.of(t.schedule()))
                    .decayFraction(t.decayFraction())
                    .patience(t.earlyStopping())
                    .maxEpochs(t.maxEpochs())
                    .weightDecay(t.weightDecay())
                    .dropout(config.hyperparameters().dropout())
                    .evalInterval(t.evalInterval())
                    .checkpointInterval(t.checkpointInterval())
                    .evalTokens(EVAL_TOKENS)
                    .chunkSize(config.optimization().chunkSize())
                    .memorySaver(config.optimization().memorySaver())
                    .seed(t.seed())
                    .samplePrompts(samplePrompts.isEmpty() ? List.of("") : samplePrompts)
                    .sampleTokens(SAMPLE_TOKENS));
  }
}
