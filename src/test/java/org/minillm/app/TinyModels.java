package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelCard;
import org.minillm.model.ModelConfig;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.SimpleTokenizer;
import org.minillm.tokenizer.Tokenizer;

/** Fresh models that are small enough for tests. */
final class TinyModels {
  private TinyModels() {}

  static LoadedModel fresh(String name, long seed) {
    Tokenizer tokenizer = new SimpleTokenizer();
    ModelConfig shape = ModelConfig.of(tokenizer.vocabSize(), 16, 1, 2, 32, 64);
    return new LoadedModel(
        Transformer.initialise(shape, seed, WorkerPool.shared()),
        tokenizer,
        Optional.empty(),
        ModelCard.named(name),
        Path.of(name));
  }
}
