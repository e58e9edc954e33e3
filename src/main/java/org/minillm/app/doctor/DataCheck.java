package org.minillm.app.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.minillm.app.doctor.DoctorOptions.Language;
import org.minillm.base.RunControl;
import org.minillm.train.Corpus;
import org.minillm.train.Dataset;
import org.minillm.train.text.LanguageGuess;
import org.minillm.train.text.LanguageGuess.Verdict;
import org.minillm.train.text.Words;

/** Looks through a corpus once and tells what it found; changes nothing. */
public final class DataCheck implements Corpus.Documents {
  private final DoctorOptions options;
  private final RunControl control;
  private final Progress progress;
  private final DuplicateIndex duplicates;
  private final RepeatedLines lines;
  private final Optional<HeldOutText> heldOut;
  private final LengthRule length;
  private final Set<Path> unseparated;
  private final Words words = new Words();
  private final Mojibake mojibake = new Mojibake();
  private final ControlCharacters controls = new ControlCharacters();
  private final DocumentLog log = new DocumentLog();
  private final Map<FindingKind, Tally> tallies = new EnumMap<>(FindingKind.class);
  private final Map<Verdict, Tally> languages = new EnumMap<>(Verdict.class);
  private long conversations;
  private long uncutConversations;

  private DataCheck(
      DoctorOptions options,
      Corpus corpus,
      DuplicateIndex duplicates,
      Shares memory,
      RunControl control,
      Progress progress)
      throws IOException {
    this.options = options;
    this.control = control;
    this.progress = progress;
    this.duplicates = duplicates;
    unseparated = Set.copyOf(corpus.unseparated());
    lines = new RepeatedLines(memory.lines());
    heldOut = memory.openHeldOut(options, control);
    length = new LengthRule(options.contextLength(), options.tokenizer());
  }

  /**
   * Checks the files.
   *
   * @param control is asked at every document
   * @throws org.minillm.base.MiniLlmException.BadInput for files that are no text
   */
  public static CheckReport run(DoctorOptions options, RunControl control, DoctorProgress progress)
      throws IOException {
    long start = System.nanoTime();
    Shares memory = Shares.of(options);
    Corpus corpus = Corpus.open(options.files());
    try (DuplicateIndex duplicates = new DuplicateIndex(memory.duplicates(), true)) {
      DataCheck check =
          new DataCheck(
              options, corpus, duplicates, memory, control, new Progress(progress, corpus.bytes()));
      corpus.forEachDocument(check);
      return check.report(corpus, start);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void onEmpty(Path file, long line) {
    Tally tally = tally(FindingKind.EMPTY);
    tally.add(1);
    tally.example(new Example(new Place(0, file, line), "", Optional.empty(), ""));
  }

  @Override
  public void accept(Corpus.Document document) {
    control.check();
    progress.add(document);
    int number =
        log.add(
            document, Dataset.validates(log.size(), options.validationFraction(), options.seed()));
    Content content = Content.of(document);
    conversations += content.conversation() ? 1 : 0;
    String said = content.said();
    if (content.isEmpty()) {
      found(FindingKind.EMPTY, number, said, 0, 1, "");
      return;
    }
    content
        .marker()
        .ifPresent(m -> found(FindingKind.MARKERS, number, said, said.indexOf(m), 1, m));
    try {
      lookAtCharacters(number, said);
      lookAtWords(number, content, said);
      lookForDuplicates(number, content, said);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // through the corpus
    }
  }

  private void lookAtCharacters(int number, String said) {
    String right = mojibake.repair(said);
    if (mojibake.repaired() > 0) {
      int at = mojibake.firstAt();
      String detail = Excerpt.around(right, Math.min(at, right.length() - 1));
      found(FindingKind.MOJIBAKE, number, said, at, mojibake.repaired(), detail);
    }
    int lost = Mojibake.lostAt(right);
    if (lost >= 0) {
      long times = Math.max(1, right.chars().filter(c -> c == '\uFFFD').count());
      found(FindingKind.LOST_CHARACTERS, number, right, lost, times, "");
    }
    controls.remove(said);
    if (controls.removed() > 0) {
      int at = controls.firstAt();
      found(FindingKind.CONTROL_CHARACTERS, number, said, at, controls.removed(), "");
    }
  }

  private void lookAtWords(int number, Content content, String said) {
    words.read(said);
    count(tally(LanguageGuess.of(words)), number, said, 0, 1, "");
    if (!content.conversation() && words.count() < Shingles.WORDS) {
      found(FindingKind.SHORT, number, said, 0, 1, "");
    }
    if (!unseparated.contains(log.file(number)) && length.isLong(content)) {
      found(FindingKind.LONG, number, said, 0, 1, length.tokens(content) + " tokens");
      uncutConversations += content.conversation() && length.split(content).size() == 1 ? 1 : 0;
    }
    if (heldOut.isPresent()) {
      long[] shared = {-1, 0};
      heldOut
          .get()
          .look(
              words,
              first -> {
                shared[0] = shared[0] < 0 ? first : shared[0];
                shared[1]++;
              });
      if (shared[1] > 0) {
        int at = words.start((int) shared[0]);
        found(FindingKind.CONTAMINATION, number, said, at, shared[1], "");
      }
    }
  }

  private void lookForDuplicates(int number, Content content, String said) throws IOException {
    Optional<DuplicateIndex.Match> match = duplicates.find(content);
    if (match.isPresent()) {
      int other = match.get().number();
      log.repeats(number, other);
      int percent = (int) (100 * match.get().similarity());
      Tally tally = tally(match.get().kind());
      tally.add(1);
      String detail =
          match.get().kind() == FindingKind.DUPLICATES
              ? ""
              : percent == 100 ? "the same words" : percent + " % alike";
      example(tally, number, said, 0, Optional.of(log.place(other)), detail);
      if (log.validates(number) != log.validates(other)) {
        int validation = log.validates(number) ? number : other;
        Optional<Place> training = Optional.of(log.place(validation == number ? other : number));
        example(tally(FindingKind.LEAKAGE), validation, said, 0, training, detail);
      }
      return;
    }
    duplicates.keep(number);
    if (!content.conversation()) {
      List<Integer> repeated = lines.find(said);
      if (!repeated.isEmpty()) {
        String line = said.split("\n", -1)[repeated.get(0)];
        found(FindingKind.REPEATED_LINES, number, line.strip(), 0, repeated.size(), "");
      }
      lines.keep(said, number);
    }
  }

  private void found(FindingKind kind, int number, String text, int at, long times, String detail) {
    count(tally(kind), number, text, at, times, detail);
  }

  private void count(Tally tally, int number, String text, int at, long times, String detail) {
    tally.add(times);
    example(tally, number, text, at, Optional.empty(), detail);
  }

  private void example(
      Tally tally, int number, String text, int at, Optional<Place> other, String detail) {
    if (tally.wantsExample()) {
      tally.example(new Example(log.place(number), Excerpt.around(text, at), other, detail));
    }
  }

  private Tally tally(FindingKind kind) {
    return tallies.computeIfAbsent(kind, k -> new Tally(options.examples()));
  }

  private Tally tally(Verdict verdict) {
    return languages.computeIfAbsent(verdict, v -> new Tally(options.examples()));
  }

  private CheckReport report(Corpus corpus, long start) throws IOException {
    LanguageMix mix = mix();
    Findings findings = new Findings(log.size());
    for (FindingKind kind : FindingKind.values()) {
      switch (kind) {
        case LEAKAGE ->
            findings.addLeakage(log.leaked(), log.validationDocuments(), tally(kind).examples());
        case CONTAMINATION -> {
          if (heldOut.isPresent()) {
            findings.addContamination(tally(kind), heldOut.get().overlap(control), options.ngram());
          }
        }
        case LANGUAGE -> findings.addLanguage(mix, options.language(), languages);
        case LONG -> findings.addLong(tally(kind), uncutConversations, options);
        default -> findings.add(kind, tally(kind));
      }
    }
    boolean memoryShort = lines.isFull() || heldOut.map(HeldOutText::isFull).orElse(false);
    return new CheckReport(
        log.size(),
        conversations,
        corpus.bytes(),
        log.validationDocuments(),
        mix,
        findings.list(),
        Remarks.of(corpus, duplicates, memoryShort),
        (System.nanoTime() - start) / 1e9);
  }

  private LanguageMix mix() {
    return new LanguageMix(
        tally(Verdict.ES).documents(),
        tally(Verdict.EN).documents(),
        tally(Verdict.MIXED).documents(),
        tally(Verdict.OTHER).documents(),
        tally(Verdict.UNKNOWN).documents());
  }

  /** Whether a document is in the language wanted, as far as can be told. */
  static boolean isIn(Language language, Verdict verdict) {
    return verdict == Verdict.UNKNOWN || verdict.name().equals(language.name());
  }
}
