package org.minillm.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.ndarray.RandomGenerator;
import org.minillm.tokenizer.ParallelEncoder;
import org.minillm.tokenizer.Tokenizer;

/**
 * Token ids of a corpus, split into training and validation by document. Each part begins with the
 * end-of-text token and has one after every document, so the first token of a document is predicted
 * from the separator like every other.
 */
public final class Dataset implements AutoCloseable {
  /** More than any tokenizer of this app makes of prose, for the plan. */
  private static final double TOKENS_PER_BYTE = 0.4;

  private final TokenStore training;
  private final TokenStore validation;
  private final DatasetFiles.Index index;
  private final String fingerprint;
  private final int separator;
  private final int vocabSize;
  private final Optional<DatasetFiles> files;

  private Dataset(
      TokenStore training,
      TokenStore validation,
      DatasetFiles.Index index,
      String corpus,
      Tokenizer tokenizer,
      Optional<DatasetFiles> files) {
    this.training = training;
    this.validation = validation;
    this.index = index;
    this.files = files;
    separator = separatorOf(tokenizer);
    vocabSize = tokenizer.vocabSize();
    fingerprint = corpus + "/" + vocabSize + "/" + training.size() + "/" + validation.size();
  }

  /** Hears how far the encoding is, about every hundred documents. */
  @FunctionalInterface
  public interface Progress {
    /**
     * @param bytes of documents encoded so far
     */
    void onBytes(long bytes);
  }

  /** How a corpus is split; part of what a dataset is. */
  private record Split(double validationFraction, long seed) {}

  /**
   * Encodes a corpus into memory, on all threads of the pool; their number changes nothing. For
   * what ends soon; a run has its ids {@linkplain #onDisk on disk}.
   *
   * @param validationFraction share of the documents for validation, 0 for none; with two documents
   *     or more at least one
   * @param seed of the split
   * @throws BadInput if nothing is left to train on
   */
  public static Dataset build(
      Corpus corpus,
      Tokenizer tokenizer,
      double validationFraction,
      long seed,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    HeapTokens training = new HeapTokens(tokenizer.vocabSize());
    HeapTokens validation = new HeapTokens(tokenizer.vocabSize());
    Builder builder =
        new Builder(tokenizer, new Split(validationFraction, seed), pool, training, validation);
    DatasetFiles.Index index = builder.read(corpus, "", control, progress);
    return new Dataset(
        training, validation, index, corpus.fingerprint(), tokenizer, Optional.empty());
  }

  /**
   * The same with the ids in files, in bounded memory whatever the size of the corpus.
   *
   * @param directory made when missing; of a run {@link Checkpoint#tokens}
   * @param reuse whether files that an earlier start of the same run left are taken as they are,
   *     where corpus and split are the same; they are made again otherwise
   * @throws IOException if they cannot be written; nothing is left then
   */
  public static Dataset onDisk(
      Path directory,
      boolean reuse,
      Corpus corpus,
      Tokenizer tokenizer,
      double validationFraction,
      long seed,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    DatasetFiles files = new DatasetFiles(directory);
    Split split = new Split(validationFraction, seed);
    String source = corpus.fingerprint() + "/" + tokenizer.vocabSize() + "/" + split;
    int width = TokenFile.idBytes(tokenizer.vocabSize());
    Optional<DatasetFiles.Index> found = reuse ? files.find(source) : Optional.empty();
    DatasetFiles.Index index =
        found.isPresent()
            ? found.get()
            : files.write(
                width,
                (training, validation) ->
                    new Builder(tokenizer, split, pool, training, validation)
                        .read(corpus, source, control, progress));
    if (index.conversations()) {
      corpus.hadConversations();
    }
    FileTokens training = new FileTokens(files.training(), width, index.trainingTokens());
    FileTokens validation = new FileTokens(files.validation(), width, index.validationTokens());
    return new Dataset(
        training, validation, index, corpus.fingerprint(), tokenizer, Optional.of(files));
  }

  /**
   * The rule of the split: whether a document is for validation. The second one always is, so that
   * two documents suffice for both parts.
   *
   * @param document its number in the corpus, from 0
   * @param fraction share of the documents for validation, 0 for none
   */
  public static boolean validates(long document, double fraction, long seed) {
    return fraction > 0
        && (document == 1
            || (document > 1 && RandomGenerator.keyed(seed, document, 0).uniform() < fraction));
  }

  /** Training tokens, separators counted. */
  public long trainingTokens() {
    return training.size();
  }

  /** Validation tokens, separators counted; 0 where there is no validation. */
  public long validationTokens() {
    return validation.size() <= 1 ? 0 : validation.size();
  }

  public long trainingBytes() {
    return index.trainingBytes();
  }

  public long validationBytes() {
    return index.validationBytes();
  }

  public long documents() {
    return index.documents();
  }

  /** Ids of each file's documents, with the end-of-text token after each. */
  public List<Long> fileTokens() {
    return index.fileTokens();
  }

  /** The id between documents. */
  public int separator() {
    return separator;
  }

  /** Changes when files, split or tokenizer change. */
  public String fingerprint() {
    return fingerprint;
  }

  /** Bytes the ids take in memory. */
  public long memoryBytes() {
    return training.bytes() + validation.bytes();
  }

  /**
   * Bytes of memory the data of a run takes: the windows through which its files are read, and the
   * order of its sequences.
   *
   * @param textBytes size of the text
   */
  public static long memoryBytes(long textBytes, int contextLength) {
    long windows = 2L * FileTokens.WINDOW * Integer.BYTES + DocumentSpans.MOST * 64L;
    long sequences = (long) (textBytes * TOKENS_PER_BYTE) / contextLength;
    return textBytes == 0 ? 0 : windows + Integer.BYTES * sequences;
  }

  @Override
  public void close() throws IOException {
    for (TokenStore store : List.of(training, validation)) {
      if (store instanceof FileTokens file) {
        file.close();
      }
    }
  }

  /** Closes it and deletes its files: its run is done. */
  public void delete() throws IOException {
    close();
    if (files.isPresent()) {
      files.get().delete();
    }
  }

  /**
   * What is evaluated during a run: whole documents of the validation part.
   *
   * @param tokens a separator, then their ids with a separator after each; empty without validation
   * @param bytes UTF-8 bytes of the documents
   */
  record Sample(TokenStore tokens, long bytes) {}

  /**
   * Documents from all over the validation part, and so of every file: as many as have {@code most}
   * tokens, at least one. Always the same; only they are read.
   */
  Sample validationSample(long most) {
    HeapTokens sample = new HeapTokens(vocabSize);
    long bytes = 0;
    for (long[] span : DocumentSpans.spread(index.validationDocuments(), most)) {
      if (sample.size() == 0) {
        sample.add(separator);
      }
      int[] ids = new int[Math.toIntExact(span[1] - span[0])];
      validation.copy(span[0], ids, 0, ids.length);
      sample.addAll(ids);
      bytes += span[2];
    }
    return new Sample(sample, bytes);
  }

  /**
   * The training part as conversations.
   *
   * @throws BadInput if it holds no answer
   */
  ConversationBatches trainingConversations(AnswerMask mask, int contextLength, long seed) {
    ConversationBatches batches =
        new ConversationBatches(training, training.size(), separator, mask, contextLength, seed);
    if (batches.windows() == 0) {
      throw new BadInput(
          "conversations", "hold no answer of the assistant to learn from; give other data");
    }
    return batches;
  }

  /**
   * The conversations that are evaluated during a run; empty where none holds an answer.
   *
   * @param contextLength the longest window, that of the training
   * @param most tokens, as {@link #validationSample}
   */
  Optional<ConversationBatches> validationConversations(
      AnswerMask mask, int contextLength, long most) {
    TokenStore sample = validationSample(most).tokens();
    ConversationBatches batches =
        new ConversationBatches(sample, sample.size(), separator, mask, contextLength, 0);
    return batches.windows() == 0 ? Optional.empty() : Optional.of(batches);
  }

  TokenStore training() {
    return training;
  }

  TokenStore validation() {
    return validation;
  }

  /**
   * The id that stands between documents: end of text, or what begins one in llama2.c's models.
   *
   * @throws BadInput if the tokenizer has neither
   */
  static int separatorOf(Tokenizer tokenizer) {
    OptionalInt id = tokenizer.kind().equals("llama2.c") ? tokenizer.bosId() : tokenizer.eosId();
    return id.orElseGet(
        () ->
            tokenizer
                .bosId()
                .orElseThrow(
                    () ->
                        new BadInput(
                            "tokenizer", "has no end-of-text token to put between documents")));
  }

  /**
   * Appends a document and the separator, now or when the encoder has a batch together; then tells
   * the document's UTF-8 bytes.
   */
  static void append(
      TokenSink store,
      Corpus.Document document,
      ParallelEncoder encoder,
      int separator,
      LongConsumer appended) {
    if (store.size() == 0) {
      store.add(separator);
    }
    encoder.add(
        document.text(),
        document.chat(),
        (ids, last) -> {
          store.addAll(ids);
          if (last) {
            store.add(separator);
            appended.accept(document.bytes());
          }
        });
  }

  private static final class Builder {
    private final ParallelEncoder encoder;
    private final Split split;
    private final int width;
    private final int separator;
    private final TokenSink training;
    private final TokenSink validation;
    private final DocumentSpans validationDocuments = new DocumentSpans();
    private long trainingBytes;
    private long validationBytes;
    private long documents;
    private boolean conversations;

    /** Ids of each file, and how many of each part are counted in them; the first stands alone. */
    private long[] fileTokens = {};

    private long trainingCounted = 1;
    private long validationCounted = 1;

    Builder(
        Tokenizer tokenizer,
        Split split,
        WorkerPool pool,
        TokenSink training,
        TokenSink validation) {
      encoder = new ParallelEncoder(tokenizer, pool);
      this.split = split;
      width = TokenFile.idBytes(tokenizer.vocabSize());
      separator = separatorOf(tokenizer);
      this.training = training;
      this.validation = validation;
    }

    DatasetFiles.Index read(Corpus corpus, String source, RunControl control, Progress progress)
        throws IOException {
      fileTokens = new long[corpus.files().size()];
      for (int i = 0; i < fileTokens.length; i++) {
        int file = i;
        corpus.forEachToEncode(
            corpus.files().get(i),
            document -> {
              if (documents % 100 == 0) {
                control.check();
                progress.onBytes(trainingBytes + validationBytes);
              }
              add(document, file);
            });
      }
      encoder.finish();
      if (training.size() < 3) {
        throw new BadInput(
            "corpus " + corpus.paths(),
            "has only " + Math.max(0, training.size() - 1) + " tokens to train on; give more text");
      }
      return new DatasetFiles.Index(
          source,
          width,
          training.size(),
          validation.size(),
          0,
          0,
          trainingBytes,
          validationBytes,
          documents,
          validationDocuments.kept(),
          Arrays.stream(fileTokens).boxed().toList(),
          conversations);
    }

    private void add(Corpus.Document document, int file) {
      boolean forValidation = validates(documents, split.validationFraction, split.seed);
      documents++;
      conversations |= document.chat();
      if (forValidation) {
        append(
            validation,
            document,
            encoder,
            separator,
            bytes -> {
              validationDocuments.add(validationCounted, validation.size(), bytes);
              validationBytes += bytes;
              fileTokens[file] += validation.size() - validationCounted;
              validationCounted = validation.size();
            });
      } else {
        append(
            training,
            document,
            encoder,
            separator,
            bytes -> {
              trainingBytes += bytes;
              fileTokens[file] += training.size() - trainingCounted;
              trainingCounted = training.size();
            });
      }
    }
  }
}
