package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.minillm.app.verbatim.CorpusIndex;
import org.minillm.base.ComputeGate;
import org.minillm.base.RunControl;
import org.minillm.train.Checkpoint;

/**
 * The memorisation meter: what of an answer stands word for word in the data that a model was
 * trained on. The words of the data are indexed at the first question, beside the run; again when
 * the data have changed. On a thread of its own; whoever asks for the data of a model that are
 * being indexed waits for the same index, a question about another model takes its place. Methods
 * may be called from any thread and return at once.
 */
public final class VerbatimService implements VerbatimQuestions, AutoCloseable, GuardedWork {
  private record Question(
      String answer, DoubleConsumer progress, CompletableFuture<VerbatimLookup> found) {}

  /** What is asked of the data of one model; guarded by the service as long as it is open. */
  private static final class Round {
    private final Path model;
    private final List<Question> questions = new ArrayList<>();
    private double share = Double.NaN;

    Round(Path model) {
      this.model = model;
    }
  }

  /** A model's data with their index, where there are any. */
  private record Indexed(TrainingData data, Optional<CorpusIndex> index) implements AutoCloseable {
    VerbatimLookup look(String answer, int minWords, RunControl control) throws IOException {
      if (index.isEmpty()) {
        return new VerbatimLookup(data, false, Optional.empty());
      }
      CorpusIndex words = index.get();
      return new VerbatimLookup(
          data,
          data.changed(words.fingerprint()),
          Optional.of(words.find(answer, minWords, control)));
    }

    @Override
    public void close() throws IOException {
      if (index.isPresent()) {
        index.get().close();
      }
    }
  }

  private final LatestJob jobs;
  private final Function<List<Path>, Path> cache;

  /** What is being indexed or about to be, as long as it takes questions; guarded by this. */
  private @Nullable Round open;

  /**
   * @param cache where the index of files is kept when it cannot be kept beside the run
   */
  VerbatimService(ComputeGate gate, Function<List<Path>, Path> cache) {
    this.jobs = new LatestJob("minillm-verbatim", gate);
    this.cache = cache;
  }

  @Override
  public synchronized CompletableFuture<VerbatimLookup> look(
      Path model, String answer, DoubleConsumer progress) {
    Question question = new Question(answer, progress, new CompletableFuture<>());
    Round round = open;
    if (round != null && round.model.equals(model)) {
      round.questions.add(question);
      if (!Double.isNaN(round.share)) {
        progress.accept(round.share);
      }
      return question.found();
    }
    Round fresh = new Round(model);
    fresh.questions.add(question);
    open = fresh;
    var unused =
        jobs.ask(
                "looking an answer up in the data",
                context -> {
                  answerAll(fresh, context.control());
                  return fresh;
                })
            .whenComplete((done, problem) -> end(fresh, problem));
    return question.found();
  }

  private void answerAll(Round round, RunControl control) throws IOException {
    try (Indexed data = indexed(round.model, control, share -> tell(round, share))) {
      close(round);
      for (Question question : round.questions) {
        question.found().complete(data.look(question.answer(), CorpusIndex.TELLING, control));
      }
    }
  }

  /** The index is there: who asks from now on sees the data as they are then. */
  private synchronized void close(Round round) {
    if (open == round) {
      open = null;
    }
  }

  private void tell(Round round, double share) {
    List<Question> asked;
    synchronized (this) {
      round.share = share;
      asked = List.copyOf(round.questions);
    }
    asked.forEach(question -> question.progress().accept(share));
  }

  /** What has no answer when a round fails was asked in vain. */
  private void end(Round round, @Nullable Throwable problem) {
    close(round);
    if (problem != null) {
      round.questions.forEach(question -> question.found().completeExceptionally(problem));
    }
  }

  /**
   * The same on the calling thread, for runs of so many words and more.
   *
   * @param minWords {@link CorpusIndex#SHORTEST} at least
   */
  public VerbatimLookup look(
      Path model, String answer, int minWords, RunControl control, DoubleConsumer progress)
      throws IOException {
    try (Indexed data = indexed(model, control, progress)) {
      return data.look(answer, minWords, control);
    }
  }

  private Indexed indexed(Path model, RunControl control, DoubleConsumer progress)
      throws IOException {
    TrainingData data = TrainingData.of(model);
    if (data.files().isEmpty()) {
      return new Indexed(data, Optional.empty());
    }
    boolean writable =
        Checkpoint.locate(model).map(Path::getParent).map(Files::isWritable).orElse(false);
    Path directory = writable ? Checkpoint.words(model) : cache.apply(data.files());
    return new Indexed(
        data, Optional.of(CorpusIndex.of(data.files(), directory, control, progress)));
  }

  @Override
  public void cancel() {
    synchronized (this) {
      open = null;
    }
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
