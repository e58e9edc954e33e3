package org.minillm.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.tokenizer.ParallelEncoder;
import org.minillm.tokenizer.Tokenizer;
import org.minillm.train.text.LanguageGuess;
import org.minillm.train.text.SourceFile;
import org.minillm.train.text.SourceListing.Skipped;
import org.minillm.train.text.Words;

/**
 * What was found in files and folders, before anything starts.
 *
 * @param files in the order of their documents
 * @param skipped what lies in the folders and is not read
 * @param exact whether {@link FileSummary#tokens} were counted with a tokenizer; else they are
 *     estimated from the size of the vocabulary
 */
public record CorpusSummary(List<FileSummary> files, List<Skipped> skipped, boolean exact) {
  /** Documents of a file whose language is looked at one by one; then every sixteenth is. */
  private static final long ALL_UNTIL = 1000;

  /** Characters of a document that tell its language. */
  private static final int BEGINNING = 2000;

  public CorpusSummary {
    files = List.copyOf(files);
    skipped = List.copyOf(skipped);
  }

  /**
   * A part of a text's characters that is of one language.
   *
   * @param language {@link LanguageGuess.Verdict#label}
   * @param share 0 to 1
   */
  public record LanguageShare(String language, double share) {}

  /**
   * What was found in one file.
   *
   * @param format its name for people
   * @param encoding of its text; empty where the format is no text itself
   * @param detail how it is read; empty where that is plain
   * @param remarks what is unusual; usually empty
   * @param languages largest share first
   * @param textBytes UTF-8 bytes of its documents
   * @param tokens of its documents, with an end-of-text token after each; see {@link
   *     CorpusSummary#exact}
   */
  public record FileSummary(
      Path path,
      long bytes,
      String format,
      String encoding,
      String detail,
      String remarks,
      List<LanguageShare> languages,
      long documents,
      long textBytes,
      long tokens) {
    public FileSummary {
      languages = List.copyOf(languages);
    }
  }

  /**
   * Reads all documents once.
   *
   * @param vocabSize of the tokenizer to come, for the estimate of tokens
   */
  public static CorpusSummary of(Corpus corpus, int vocabSize, RunControl control)
      throws IOException {
    List<FileSummary> files = new ArrayList<>();
    for (SourceFile file : corpus.files()) {
      Counts counts = new Counts();
      corpus.forEachDocument(
          file,
          document -> {
            if (counts.documents % 100 == 0) {
              control.check();
            }
            counts.add(document);
          });
      long tokens = Math.round(counts.textBytes / bytesPerToken(vocabSize)) + counts.documents;
      files.add(
          new FileSummary(
              file.path(),
              file.bytes(),
              file.format().label(),
              file.encoding(),
              file.detail(),
              file.remarks(),
              counts.languages(),
              counts.documents,
              counts.textBytes,
              tokens));
    }
    return new CorpusSummary(files, corpus.skipped(), false);
  }

  /**
   * Bytes of prose a token of byte-level BPE stands for: a line through what was measured on
   * stories in Spanish and English, 2.5 with 1,024 ids and 3.8 with 5,000; other texts differ.
   */
  static double bytesPerToken(int vocabSize) {
    double bits = Math.log(vocabSize) / Math.log(2);
    return Math.max(1, Math.min(4.6, 2.5 + 0.57 * (bits - 10)));
  }

  /** Tokens of each file's documents, with an end-of-text token after each. */
  public static List<Long> countTokens(
      Corpus corpus, Tokenizer tokenizer, WorkerPool pool, RunControl control) throws IOException {
    List<Long> counts = new ArrayList<>();
    for (SourceFile file : corpus.files()) {
      ParallelEncoder encoder = new ParallelEncoder(tokenizer, pool);
      long[] count = {0};
      corpus.forEachToEncode(
          file,
          document -> {
            control.check();
            encoder.add(
                document.text(),
                document.chat(),
                (ids, last) -> count[0] += ids.length + (last ? 1 : 0));
          });
      encoder.finish();
      counts.add(count[0]);
    }
    return counts;
  }

  /** The same with counted tokens, one count a file. */
  public CorpusSummary withTokens(List<Long> tokens) {
    List<FileSummary> counted = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      FileSummary f = files.get(i);
      counted.add(
          new FileSummary(
              f.path,
              f.bytes,
              f.format,
              f.encoding,
              f.detail,
              f.remarks,
              f.languages,
              f.documents,
              f.textBytes,
              tokens.get(i)));
    }
    return new CorpusSummary(counted, skipped, true);
  }

  public long bytes() {
    return files.stream().mapToLong(FileSummary::bytes).sum();
  }

  /** UTF-8 bytes of all documents. */
  public long textBytes() {
    return files.stream().mapToLong(FileSummary::textBytes).sum();
  }

  public long documents() {
    return files.stream().mapToLong(FileSummary::documents).sum();
  }

  public long tokens() {
    return files.stream().mapToLong(FileSummary::tokens).sum();
  }

  /** The languages of all files, by bytes of text; largest share first. */
  public List<LanguageShare> languages() {
    Map<String, Double> bytes = new HashMap<>();
    for (FileSummary file : files) {
      for (LanguageShare l : file.languages) {
        bytes.merge(l.language, l.share * file.textBytes, Double::sum);
      }
    }
    return shares(bytes);
  }

  private static List<LanguageShare> shares(Map<String, Double> amounts) {
    double all = amounts.values().stream().mapToDouble(d -> d).sum();
    return amounts.entrySet().stream()
        .filter(e -> e.getValue() > 0)
        .map(e -> new LanguageShare(e.getKey(), e.getValue() / all))
        .sorted(
            Comparator.comparingDouble(LanguageShare::share)
                .reversed()
                .thenComparing(LanguageShare::language))
        .toList();
  }

  private static final class Counts {
    private static final Pattern CHAT_MARKS =
        Pattern.compile("<\\|im_start\\|>\\w+\n|<\\|im_end\\|>");

    long documents;
    long textBytes;
    private final Map<String, Double> looked = new HashMap<>();
    private final Words words = new Words();

    void add(Corpus.Document document) {
      if (documents < ALL_UNTIL || documents % 16 == 0) {
        double weight = documents < ALL_UNTIL ? 1 : 16;
        String text = document.text();
        String said = document.chat() ? CHAT_MARKS.matcher(text).replaceAll("") : text;
        String beginning = said.substring(0, Math.min(BEGINNING, said.length()));
        String language = LanguageGuess.of(words.read(beginning)).label();
        looked.merge(language, weight * said.length(), Double::sum);
      }
      documents++;
      textBytes += document.bytes();
    }

    List<LanguageShare> languages() {
      return shares(looked);
    }
  }
}
