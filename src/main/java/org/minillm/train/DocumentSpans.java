package org.minillm.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Where documents lie in a part of a dataset: all of them or, of many, every second, fourth, eighth
 * …, so that the list stays short and still reaches from the first to the last.
 */
final class DocumentSpans {
  /** Most documents that are kept. */
  static final int MOST = 4096;

  private final List<long[]> kept = new ArrayList<>();
  private long documents;
  private long stride = 1;

  /**
   * The next document.
   *
   * @param begin its first id
   * @param end after its separator
   * @param bytes UTF-8 bytes of its text
   */
  void add(long begin, long end, long bytes) {
    if (documents % stride == 0 && kept.size() == MOST) {
      for (int i = 1; i < kept.size(); i++) {
        kept.remove(i); // every second one: those after it move up
      }
      stride *= 2;
    }
    if (documents % stride == 0) {
      kept.add(new long[] {begin, end, bytes});
    }
    documents++;
  }

  /** Begin, end and bytes of the documents that are kept, in their order. */
  List<long[]> kept() {
    return kept;
  }

  /**
   * Documents spread evenly over the kept ones, as many as have {@code most} ids with the separator
   * before the first; at least one. The same ones each time.
   */
  static List<long[]> spread(List<long[]> spans, long most) {
    double all = spans.stream().mapToLong(s -> s[1] - s[0]).sum();
    List<long[]> chosen = new ArrayList<>();
    long taken = 0;
    long passed = 0;
    for (long[] span : spans) {
      long ids = span[1] - span[0];
      boolean due = taken / (double) most <= passed / all;
      if (due && 1 + taken + ids <= most) {
        chosen.add(span);
        taken += ids;
      }
      passed += ids;
    }
    return chosen.isEmpty() && !spans.isEmpty() ? List.of(spans.get(0)) : chosen;
  }
}
