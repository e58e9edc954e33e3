package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.model.ModelConfig;
import org.minillm.tokenizer.ChatTemplate;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.Corpus;
import org.minillm.train.FineTuning;
import org.minillm.train.OptimizerType;

/** The model a fine-tuning begins from; only read. */
final class FineTuningBase {
  private FineTuningBase() {}

  /**
   * The base in float32.
   *
   * @throws BadInput if what is trained from it could not be saved, or lacks what chat needs
   */
  static LoadedModel load(FineTuning tuning, WorkerPool pool) throws IOException {
    LoadedModel base = ModelFiles.loadFloats(Path.of(tuning.base()), pool, MemoryBudget.ofHeap());
    if (base.tokenizer().kind().equals("llama2.c")) {
      throw new BadInput(
          tuning.base(),
          "has a SentencePiece tokenizer, which this app reads but cannot write as"
              + " tokenizer.json; a model fine-tuned from it could not be saved");
    }
    return base;
  }

  /**
   * The template conversations are written with: the base's own where it is ChatML, for answers are
   * told apart by its markers; else ChatML.
   *
   * @param ofBase the base's
   */
  static ChatTemplate template(Optional<ChatTemplate> ofBase) {
    return ofBase.filter(ChatTemplate::isChatml).orElse(ChatTemplate.chatml());
  }

  /** The configuration with what the base decides: the longest context; AdamW for adapters. */
  static AppConfig config(AppConfig config, FineTuning tuning, ModelConfig base) {
    AppConfig.Hyperparameters h = config.hyperparameters();
    AppConfig within =
        config.withHyperparameters(h.withMaxSeqLen(Math.min(h.maxSeqLen(), base.contextLength())));
    return tuning.loraRank() == 0
        ? within
        : within.withTraining(within.training().withOptimizer(OptimizerType.ADAMW.key()));
  }

  /** The corpus as a fine-tuning reads it. */
  static Corpus corpus(Corpus corpus, FineTuning tuning, Optional<ChatTemplate> ofBase) {
    Corpus written = corpus.withTemplate(template(ofBase));
    return tuning.answersOnly() ? written.withConversationsOnly() : written;
  }

  /** The template of the result: empty where it cannot chat. */
  static Optional<ChatTemplate> resulting(
      Optional<ChatTemplate> ofBase, Corpus corpus, Tokenizer tokenizer) {
    Optional<ChatTemplate> taught =
        corpus.hasConversations() ? Optional.of(template(ofBase)) : Optional.empty();
    return taught
        .filter(t -> t.supports(tokenizer))
        .or(() -> ofBase)
        .filter(t -> t.supports(tokenizer));
  }
}
