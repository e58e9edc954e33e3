package org.minillm.cli;

import org.minillm.app.doctor.Finding;

/** The findings of the data doctor in words. */
final class DoctorTexts {
  private DoctorTexts() {}

  /** What the documents of a finding have, and what a fix does. */
  static String of(Finding finding) {
    return switch (finding.kind()) {
      case MOJIBAKE -> "have letters that were decoded wrongly: decodes them again";
      case CONTROL_CHARACTERS -> "have characters that nobody sees: takes them out";
      case EMPTY -> "say nothing: drops them";
      case MARKERS -> "contain what marks turns, which a training refuses: drops them";
      case DUPLICATES -> "repeat an earlier one: drops them";
      case NEAR_DUPLICATES -> "are nearly an earlier one: drops them";
      case LEAKAGE -> "of validation are in training as well: dropping duplicates mends it";
      case CONTAMINATION ->
          "have text of the evaluation, or phrases that are common (try --ngram 30): a fix with --against drops them";
      case LOST_CHARACTERS -> "have characters that are lost: --only lost-characters drops them";
      case LANGUAGE ->
          finding.fixed() > 0
              ? "are in another language: the fix with --language drops them"
              : "stand out by their language: --language es or en keeps one";
      case SHORT -> "have fewer than five words: --only short drops them";
      case LONG ->
          "are longer than the context, of which a model sees one part at a time:"
              + " --only long cuts them";
      case REPEATED_LINES ->
          "have lines that four earlier ones have: --only repeated-lines drops" + " the lines";
    };
  }
}
