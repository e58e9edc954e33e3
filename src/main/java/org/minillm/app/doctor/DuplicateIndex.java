package org.minillm.app.doctor;

import java.io.IOException;
import java.util.Optional;
import org.minillm.train.text.Words;

/**
 * The documents that are kept so far, to be asked whether another one repeats one of them. Only
 * what is kept is remembered, so a second pass over the kept documents finds nothing.
 */
final class DuplicateIndex implements AutoCloseable {
  /** Of the memory, what near duplicates take. */
  private static final double NEAR_SHARE = 0.8;

  private final TextHashes exact;
  private final Optional<NearIndex> near;
  private final Words words = new Words();
  private long forgotten;
  private long forgottenNear;

  /**
   * @param kind exact, or near
   * @param number of the document that is repeated
   * @param similarity of the two, 1 for exact ones
   */
  record Match(FindingKind kind, int number, double similarity) {}

  /**
   * @param bytes of memory to take at the most
   * @param near whether near duplicates are looked for
   */
  DuplicateIndex(long bytes, boolean near) throws IOException {
    double nearBytes = near ? NEAR_SHARE * bytes : 0;
    exact = new TextHashes((int) Math.min(1 << 28, (bytes - nearBytes) / TextHashes.BYTES));
    this.near =
        near
            ? Optional.of(new NearIndex((int) Math.min(1 << 26, nearBytes / NearIndex.BYTES)))
            : Optional.empty();
  }

  /** The kept document that this one repeats, if any. */
  Optional<Match> find(Content content) throws IOException {
    int same = exact.find(content);
    if (same >= 0) {
      return Optional.of(new Match(FindingKind.DUPLICATES, same, 1));
    }
    if (near.isPresent()) {
      int alike = near.get().find(Shingles.of(content, words));
      if (alike >= 0) {
        return Optional.of(new Match(FindingKind.NEAR_DUPLICATES, alike, near.get().similarity()));
      }
    }
    return Optional.empty();
  }

  /** Keeps the document that was looked for last and not found. */
  void keep(int number) throws IOException {
    forgotten += exact.add(number) ? 0 : 1;
    forgottenNear += near.isEmpty() || near.get().add(number) ? 0 : 1;
  }

  /** What memory did not allow, for people; empty if it did. */
  String remark() {
    if (forgotten + forgottenNear == 0) {
      return "";
    }
    return "memory: duplicates of "
        + forgotten
        + " and near duplicates of "
        + forgottenNear
        + " documents were not looked for among the later ones; check fewer files at a time or"
        + " raise resources.max_memory_mb";
  }

  @Override
  public void close() throws IOException {
    if (near.isPresent()) {
      near.get().close();
    }
  }
}
