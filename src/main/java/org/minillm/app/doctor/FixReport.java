package org.minillm.app.doctor;

import java.nio.file.Path;
import java.util.List;

/**
 * What a fix did.
 *
 * @param read documents of the files
 * @param written documents of {@code out}
 * @param repaired documents whose text was changed
 * @param bytesWritten size of {@code out}
 * @param done the kinds that were found, in the order of {@link FindingKind}
 * @param remarks what a reader should know
 */
public record FixReport(
    Path out,
    long read,
    long written,
    long repaired,
    long bytesWritten,
    List<Done> done,
    List<String> remarks,
    double seconds) {
  public FixReport {
    done = List.copyOf(done);
    remarks = List.copyOf(remarks);
  }

  /**
   * What was done of a kind. A document that had several things wrong is dropped for the first of
   * them.
   *
   * @param documents dropped, repaired or cut
   * @param occurrences sequences, characters or lines that were repaired, pieces that were cut;
   *     else as {@code documents}
   */
  public record Done(FindingKind kind, long documents, long occurrences) {}

  /** Documents dropped, repaired or cut for a kind. */
  public long documents(FindingKind kind) {
    return done.stream().filter(d -> d.kind() == kind).mapToLong(Done::documents).sum();
  }
}
