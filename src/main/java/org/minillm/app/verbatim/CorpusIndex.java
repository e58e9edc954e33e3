package org.minillm.app.verbatim;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.DoubleConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.minillm.base.DiskSpace;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.RunControl;
import org.minillm.train.Corpus;

/**
 * An index on disk of a corpus's words, read by position: its size weighs nothing on the heap.
 *
 * <p>The hash of {@value #GRAM} words in a row is kept at each {@value #STRIDE}th word of a
 * document, so whatever {@code GRAM + STRIDE - 1} = {@value #SHORTEST} words a text has in common
 * with it, one of the hashes lies within. Each word of the text is tried as the beginning of such a
 * sequence; where a hash is found, the words around it are read and compared, to both sides as far
 * as they agree. Of a sequence that stands in more than {@value GramTable#PLACES} places, that many
 * are looked at, so the longest run might be missed there, never that there is one.
 *
 * <p>Files: {@code text} and {@code documents} ({@link CorpusText}), {@code grams} ({@link
 * GramTable}), {@code index.json} (what it was made of). About 1.4 times the corpus's text.
 */
public final class CorpusIndex implements AutoCloseable {
  /** Shortest run that is found for certain, in words. */
  public static final int SHORTEST = 6;

  /** Shortest run that says something: shorter ones are turns of phrase. */
  public static final int TELLING = 8;

  static final int GRAM = 4;
  static final int STRIDE = 3;
  private static final String LOCK = ".lock";
  private static final int AROUND = 160;
  private static final int FIRST_READ = 1 << 8;
  private static final int MOST_READ = 1 << 16;

  private final IndexHead head;
  private final CorpusText text;
  private final GramTable grams;

  /** A run while it is compared: words of the text, and where they stand in the corpus. */
  private record Match(int from, int to, long place, long end) {
    int words() {
      return to - from;
    }
  }

  private CorpusIndex(Path directory, IndexHead head) throws IOException {
    this.head = head;
    text = new CorpusText(directory);
    grams = new GramTable(directory);
  }

  /**
   * Opens the index in a directory; makes it where there is none of these files as they are now.
   *
   * @param paths files, and folders of them
   * @param progress hears the share of the making that is done, on this thread
   * @throws Busy while another process makes it
   * @throws IOException if it cannot be written, with the reason; what was there stays
   */
  public static CorpusIndex of(
      List<Path> paths, Path directory, RunControl control, DoubleConsumer progress)
      throws IOException {
    List<Path> files = paths.stream().map(p -> p.toAbsolutePath().normalize()).toList();
    Optional<IndexHead> there = IndexHead.read(directory);
    if (there.isPresent() && there.get().isOf(files)) {
      return new CorpusIndex(directory, there.get());
    }
    progress.accept(0);
    Corpus corpus = Corpus.open(files);
    IndexHead head = IndexHead.of(corpus);
    if (there.isPresent() && there.get().isOf(corpus)) {
      head.write(directory); // only dates have changed
    } else {
      build(corpus, head, directory, control, progress);
    }
    return new CorpusIndex(directory, head);
  }

  private static void build(
      Corpus corpus, IndexHead head, Path directory, RunControl control, DoubleConsumer progress)
      throws IOException {
    Path making = directory.resolveSibling(directory.getFileName() + ".part");
    Files.createDirectories(making);
    try (FileChannel lock = lock(making)) {
      deleteAll(making, false);
      requireRoom(corpus, making);
      try (CorpusIndexWriter writer = new CorpusIndexWriter(corpus, making, control, progress)) {
        writer.write();
      }
      head.write(making);
      deleteAll(directory, true);
      Files.move(making, directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (Busy e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      deleteAll(making, true);
      throw e;
    }
  }

  private static FileChannel lock(Path making) throws IOException {
    FileChannel channel =
        FileChannel.open(making.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) { // this process has it
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new Busy(List.of("indexing the same data"));
    }
    return channel;
  }

  /** The index takes about 1.4 times the text; what is sorted stands there twice for a moment. */
  private static void requireRoom(Corpus corpus, Path making) throws IOException {
    long needed = 2 * corpus.bytes();
    OptionalLong free = DiskSpace.free(making);
    if (free.isPresent() && needed > free.getAsLong()) {
      throw new IOException(
          "the index of the data needs up to "
              + needed / MemoryBudget.MB
              + " MB on the disk; "
              + free.getAsLong() / MemoryBudget.MB
              + " MB are free in "
              + making.getParent());
    }
  }

  /**
   * @param itself whether the directory goes, too, with the lock; else what else is in it
   */
  private static void deleteAll(Path directory, boolean itself) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (Stream<Path> inside = Files.list(directory)) {
      for (Path file : inside.toList()) {
        if (itself || !file.endsWith(LOCK)) {
          Files.deleteIfExists(file);
        }
      }
    }
    if (itself) {
      Files.deleteIfExists(directory);
    }
  }

  /** Changes when a byte of a file of the corpus, or the way it is read, changes. */
  public String fingerprint() {
    return head.fingerprint();
  }

  /**
   * What of a text stands in the corpus.
   *
   * @param minWords shortest run that counts, {@link #SHORTEST} at least
   */
  public VerbatimReport find(String asked, int minWords, RunControl control) throws IOException {
    if (minWords < SHORTEST) {
      throw new BadInput("runs of " + minWords + " words", SHORTEST + " at least can be found");
    }
    Words words = Words.of(asked);
    BitSet covered = new BitSet(words.count());
    List<VerbatimRun> runs = new ArrayList<>();
    int end = 0;
    for (int i = 0; i + GRAM <= words.count(); i++) {
      control.check();
      Match best = longest(words, i, end);
      if (best.words() < minWords) {
        continue;
      }
      // Of a longer run around here, the first hash may be that of one of the next words.
      for (int next = i + 1; next < i + STRIDE && next + GRAM <= words.count(); next++) {
        Match other = longest(words, next, end);
        best = other.words() > best.words() ? other : best;
      }
      end = best.to();
      covered.set(best.from(), best.to());
      VerbatimRun found = run(words, best);
      runs.removeIf(earlier -> earlier.from() >= found.from());
      runs.add(found);
      // What goes on beyond it has a hash among its words from here on.
      i = Math.max(i, end - SHORTEST);
    }
    return VerbatimReport.of(words, minWords, runs, covered);
  }

  /** The longest run around a sequence of words that goes beyond {@code end}; else one of none. */
  private Match longest(Words words, int word, int end) throws IOException {
    Match best = new Match(word, word, 0, 0);
    for (long place : grams.places(words.gram(word, GRAM))) {
      Match found = compare(words, word, place);
      if (found.to() > end && found.words() > best.words()) {
        best = found;
      }
    }
    return best;
  }

  /** How far the text's words at {@code word} agree with those at a place, to both sides. */
  private Match compare(Words words, int word, long place) throws IOException {
    int n = 0;
    long end = place;
    for (int size = FIRST_READ; size <= MOST_READ; size *= 4) {
      String right = text.after(place, size);
      Words there = Words.of(right);
      n = 0;
      while (n < there.count()
          && word + n < words.count()
          && there.hash(n) == words.hash(word + n)) {
        n++;
      }
      end = place + (n == 0 ? 0 : bytes(right.substring(0, there.end(n - 1))));
      if (n < there.count() - 1) {
        break; // it ends within what was read
      }
    }
    if (n < GRAM) {
      return new Match(word, word, 0, 0); // another sequence of the same hash
    }
    int before = 0;
    long start = place;
    for (int size = FIRST_READ; size <= MOST_READ && word > 0; size *= 4) {
      String left = text.before(place, size);
      Words back = Words.of(left);
      before = 0;
      while (before < Math.min(back.count(), word)
          && back.hash(back.count() - 1 - before) == words.hash(word - 1 - before)) {
        before++;
      }
      int first = before == 0 ? left.length() : back.start(back.count() - before);
      start = place - bytes(left.substring(first));
      if (before < back.count() - 1) {
        break;
      }
    }
    return new Match(word - before, word + n, start, end);
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private VerbatimRun run(Words words, Match match) throws IOException {
    CorpusText.Document document = text.documentAt(match.place());
    IndexHead.Indexed file = head.files().get(document.file());
    long line = document.line();
    if (file.lines() && line > 0) {
      line += text.lineFeeds(document.begins(), match.place());
    }
    return new VerbatimRun(
        words.start(match.from()),
        words.end(match.to() - 1),
        match.words(),
        Path.of(file.path()),
        line,
        text.before(match.place(), AROUND),
        text.between(match.place(), match.end()),
        text.after(match.end(), AROUND));
  }

  @Override
  public void close() throws IOException {
    text.close();
    grams.close();
  }
}
