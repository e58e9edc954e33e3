package org.minillm.app;

import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleConsumer;

/** Looks answers up in the data of the model that gave them. */
public interface VerbatimQuestions {
  /**
   * Looks an answer up.
   *
   * @param model a directory or file
   * @param progress hears the share of the indexing that is done, on the thread that works; nothing
   *     where there is an index
   * @return fails with a {@link CancellationException} after {@link #cancel}, and where a question
   *     about another model took its place
   */
  CompletableFuture<VerbatimLookup> look(Path model, String answer, DoubleConsumer progress);

  /** Ends what is under way; a half-made index goes. */
  void cancel();
}
