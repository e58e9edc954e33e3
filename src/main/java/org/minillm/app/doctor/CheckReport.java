package org.minillm.app.doctor;

import java.util.List;
import java.util.Optional;

/**
 * What a check found.
 *
 * @param bytes of the files
 * @param validationDocuments that the training's split would set aside
 * @param findings of every kind that was found, in the order of {@link FindingKind}
 * @param remarks what a reader should know: encodings, what memory did not allow
 */
public record CheckReport(
    long documents,
    long conversations,
    long bytes,
    long validationDocuments,
    LanguageMix languages,
    List<Finding> findings,
    List<String> remarks,
    double seconds) {
  public CheckReport {
    findings = List.copyOf(findings);
    remarks = List.copyOf(remarks);
  }

  /** The finding of a kind, if there is one. */
  public Optional<Finding> finding(FindingKind kind) {
    return findings.stream().filter(f -> f.kind() == kind).findFirst();
  }
}
