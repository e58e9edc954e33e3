package org.minillm.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.ModelConfig;
import org.minillm.model.TrainingPass;
import org.minillm.model.Transformer;
import org.minillm.tokenizer.ParallelEncoder;
import org.minillm.tokenizer.Tokenizer;

/**
 * Loss and bits per byte, defined once for everything: documents joined by the end-of-text token,
 * whose loss counts; the first document begins after one, too. Windows of the context length, each
 * starting at the last target of the one before; the last may be shorter. Bits per byte = summed
 * loss in bits / UTF-8 bytes of the documents without their separator lines.
 */
public final class Evaluator {
  private static final double LN2 = Math.log(2);

  private Evaluator() {}

  /** Hears how far an evaluation is, on its thread, at each document and window. */
  @FunctionalInterface
  public interface Progress {
    /** Hears nothing. */
    Progress NONE = (encoding, share) -> {};

    /**
     * @param encoding whether the text becomes ids; the model reads them afterwards
     * @param share of that, 0 to 1
     */
    void at(boolean encoding, double share);
  }

  /**
   * Evaluates a model on files of any size: their ids are on the disk meanwhile.
   *
   * @param ids file that is written, read and deleted
   * @param chunkSize keys a chunk of attention
   * @param pool encodes the text
   */
  public static EvalResult evaluate(
      Transformer model,
      Tokenizer tokenizer,
      Corpus corpus,
      Path ids,
      int chunkSize,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    long[] bytes = {0};
    LongConsumer encoded = encoded(corpus, progress);
    try (FileTokens tokens =
        encode(
            corpus,
            tokenizer,
            ids,
            pool,
            control,
            read -> {
              bytes[0] += read;
              encoded.accept(read);
            })) {
      if (tokens.size() < 2) {
        throw new BadInput("corpus " + corpus.paths(), "holds no text to evaluate");
      }
      int time = (int) Math.min(model.config().contextLength(), tokens.size() - 1);
      TrainingPass pass = new TrainingPass(model, 1, time, chunkSize, true);
      return evaluate(pass, tokens, tokens.size(), bytes[0], time, control, progress);
    } finally {
      Files.deleteIfExists(ids);
    }
  }

  /**
   * Evaluates a model on the answers of conversations: what a chat partner has to say by itself.
   *
   * @param corpus of nothing but conversations, written by the model's own ChatML
   * @param ids file that is written, read and deleted
   * @throws BadInput if the tokenizer lacks ChatML's markers, or there is no answer
   */
  public static EvalResult evaluateAnswers(
      Transformer model,
      Tokenizer tokenizer,
      Corpus corpus,
      Path ids,
      int chunkSize,
      WorkerPool pool,
      RunControl control,
      Progress progress)
      throws IOException {
    try {
      int separator = Dataset.separatorOf(tokenizer);
      AnswerMask mask = new AnswerMask(tokenizer, separator);
      try (FileTokens tokens =
          encode(corpus, tokenizer, ids, pool, control, encoded(corpus, progress))) {
        ConversationBatches batches =
            new ConversationBatches(
                tokens, tokens.size(), separator, mask, model.config().contextLength(), 0);
        if (batches.windows() == 0) {
          throw new BadInput("corpus " + corpus.paths(), "holds no answer of the assistant's");
        }
        TrainingPass pass = new TrainingPass(model, 1, batches.time(), chunkSize, true);
        return evaluateAnswers(pass, batches, tokenizer, control, progress);
      }
    } finally {
      Files.deleteIfExists(ids);
    }
  }

  /**
   * Bytes of the activations of an evaluation.
   *
   * @param textBytes size of the text: a short one needs no window of the whole context
   * @param threads of the pool the model computes with
   */
  public static long passBytes(ModelConfig config, long textBytes, int chunkSize, int threads) {
    int time = (int) Math.min(config.contextLength(), Math.max(1, textBytes));
    return TrainingPass.bytes(config, 1, time, chunkSize, true, 1, threads);
  }

  /** Tells the share of the corpus that the documents so far are. */
  private static LongConsumer encoded(Corpus corpus, Progress progress) {
    double all = Math.max(1, corpus.bytes());
    long[] read = {0};
    return bytes -> {
      read[0] += bytes;
      progress.at(true, Math.min(1, read[0] / all));
    };
  }

  /**
   * @param read told the UTF-8 bytes of each document
   */
  private static FileTokens encode(
      Corpus corpus,
      Tokenizer tokenizer,
      Path ids,
      WorkerPool pool,
      RunControl control,
      LongConsumer read)
      throws IOException {
    int width = TokenFile.idBytes(tokenizer.vocabSize());
    int separator = Dataset.separatorOf(tokenizer);
    ParallelEncoder encoder = new ParallelEncoder(tokenizer, pool);
    try (OutputStream out = Files.newOutputStream(ids)) {
      IdWriter to = new IdWriter(out, width);
      corpus.forEachToEncode(
          document -> {
            control.check();
            Dataset.append(to, document, encoder, separator, read);
          });
      encoder.finish();
      to.flush();
      return new FileTokens(ids, width, to.size());
    } catch (UncheckedIOException e) {
      String why = Objects.requireNonNull(e.getCause()).getMessage();
      throw new IOException("could not write " + ids + ": " + why, e);
    }
  }

  /**
   * Evaluates the answers of conversations: the mean over their tokens; bits per byte over their
   * text. What ends an answer counts in the loss and has no bytes, as a separator of documents.
   */
  static EvalResult evaluateAnswers(
      TrainingPass pass, ConversationBatches batches, Tokenizer tokenizer, RunControl control) {
    return evaluateAnswers(pass, batches, tokenizer, control, Progress.NONE);
  }

  private static EvalResult evaluateAnswers(
      TrainingPass pass,
      ConversationBatches batches,
      Tokenizer tokenizer,
      RunControl control,
      Progress progress) {
    int[] inputs = new int[batches.time()];
    int[] targets = new int[batches.time()];
    double nats = 0;
    long counted = 0;
    long bytes = 0;
    for (int window = 0; window < batches.windows(); window++) {
      int n = batches.readInOrder(window, inputs, targets);
      for (int i = 0; i < n; i++) {
        if (targets[i] >= 0) {
          counted++;
          bytes += tokenizer.bytesOf(targets[i]).length;
        }
      }
      nats += pass.loss(inputs, targets, 1, n, control);
      progress.at(false, (window + 1.0) / batches.windows());
      control.giveWay();
    }
    return new EvalResult(nats / counted, nats / LN2 / bytes, counted, bytes);
  }

  /**
   * Evaluates the first {@code count} ids.
   *
   * @param bytes UTF-8 bytes of their documents
   * @param time the longest window
   */
  static EvalResult evaluate(
      TrainingPass pass, TokenStore tokens, long count, long bytes, int time, RunControl control) {
    return evaluate(pass, tokens, count, bytes, time, control, Progress.NONE);
  }

  private static EvalResult evaluate(
      TrainingPass pass,
      TokenStore tokens,
      long count,
      long bytes,
      int time,
      RunControl control,
      Progress progress) {
    int[] inputs = new int[time];
    int[] targets = new int[time];
    double nats = 0;
    long predicted = count - 1;
    for (long from = 0; from < predicted; from += time) {
      int n = (int) Math.min(time, predicted - from);
      tokens.copy(from, inputs, 0, n);
      tokens.copy(from + 1, targets, 0, n);
      nats += pass.loss(inputs, targets, 1, n, control);
      progress.at(false, (double) (from + n) / predicted);
      control.giveWay();
    }
    return new EvalResult(nats / predicted, nats / LN2 / bytes, predicted, bytes);
  }
}
