package org.minillm.app.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.RunControl;
import org.minillm.format.AtomicFiles;
import org.minillm.train.Corpus;
import org.minillm.train.text.LanguageGuess;
import org.minillm.train.text.Words;

/**
 * Writes a corpus anew without what spoils it, in one pass: each document is repaired, cut, and
 * kept if nothing speaks against it. A check of the result finds nothing of the kinds that were
 * fixed, but for conversations of one turn that is too long.
 */
public final class DataFix implements Corpus.Documents {
  private static final int MOST_REPAIRS = 8;

  private final Set<FindingKind> kinds;
  private final FixOptions options;
  private final RunControl control;
  private final Progress progress;
  private final DuplicateIndex duplicates;
  private final RepeatedLines lines;
  private final Optional<HeldOutText> heldOut;
  private final LengthRule length;
  private final DocumentOutput out;
  private final Words words = new Words();
  private final Mojibake mojibake = new Mojibake();
  private final ControlCharacters controls = new ControlCharacters();
  private final Map<FindingKind, Tally> done = new EnumMap<>(FindingKind.class);
  private long read;
  private long repaired;
  private int number;

  private DataFix(
      FixOptions options,
      DuplicateIndex duplicates,
      DocumentOutput out,
      RunControl control,
      Progress progress)
      throws IOException {
    this.options = options;
    this.kinds = options.kinds();
    this.duplicates = duplicates;
    this.out = out;
    this.control = control;
    this.progress = progress;
    Shares memory = Shares.of(options.measures());
    lines = new RepeatedLines(memory.lines());
    heldOut =
        kinds.contains(FindingKind.CONTAMINATION)
            ? memory.openHeldOut(options.measures(), control)
            : Optional.empty();
    length = new LengthRule(options.measures().contextLength(), options.measures().tokenizer());
  }

  /**
   * Writes the fixed corpus. A failure or a cancel leaves no file, and one that was there as it
   * was.
   *
   * @param control is asked at every document
   * @throws BadInput if the file exists, is one of the corpus, cannot hold the documents, or
   *     nothing would be left
   */
  public static FixReport run(FixOptions options, RunControl control, DoctorProgress progress)
      throws IOException {
    options.requireOut();
    long start = System.nanoTime();
    DoctorOptions measures = options.measures();
    Corpus corpus = Corpus.open(measures.files());
    boolean near = options.kinds().contains(FindingKind.NEAR_DUPLICATES);
    FixReport[] report = new FixReport[1];
    try (DuplicateIndex index = new DuplicateIndex(Shares.of(measures).duplicates(), near)) {
      AtomicFiles.write(
          options.out(),
          stream -> {
            DocumentOutput out = new DocumentOutput(options.out(), stream);
            Progress teller = new Progress(progress, corpus.bytes());
            DataFix fix = new DataFix(options, index, out, control, teller);
            try {
              corpus.forEachDocument(fix);
            } catch (UncheckedIOException e) {
              throw e.getCause();
            }
            report[0] = fix.report(corpus, start);
          });
    }
    return report[0];
  }

  @Override
  public void onEmpty(Path file, long line) {
    done(FindingKind.EMPTY, 1); // the corpus leaves it out in any case
  }

  @Override
  public void accept(Corpus.Document document) {
    control.check();
    progress.add(document);
    read++;
    Content original = Content.of(document);
    Content content = repair(original);
    List<Content> pieces =
        kinds.contains(FindingKind.LONG) ? length.split(content) : List.of(content);
    if (pieces.size() > 1) {
      done(FindingKind.LONG, pieces.size());
    }
    boolean changed = !content.equals(original);
    for (Content piece : pieces) {
      try {
        changed |= keep(piece, pieces.size() == 1 ? Optional.of(original) : Optional.empty());
      } catch (IOException e) {
        throw new UncheckedIOException(e); // through the corpus
      }
    }
    repaired += changed ? 1 : 0;
  }

  /** One repair can bring to light what the other has to do, so they take turns until both rest. */
  private Content repair(Content original) {
    int[] repairs = new int[2];
    Content now = original;
    for (int turn = 0; turn < MOST_REPAIRS; turn++) {
      Content before = now;
      if (kinds.contains(FindingKind.MOJIBAKE)) {
        now =
            now.map(
                text -> {
                  String right = mojibake.repair(text);
                  repairs[0] += mojibake.repaired();
                  return right;
                });
      }
      if (kinds.contains(FindingKind.CONTROL_CHARACTERS)) {
        now =
            now.map(
                text -> {
                  String right = controls.remove(text);
                  repairs[1] += controls.removed();
                  return right;
                });
      }
      if (now == before) {
        break;
      }
    }
    if (repairs[0] > 0) {
      done(FindingKind.MOJIBAKE, repairs[0]);
    }
    if (repairs[1] > 0) {
      done(FindingKind.CONTROL_CHARACTERS, repairs[1]);
    }
    return now;
  }

  /**
   * Writes a document or piece unless something speaks against it; whether its text was changed.
   */
  private boolean keep(Content content, Optional<Content> original) throws IOException {
    if (isDropped(content)) {
      return false;
    }
    Content kept = content;
    if (kinds.contains(FindingKind.REPEATED_LINES) && !content.conversation()) {
      List<Integer> repeated = lines.find(content.text());
      if (!repeated.isEmpty()) {
        kept = content.withText(RepeatedLines.without(content.text(), repeated));
        done(FindingKind.REPEATED_LINES, repeated.size());
        if (kept.isEmpty() || isDropped(kept)) {
          return false;
        }
      }
      lines.keep(kept.text(), number);
    }
    if (repeatsByChoice()) {
      duplicates.keep(number);
    }
    number++;
    out.write(kept, original);
    return kept != content;
  }

  private boolean repeatsByChoice() {
    return kinds.contains(FindingKind.DUPLICATES) || kinds.contains(FindingKind.NEAR_DUPLICATES);
  }

  private boolean isDropped(Content content) throws IOException {
    Optional<FindingKind> reason = reasonToDrop(content);
    reason.ifPresent(kind -> done(kind, 1));
    return reason.isPresent();
  }

  private Optional<FindingKind> reasonToDrop(Content content) throws IOException {
    if (content.isEmpty()) {
      return chosen(FindingKind.EMPTY);
    }
    if (content.marker().isPresent() && kinds.contains(FindingKind.MARKERS)) {
      return chosen(FindingKind.MARKERS);
    }
    String said = content.said();
    words.read(said);
    if (kinds.contains(FindingKind.LOST_CHARACTERS)
        && Mojibake.lostAt(mojibake.repair(said)) >= 0) {
      return chosen(FindingKind.LOST_CHARACTERS);
    }
    Optional<DoctorOptions.Language> language = options.measures().language();
    if (kinds.contains(FindingKind.LANGUAGE)
        && language.isPresent()
        && !DataCheck.isIn(language.get(), LanguageGuess.of(words))) {
      return chosen(FindingKind.LANGUAGE);
    }
    if (!content.conversation()
        && words.count() < Shingles.WORDS
        && kinds.contains(FindingKind.SHORT)) {
      return chosen(FindingKind.SHORT);
    }
    if (heldOut.isPresent()) {
      long[] shared = {0};
      heldOut.get().look(words, first -> shared[0]++);
      if (shared[0] > 0) {
        return chosen(FindingKind.CONTAMINATION);
      }
    }
    return repeatsByChoice()
        ? duplicates.find(content).flatMap(match -> chosen(match.kind()))
        : Optional.empty();
  }

  private Optional<FindingKind> chosen(FindingKind kind) {
    return kinds.contains(kind) ? Optional.of(kind) : Optional.empty();
  }

  private void done(FindingKind kind, long times) {
    done.computeIfAbsent(kind, k -> new Tally(0)).add(times);
  }

  private FixReport report(Corpus corpus, long start) {
    if (out.documents() == 0) {
      throw new BadInput(
          options.out().toString(), "was not written: none of the " + read + " documents is left");
    }
    return new FixReport(
        options.out(),
        read,
        out.documents(),
        repaired,
        out.bytes(),
        done.entrySet().stream()
            .map(
                e ->
                    new FixReport.Done(
                        e.getKey(), e.getValue().documents(), e.getValue().occurrences()))
            .toList(),
        Remarks.of(corpus, duplicates, lines.isFull()),
        (System.nanoTime() - start) / 1e9);
  }
}
