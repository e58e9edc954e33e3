package org.minillm.app;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.minillm.base.RunControl;
import org.minillm.train.CorpusSummary;

/**
 * One training as the service sees it: everything that reads text, allocates and computes is behind
 * it. All methods but {@link #abandon}, {@link #allocated}, {@link #bytesToRestore} and {@link
 * #live} are called on the job's thread.
 */
interface TrainingWork {
  /** What the service hears while it works, on the job's thread. */
  interface Listener {
    /** A phase began or got on; {@code fraction} 0 to 1, or NaN. */
    void phase(TrainingPhase phase, double fraction);

    /** What the files hold: once they were read, and again when their tokens were counted. */
    default void data(CorpusSummary summary) {}

    /** Something the user should know. */
    void notice(String text);

    /** A point of the run; {@code sample} is empty where none was written. */
    void point(MetricsPoint point, String sample);

    /** Steps planned, passes over the corpus, seconds left (-1 unknown). */
    void progress(long totalSteps, double epoch, long etaSeconds);

    /**
     * The boundary of a step: buffers may be freed and restored here, and it may sleep.
     *
     * @return false to save and end
     */
    boolean boundary();
  }

  /** Reads the text, makes or reads the tokenizer, allocates. */
  void prepare(RunControl control, Listener listener) throws IOException;

  /** Trains until the end or until a boundary says no, then saves. */
  void train(RunControl control, Listener listener) throws IOException;

  /**
   * Halves the micro-batch, with twice the accumulation, and when it is 1 computes activations
   * again instead of keeping them; what was done in words, empty when nothing is left to do.
   */
  String shrink();

  /** Saves a checkpoint and frees activations, gradients and optimiser. */
  void saveAndRelease() throws IOException;

  /** Frees the weights, too; after {@link #saveAndRelease}. */
  void releaseWeights();

  /** Allocates and reads back what was freed. */
  void restore() throws IOException;

  /** Lets the training end without saving; may be called from any thread. */
  default void abandon() {}

  /** What is allocated now, by item; may be called from any thread. */
  List<MemoryPlan.Line> allocated();

  /** Bytes {@link #restore} will allocate. */
  long bytesToRestore();

  /** Sequences computed together. */
  int microBatch();

  /** Number of weights, 0 before they exist. */
  long parameters();

  /** Size of the vocabulary, 0 before it exists. */
  int vocabSize();

  /** The model, to chat with; empty before it exists and while its weights are released. */
  Optional<ChatModel> live();

  /** Writes an event into the run's log. */
  void logEvent(String event) throws IOException;
}
