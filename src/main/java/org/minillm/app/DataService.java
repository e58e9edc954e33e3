package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import org.minillm.app.verbatim.CorpusIndex;
import org.minillm.app.verbatim.VerbatimReport;
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
   * What of a text stands word for word in files: the memorisation meter. Their words are indexed
   * in the cache directory at the first question, and again when the files have changed. Not for
   * the UI thread.
   *
   * @param paths files, and folders of them
   * @param minWords shortest run that counts, {@link CorpusIndex#SHORTEST} at least
   * @param progress hears the share of the indexing that is done
   */
  public VerbatimReport verbatim(
      List<Path> paths, String text, int minWords, RunControl control, DoubleConsumer progress)
      throws IOException {
    try (CorpusIndex index = CorpusIndex.of(paths, app.corpusIndex(paths), control, progress)) {
      return index.find(text, minWords, control);
    }
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
