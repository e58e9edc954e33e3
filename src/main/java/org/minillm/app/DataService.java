package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.minillm.base.RunControl;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.Corpus;
import org.minillm.train.CorpusSummary;

/** What files and folders hold, before anything is trained on them. */
public final class DataService {
  private final MiniLlmApp app;

  DataService(MiniLlmApp app) {
    this.app = app;
  }

  /**
   * Reads files and folders once: formats, encodings, languages, documents, tokens. Not for the UI
   * thread.
   *
   * @param tokenizer counts the tokens; without one they are estimated for the configuration's
   *     vocabulary
   */
  public CorpusSummary summary(List<Path> paths, Optional<Path> tokenizer, RunControl control)
      throws IOException {
    Corpus corpus = Corpus.open(paths);
    if (tokenizer.isPresent()) {
      Tokenizer read = app.models().openTokenizer(tokenizer);
      CorpusSummary summary = CorpusSummary.of(corpus, read.vocabSize(), control);
      return summary.withTokens(CorpusSummary.countTokens(corpus, read, app.pool(), control));
    }
    return CorpusSummary.of(corpus, app.config().hyperparameters().vocabSize(), control);
  }
}
