package org.minillm.app.doctor;

import java.util.ArrayList;
import java.util.List;

/** Counts one kind of finding and keeps the first examples. */
final class Tally {
  private final int most;
  private final List<Example> examples = new ArrayList<>();
  private long documents;
  private long occurrences;

  /**
   * @param most examples to keep
   */
  Tally(int most) {
    this.most = most;
  }

  void add(long times) {
    documents++;
    occurrences += times;
  }

  boolean wantsExample() {
    return examples.size() < most;
  }

  void example(Example example) {
    if (wantsExample()) {
      examples.add(example);
    }
  }

  long documents() {
    return documents;
  }

  long occurrences() {
    return occurrences;
  }

  List<Example> examples() {
    return examples;
  }
}
