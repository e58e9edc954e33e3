package org.minillm.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;

/**
 * Learns a byte-level BPE vocabulary: counts the corpus' words, then merges the most frequent pair
 * of neighbours again and again. Gives the same merges as Hugging Face's tokenizers.
 */
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

  /** A pair that occurs less often is not merged. */
  public static final int MIN_FREQUENCY = 2;

  /** Largest vocabulary, in ids. */
  public static final int MAX_VOCAB = 1 << 18;

  /** Bytes that a training takes at most where its caller says nothing else. */
  public static final long DEFAULT_MEMORY = 128 * MemoryBudget.MB;

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
    return trainAndReport(documents, vocabSize, specials, DEFAULT_MEMORY, pool, control, progress)
        .tokenizer();
  }

  /**
   * Trains a vocabulary: the specials get the ids from 0, then come the 256 bytes, then a token for
   * each merge. Stops early when no pair is left that occurs {@link #MIN_FREQUENCY} times. The
   * corpus is read once and never held; memory grows with the number of different words. When they
   * need more than {@code memoryBytes} the rarest are forgotten, as word2vec does it, and the
   * result says how many; whether and which does not depend on the number of threads.
   *
   * @param vocabSize ids wanted, at least specials + 256
   * @param specials names of the control tokens; the first is BOS and EOS
   * @param memoryBytes bytes that the different words and their pairs may take, about
   * @throws MiniLlmException.BadConfig if vocabSize is too small or a special is too short or
   *     doubled
   * @throws MiniLlmException.BadInput if the corpus is empty
   */
  public static BpeTraining trainAndReport(
      DocumentSource documents,
      int vocabSize,
      List<String> specials,
      long memoryBytes,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    checkArguments(vocabSize, specials);
    Counting counting = new Counting(memoryBytes, pool, control, progress);
    documents.forEach(counting::add);
    WordCounts counts = counting.finish();
    if (counts.words().size() == 0) {
      throw new MiniLlmException.BadInput(
          "corpus", "it holds no text; a vocabulary needs some to learn from");
    }
    BpeTokenizer tokenizer = learn(counts, vocabSize, specials, control, progress);
    return new BpeTraining(
        tokenizer,
        vocabSize,
        counting.documents,
        counts.bytes(),
        counts.words().size(),
        counting.forgotten);
  }

  private static void checkArguments(int vocabSize, List<String> specials) {
    Set<String> names = new HashSet<>();
    for (String special : specials) {
      // A special of one byte would be the same token as that byte.
      if (special.length() < 2 || special.length() > 64 || !names.add(special)) {
        throw new MiniLlmException.BadConfig(
            "tokenizer.special_tokens",
            "\"" + special + "\"",
            "different names of 2 to 64 characters");
      }
    }
    int least = specials.size() + 256;
    if (vocabSize < least || vocabSize > MAX_VOCAB) {
      throw new MiniLlmException.BadConfig(
          "hyperparameters.vocab_size",
          Integer.toString(vocabSize),
          least + " (256 bytes and " + specials.size() + " special tokens) to " + MAX_VOCAB);
    }
  }

  private static BpeTokenizer learn(
      WordCounts counts,
      int vocabSize,
      List<String> specials,
      RunControl control,
      Progress progress) {
    ByteStrings tokens = new ByteStrings(vocabSize);
    List<AddedTokens.Token> added = new ArrayList<>();
    for (String special : specials) {
      byte[] bytes = special.getBytes(StandardCharsets.UTF_8);
      added.add(new AddedTokens.Token(tokens.add(bytes, 0, bytes.length), special, true));
    }
    int[] idOfByte = new int[256];
    for (int i = 0; i < 256; i++) {
      int value = ByteLevel.alphabet(i);
      idOfByte[value] = tokens.add(new byte[] {(byte) value}, 0, 1);
    }
    IntList left = new IntList(vocabSize);
    IntList right = new IntList(vocabSize);
    IntList merged = new IntList(vocabSize);
    PairMerges pairs = new PairMerges(counts, idOfByte, MIN_FREQUENCY);
    while (tokens.size() < vocabSize) {
      if (merged.size() % 64 == 0) {
        control.check();
        progress.at(Stage.MERGING, tokens.size(), vocabSize);
      }
      int pair = pairs.takeBest();
      if (pair < 0) {
        break;
      }
      byte[] first = tokens.get(pairs.left(pair));
      byte[] second = tokens.get(pairs.right(pair));
      byte[] joined = Arrays.copyOf(first, first.length + second.length);
      System.arraycopy(second, 0, joined, first.length, second.length);
      // The same token may come from two pairs ("aa"+"a", "a"+"aa"): one id, two merges.
      int id = tokens.add(joined, 0, joined.length);
      if (id < specials.size()) {
        continue; // ordinary text must never become a special token
      }
      left.add(pairs.left(pair));
      right.add(pairs.right(pair));
      merged.add(id);
      pairs.merge(pair, id);
    }
    progress.at(Stage.MERGING, tokens.size(), vocabSize);
    byte[][] bytes = new byte[tokens.size()][];
    for (int id = 0; id < bytes.length; id++) {
      bytes[id] = tokens.get(id);
    }
    OptionalInt boundary = specials.isEmpty() ? OptionalInt.empty() : OptionalInt.of(0);
    return new BpeTokenizer(
        bytes, left.toArray(), right.toArray(), merged.toArray(), added, boundary, boundary);
  }

  /**
   * Counts words on all compute threads, a batch of documents at a time: each thread in a table of
   * its own that stays in its cache, then all into the corpus' table, so that this has the same
   * words for any number of threads.
   */
  private static final class Counting {
    private static final int BATCH_CHARS = 1 << 18;

    private final long memoryBytes;
    private final WorkerPool pool;
    private final RunControl control;
    private final Progress progress;
    private final WordCounts all = new WordCounts();
    private final WordCounts[] counts;
    private final List<String> batch = new ArrayList<>();
    private int batchChars;
    long documents;
    long forgotten;

    Counting(long memoryBytes, WorkerPool pool, RunControl control, Progress progress) {
      this.memoryBytes = memoryBytes;
      this.pool = pool;
      this.control = control;
      this.progress = progress;
      counts = new WordCounts[pool.threads()];
      Arrays.setAll(counts, i -> new WordCounts());
    }

    void add(String document) {
      documents++;
      batch.add(document);
      batchChars += document.length();
      if (batchChars >= BATCH_CHARS) {
        countBatch();
      }
    }

    private void countBatch() {
      control.check();
      AtomicInteger next = new AtomicInteger();
      pool.run(
          counts.length,
          part -> {
            int i;
            while ((i = next.getAndIncrement()) < batch.size()) {
              counts[part].addDocument(batch.get(i));
            }
          });
      batch.clear();
      batchChars = 0;
      for (WordCounts some : counts) {
        all.addAll(some);
        some.clear();
      }
      if (all.memory() > memoryBytes) {
        forgotten += all.forgetRarest(memoryBytes / 2); // not again after the next batch
      }
      progress.at(Stage.COUNTING, documents, -1);
    }

    WordCounts finish() {
      countBatch();
      return all;
    }
  }
}
