package org.minillm.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
public final class Dataset {
  private final TokenStore training;
  private final TokenStore validation;
  private final List<long[]> validationEnds;
  private final long trainingBytes;
  private final long validationBytes;
  private final long documents;
  private final String fingerprint;
  private final int separator;

  private Dataset(Builder b, String fingerprint) {
    training = b.training;
    validation = b.validation;
    validationEnds = b.validationEnds;
    trainingBytes = b.trainingBytes;
    validationBytes = b.validationBytes;
    documents = b.documents;
    separator = b.separator;
    this.fingerprint = fingerprint;
  }

  /** Hears how far the encoding is, about every hundred documents. */
  @FunctionalInterface
  public interface Progress {
    /**
     * @param bytes of documents encoded so far
     */
    void onBytes(long bytes);
  }

  /**
   * Encodes a corpus, on all threads of the pool; their number changes nothing.
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
    Builder builder = new Builder(tokenizer, validationFraction, seed, pool);
    corpus.forEachDocument(
        document -> {
          if (builder.documents % 100 == 0) {
            control.check();
            progress.onBytes(builder.trainingBytes + builder.validationBytes);
          }
          builder.add(document);
        });
    builder.encoder.finish();
    if (builder.training.size() < 3) {
      throw new BadInput(
          "corpus " + corpus.paths(),
          "has only "
              + Math.max(0, builder.training.size() - 1)
              + " tokens to train on; give more text");
    }
    return new Dataset(
        builder,
        corpus.fingerprint()
            + "/"
            + tokenizer.vocabSize()
            + "/"
            + builder.training.size()
            + "/"
            + builder.validation.size());
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
    return trainingBytes;
  }

  public long validationBytes() {
    return validationBytes;
  }

  public long documents() {
    return documents;
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
   * The beginning of the validation part that is evaluated during a run: whole documents.
   *
   * @param tokens ids, separators counted
   * @param bytes UTF-8 bytes of its documents
   */
  record Prefix(long tokens, long bytes) {}

  /** As many whole documents as have {@code most} tokens, at least one. */
  Prefix validationPrefix(long most) {
    long tokens = 1;
    long bytes = 0;
    for (int i = 0; i < validationEnds.size(); i++) {
      if (bytes > 0 && validationEnds.get(i)[0] > most) {
        break;
      }
      tokens = validationEnds.get(i)[0];
      bytes = validationEnds.get(i)[1];
    }
    return new Prefix(tokens, bytes);
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
      TokenStore store,
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
    private static final int MOST_ENDS = 4096;

    private final ParallelEncoder encoder;
    private final double fraction;
    private final long seed;
    private final int separator;
    private final TokenStore training;
    private final TokenStore validation;

    /** Tokens and bytes until the end of each of the first validation documents. */
    private final List<long[]> validationEnds = new ArrayList<>();

    private long trainingBytes;
    private long validationBytes;
    private long documents;

    Builder(Tokenizer tokenizer, double fraction, long seed, WorkerPool pool) {
      encoder = new ParallelEncoder(tokenizer, pool);
      this.fraction = fraction;
      this.seed = seed;
      separator = separatorOf(tokenizer);
      training = new TokenStore(tokenizer.vocabSize());
      validation = new TokenStore(tokenizer.vocabSize());
    }

    void add(Corpus.Document document) {
      boolean forValidation = validates(documents, fraction, seed);
      documents++;
      if (forValidation) {
        append(
            validation,
            document,
            encoder,
            separator,
            bytes -> {
              validationBytes += bytes;
              if (validationEnds.size() < MOST_ENDS) {
                validationEnds.add(new long[] {validation.size(), validationBytes});
              }
            });
      } else {
        append(training, document, encoder, separator, bytes -> trainingBytes += bytes);
      }
    }
  }
}
