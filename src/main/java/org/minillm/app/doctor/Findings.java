package org.minillm.app.doctor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.minillm.app.doctor.DoctorOptions.Language;
import org.minillm.app.doctor.HeldOutText.Overlap;
import org.minillm.train.text.LanguageGuess.Verdict;

/** Makes findings of what was counted. */
final class Findings {
  /** A language that less than this share of the documents has is told. */
  private static final double MINORITY = 0.2;

  private final List<Finding> list = new ArrayList<>();
  private final long all;

  /**
   * @param all documents
   */
  Findings(long all) {
    this.all = all;
  }

  List<Finding> list() {
    return list;
  }

  void add(FindingKind kind, Tally tally) {
    add(kind, tally, tally.documents(), "");
  }

  void addLeakage(long leaked, long validation, List<Example> examples) {
    if (leaked > 0) {
      list.add(
          new Finding(
              FindingKind.LEAKAGE,
              leaked,
              (double) leaked / validation,
              leaked,
              leaked,
              String.format(
                  Locale.ROOT,
                  "of %d validation documents; the validation loss is too good by them",
                  validation),
              examples));
    }
  }

  void addContamination(Tally tally, Overlap overlap, int ngram) {
    add(
        FindingKind.CONTAMINATION,
        tally,
        tally.documents(),
        String.format(
            Locale.ROOT,
            "runs of %d words; %d of the %d evaluation documents are touched, %d of them by half"
                + " their words or more",
            ngram,
            overlap.touched(),
            overlap.documents(),
            overlap.mostly()));
  }

  void addLong(Tally tally, long uncut, DoctorOptions options) {
    String unit = options.tokenizer().isPresent() ? " tokens" : " tokens (about; 4 bytes each)";
    add(
        FindingKind.LONG,
        tally,
        tally.documents() - uncut,
        "context "
            + options.contextLength()
            + unit
            + (uncut == 0 ? "" : "; " + uncut + " conversations have a turn that long"));
  }

  /** Documents not in the language asked for; or in two, or in one that few have. */
  void addLanguage(LanguageMix mix, Optional<Language> wanted, Map<Verdict, Tally> tallies) {
    List<Tally> flagged = new ArrayList<>();
    List<String> words = new ArrayList<>();
    tallies.forEach(
        (verdict, tally) -> {
          boolean few =
              verdict == Verdict.MIXED
                  || (verdict != Verdict.UNKNOWN && tally.documents() < MINORITY * mix.told());
          if (tally.documents() > 0
              && (wanted.isPresent() ? !DataCheck.isIn(wanted.get(), verdict) : few)) {
            flagged.add(tally);
            words.add(tally.documents() + " " + word(verdict));
          }
        });
    flagged.sort(Comparator.comparingLong(Tally::documents));
    long documents = flagged.stream().mapToLong(Tally::documents).sum();
    if (documents > 0) {
      list.add(
          new Finding(
              FindingKind.LANGUAGE,
              documents,
              (double) documents / all,
              documents,
              wanted.isPresent() ? documents : 0,
              String.join(", ", words),
              flagged.stream()
                  .flatMap(t -> t.examples().stream())
                  .limit(examples(flagged))
                  .toList()));
    }
  }

  private static long examples(List<Tally> tallies) {
    return tallies.stream().mapToLong(t -> t.examples().size()).max().orElse(0);
  }

  private static String word(Verdict verdict) {
    return switch (verdict) {
      case ES -> "Spanish";
      case EN -> "English";
      case MIXED -> "in both";
      case OTHER -> "in neither";
      case UNKNOWN -> "unknown";
    };
  }

  private void add(FindingKind kind, Tally tally, long fixed, String detail) {
    if (tally.documents() > 0) {
      list.add(
          new Finding(
              kind,
              tally.documents(),
              all == 0 ? 1 : Math.min(1, (double) tally.documents() / all),
              tally.occurrences(),
              fixed,
              detail,
              tally.examples()));
    }
  }
}
