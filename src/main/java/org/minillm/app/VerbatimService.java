package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import org.minillm.app.verbatim.CorpusIndex;
import org.minillm.base.ComputeGate;
import org.minillm.base.RunControl;
import org.minillm.train.Checkpoint;

/**
 * The memorisation meter: what of an answer stands word for word in the data that a model was
 * trained on. The words of the data are indexed at the first question, beside the run; again when
 * the data have changed. On a thread of its own; what is asked for last takes the place of what was
 * asked before. Methods may be called from any thread and return at once.
 */
public final class VerbatimService implements AutoCloseable, GuardedWork {
  private final LatestJob jobs;
  private final Function<List<Path>, Path> cache;

  /**
   * @param cache where the index of files is kept when it cannot be kept beside the run
   */
  VerbatimService(ComputeGate gate, Function<List<Path>, Path> cache) {
    this.jobs = new LatestJob("minillm-verbatim", gate);
    this.cache = cache;
  }

  /**
   * Looks an answer up.
   *
   * @param model a directory or file
   * @param progress hears the share of the indexing that is done, on the thread that works; nothing
   *     where there is an index
   * @return fails with a {@link CancellationException} after {@link #cancel}
   */
  public CompletableFuture<VerbatimLookup> look(
      Path model, String answer, DoubleConsumer progress) {
    return jobs.ask(
        "looking an answer up in the data",
        context -> look(model, answer, CorpusIndex.TELLING, context.control(), progress));
  }

  /**
   * The same on the calling thread, for runs of so many words and more.
   *
   * @param minWords {@link CorpusIndex#SHORTEST} at least
   */
  public VerbatimLookup look(
      Path model, String answer, int minWords, RunControl control, DoubleConsumer progress)
      throws IOException {
    TrainingData data = TrainingData.of(model);
    if (data.files().isEmpty()) {
      return new VerbatimLookup(data, false, Optional.empty());
    }
    boolean writable =
        Checkpoint.locate(model).map(Path::getParent).map(Files::isWritable).orElse(false);
    Path directory = writable ? Checkpoint.words(model) : cache.apply(data.files());
    try (CorpusIndex index = CorpusIndex.of(data.files(), directory, control, progress)) {
      return new VerbatimLookup(
          data,
          data.changed(index.fingerprint()),
          Optional.of(index.find(answer, minWords, control)));
    }
  }

  /** Ends what is under way; a half-made index goes. */
  public void cancel() {
    jobs.cancel();
  }

  @Override
  public void close() {
    jobs.close();
  }

  @Override
  public CompletableFuture<String> trim() {
    return CompletableFuture.completedFuture("");
  }

  /** A search is ended, not paused: it is quickly made again. */
  @Override
  public CompletableFuture<String> saveAndPause() {
    cancel();
    return CompletableFuture.completedFuture("");
  }

  @Override
  public CompletableFuture<String> release() {
    cancel();
    return CompletableFuture.completedFuture("");
  }

  @Override
  public long bytesToResume() {
    return 0;
  }

  @Override
  public CompletableFuture<String> resumePaused() {
    return CompletableFuture.completedFuture("");
  }
}
