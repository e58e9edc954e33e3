package org.minillm.app.verbatim;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleConsumer;
import org.minillm.base.RunControl;
import org.minillm.train.Corpus;
import org.minillm.train.text.SourceFile;

/**
 * Writes the files of a {@link CorpusIndex}: the corpus's text, where its documents begin, and the
 * hashes of its word sequences, sorted. Sorts bucket by bucket, so the heap holds a {@value
 * GramTable#BUCKETS}th of the hashes, and of the text one document.
 */
final class CorpusIndexWriter implements AutoCloseable {
  private static final int BUFFER = 16 << 10;

  /** What share of the work is to read the corpus; the rest is to sort. */
  private static final double READING = 0.85;

  /** Share of the work after which it is told. */
  private static final double STEP = 0.005;

  private final Path directory;
  private final RunControl control;
  private final DoubleConsumer progress;
  private final Corpus corpus;
  private final Map<Path, Integer> numbers = new HashMap<>();
  private final Set<Path> inPieces;
  private final long[] bytesBefore;
  private final Writer text;
  private final DataOutputStream documents;
  private final DataOutputStream[] buckets = new DataOutputStream[GramTable.BUCKETS];

  /** The last words, as a ring: hash and place. */
  private final long[] lastHashes = new long[CorpusIndex.GRAM];

  private final long[] lastPlaces = new long[CorpusIndex.GRAM];

  /** Words since the last byte 0. */
  private long words;

  private long written;
  private int file = -1;
  private long fileBegan;

  /** Share of the work that was told last. */
  private double told;

  CorpusIndexWriter(Corpus corpus, Path directory, RunControl control, DoubleConsumer progress)
      throws IOException {
    this.corpus = corpus;
    this.directory = directory;
    this.control = control;
    this.progress = progress;
    inPieces = new HashSet<>(corpus.unseparated());
    List<SourceFile> files = corpus.files();
    bytesBefore = new long[files.size() + 1];
    for (int i = 0; i < files.size(); i++) {
      numbers.put(files.get(i).path(), i);
      bytesBefore[i + 1] = bytesBefore[i] + files.get(i).bytes();
    }
    text =
        new OutputStreamWriter(
            new BufferedOutputStream(
                Files.newOutputStream(directory.resolve(CorpusText.TEXT)), BUFFER),
            StandardCharsets.UTF_8);
    documents = open(directory.resolve(CorpusText.DOCUMENTS));
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = open(bucket(i));
    }
  }

  private Path bucket(int i) {
    return directory.resolve("bucket-" + i);
  }

  private static DataOutputStream open(Path path) throws IOException {
    return new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path), BUFFER));
  }

  /** Reads the whole corpus, then sorts the hashes; the index is whole then, but for its head. */
  void write() throws IOException {
    try {
      corpus.forEachDocument(
          document -> {
            try {
              add(document);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    text.close();
    documents.close();
    sort();
  }

  private void add(Corpus.Document document) throws IOException {
    control.check();
    int number = Objects.requireNonNull(numbers.get(document.file()));
    boolean goesOn = number == file && inPieces.contains(document.file());
    if (file >= 0) {
      text.write(goesOn ? '\n' : 0);
      written++;
    }
    if (number != file) {
      file = number;
      fileBegan = written;
    }
    words = goesOn ? words : 0;
    documents.writeLong(written);
    documents.writeInt(number);
    documents.writeLong(document.line());
    String plain = plain(document);
    long begins = written;
    written += Words.scan(plain, (hash, start, end, byteStart) -> word(hash, begins + byteStart));
    text.write(plain);
    long ofFile = Math.min(written - fileBegan, bytesBefore[file + 1] - bytesBefore[file]);
    long all = bytesBefore[bytesBefore.length - 1];
    double share = READING * (bytesBefore[file] + ofFile) / Math.max(1, all);
    if (share >= told + STEP) { // a listener per document would have a million things to hear
      told = share;
      progress.accept(share);
    }
  }

  /** A byte 0 ends a document: it is in no other place. Markers of a chat are no text. */
  private static String plain(Corpus.Document document) {
    String plain = document.text().replace('\0', ' ');
    return document.chat() ? plain.replace("<|im_start|>", "").replace("<|im_end|>", "") : plain;
  }

  private void word(long hash, long place) {
    int slot = (int) (words % CorpusIndex.GRAM);
    lastHashes[slot] = hash;
    lastPlaces[slot] = place;
    words++;
    long first = words - CorpusIndex.GRAM;
    if (first >= 0 && first % CorpusIndex.STRIDE == 0) {
      int oldest = (int) (first % CorpusIndex.GRAM);
      long gram = Words.gram(lastHashes, oldest);
      try {
        buckets[GramTable.bucketOf(gram)].writeLong(GramTable.entry(gram, lastPlaces[oldest]));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void sort() throws IOException {
    try (DataOutputStream grams = open(directory.resolve(GramTable.GRAMS))) {
      long[] starts = new long[buckets.length + 1];
      for (int i = 0; i < buckets.length; i++) {
        control.check();
        buckets[i].close();
        starts[i + 1] = starts[i] + GramTable.append(bucket(i), grams);
        Files.delete(bucket(i));
        progress.accept(READING + (1 - READING) * (i + 1) / buckets.length);
      }
      for (long start : starts) {
        grams.writeLong(start);
      }
    }
  }

  @Override
  public void close() throws IOException {
    text.close();
    documents.close();
    for (DataOutputStream bucket : buckets) {
      bucket.close();
    }
  }
}
