package org.minillm.tokenizer;

import java.io.IOException;
import java.util.List;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;

/** Learns a byte-level BPE vocabulary. */
public final class BpeTrainer {
  /** The specials of a chat-capable tokenizer, in the order of their ids 0, 1, 2. */
  public static final List<String> SPECIALS =
      List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

  /** What a training does now. */
  public enum Stage {
    /** Reading documents; done = documents so far, total unknown (-1). */
    COUNTING,
    /** Merging pairs; done and total = vocabulary size. */
    MERGING
  }

  /** Hears how far a training is, on the training thread, at most some hundred times in all. */
  @FunctionalInterface
  public interface Progress {
    /** Hears nothing. */
    Progress NONE = (stage, done, total) -> {};

    void at(Stage stage, long done, long total);
  }

  private BpeTrainer() {}

  /** As {@link #trainAndReport}, for who wants the tokenizer alone. */
  public static BpeTokenizer train(
      DocumentSource documents,
      int vocabSize,
      List<String> specials,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    return trainAndReport(documents, vocabSize, specials, pool, control, progress).tokenizer();
  }

  /** Trains a vocabulary and says whether the corpus ran out of merges. */
  public static BpeTraining trainAndReport(
      DocumentSource documents,
      int vocabSize,
      List<String> specials,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    throw new UnsupportedOperationException("being written");
  }
}
