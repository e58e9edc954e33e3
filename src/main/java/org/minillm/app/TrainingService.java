package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Trains models on files, one at a time, on the job thread. All methods may be called from any
 * thread and return at once, but for those that say otherwise.
 */
public final class TrainingService {
  TrainingService() {}

  /** What this training would take; reads nothing but the sizes of the files. */
  public MemoryPlan plan(TrainingRequest request) {
    throw new UnsupportedOperationException();
  }

  /**
   * Starts a training.
   *
   * @throws org.minillm.base.MiniLlmException.OutOfBudget when the plan does not fit and the
   *     request does not say "anyway"
   * @throws org.minillm.base.MiniLlmException.Busy while a job runs, or when another process uses
   *     the directory
   * @throws org.minillm.base.MiniLlmException.BadInput for files that are missing or no text
   */
  public void start(TrainingRequest request) {
    throw new UnsupportedOperationException();
  }

  /** Goes on with an interrupted run from its last checkpoint; throws as {@link #start}. */
  public void resumeRun(Path dir, FrontEnd frontEnd, boolean anyway) throws IOException {
    throw new UnsupportedOperationException();
  }

  /**
   * Interrupted runs in the model directory, newest first. Reads small files: not for the UI
   * thread.
   */
  public List<ResumableRun> resumableRuns() {
    return List.of();
  }

  /** Pauses at the next step's boundary; the memory stays. */
  public void pause() {}

  /** Goes on after a pause, also the guard's ("start anyway"). */
  public void resume() {}

  /** Ends the run after saving a checkpoint and the model: it can be resumed later. */
  public void stop() {}

  /** Where the running or last training stands; empty before the first. */
  public Optional<TrainingSnapshot> snapshot() {
    return Optional.empty();
  }

  /** The run's points so far, thinned to at most {@code maxPoints}; oldest first. */
  public List<MetricsPoint> history(int maxPoints) {
    return List.of();
  }

  /** Points of a run on disk ({@code metrics.jsonl}). Reads a file: not for the UI thread. */
  public List<MetricsPoint> history(Path dir, int maxPoints) throws IOException {
    return List.of();
  }

  /**
   * Whether there is a model in training that {@link ChatService#talkToTrainingModel} could use.
   */
  public boolean hasLiveModel() {
    return false;
  }

  public Subscription listen(TrainingListener listener) {
    return () -> {};
  }
}
