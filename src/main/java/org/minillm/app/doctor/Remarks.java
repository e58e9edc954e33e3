package org.minillm.app.doctor;

import java.util.ArrayList;
import java.util.List;
import org.minillm.train.Corpus;

/** What a reader of a report should know besides. */
final class Remarks {
  private Remarks() {}

  static List<String> of(Corpus corpus, DuplicateIndex duplicates, boolean memoryShort) {
    List<String> remarks = new ArrayList<>(corpus.remarks());
    corpus
        .unseparated()
        .forEach(
            file ->
                remarks.add(
                    file.getFileName()
                        + ": no "
                        + Corpus.SEPARATOR
                        + " lines; its documents are the pieces that train cuts it into"));
    if (!duplicates.remark().isEmpty()) {
      remarks.add(duplicates.remark());
    }
    if (memoryShort) {
      remarks.add(
          "memory: not all lines or runs of words were remembered, so some were not found; check"
              + " fewer files at a time or raise resources.max_memory_mb");
    }
    return remarks;
  }
}
