package org.minillm.app.doctor;

import java.util.List;

/**
 * What a check found of one kind.
 *
 * @param documents that have it
 * @param share of the documents it could have been found in (all; for leakage those of validation),
 *     0 to 1
 * @param occurrences how often it occurs in them: broken sequences, characters, lines; else as
 *     {@code documents}
 * @param fixed documents that a fix of this kind would drop, repair or cut
 * @param detail what else is to be said of it, for people; may be empty
 * @param examples the first ones
 */
public record Finding(
    FindingKind kind,
    long documents,
    double share,
    long occurrences,
    long fixed,
    String detail,
    List<Example> examples) {
  public Finding {
    examples = List.copyOf(examples);
  }
}
