package org.minillm.app.doctor;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What can be wrong with a corpus, and what the fix does about it. */
public enum FindingKind {
  /** Letters that were decoded wrongly: {@code Ã±} for ñ, {@code â€œ} for “. */
  MOJIBAKE(Remedy.REPAIR, true),
  /**
   * Characters nobody sees or types: controls, zero-width, soft hyphens, stray carriage returns.
   */
  CONTROL_CHARACTERS(Remedy.REPAIR, true),
  /** No letter and no digit; a conversation without an answer. */
  EMPTY(Remedy.DROP, true),
  /**
   * A message contains what marks where turns or documents begin and end; a training refuses it.
   */
  MARKERS(Remedy.DROP, true),
  /** The same as an earlier document but for case, white space and composed accents. */
  DUPLICATES(Remedy.DROP, true),
  /** Shares four fifths of its word 5-grams with an earlier document (Jaccard). */
  NEAR_DUPLICATES(Remedy.DROP, true),
  /** Validation documents with an exact or near duplicate in training; dropping those mends it. */
  LEAKAGE(Remedy.DROP, true),
  /**
   * Shares a long run of words with a file that is kept for evaluation. Not safe: phrases that all
   * stories begin with count as well.
   */
  CONTAMINATION(Remedy.DROP, false),
  /** U+FFFD, or half of a wrongly decoded letter: the character cannot be known any more. */
  LOST_CHARACTERS(Remedy.DROP, false),
  /**
   * In a language that few of the documents have, in two languages, or not in the one asked for.
   */
  LANGUAGE(Remedy.DROP, false),
  /** Of fewer words than a 5-gram; conversations are not counted. */
  SHORT(Remedy.DROP, false),
  /** Longer than the context; pieces of files without separators are not counted. */
  LONG(Remedy.SPLIT, false),
  /** Has a line of text that four earlier documents have: headers, licences, signatures. */
  REPEATED_LINES(Remedy.REPAIR, false);

  /** What a fix does to the documents. */
  public enum Remedy {
    /** Leaves them out. */
    DROP,
    /** Changes their text. */
    REPAIR,
    /** Cuts them into pieces. */
    SPLIT
  }

  private final Remedy remedy;
  private final boolean safe;

  FindingKind(Remedy remedy, boolean safe) {
    this.remedy = remedy;
    this.safe = safe;
  }

  public Remedy remedy() {
    return remedy;
  }

  /** Whether a fix does it without being asked: what is lost is of no use to a training. */
  public boolean safe() {
    return safe;
  }

  /** As the command line writes it: {@code near-duplicates}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The kind with this code. */
  public static Optional<FindingKind> of(String code) {
    return Arrays.stream(values()).filter(k -> k.code().equals(code)).findFirst();
  }
}
