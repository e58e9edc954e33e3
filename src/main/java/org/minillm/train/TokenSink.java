package org.minillm.train;

/** Takes token ids, one after the other. */
interface TokenSink {
  void add(int id);

  default void addAll(int[] ids) {
    for (int id : ids) {
      add(id);
    }
  }

  /** Number of ids so far. */
  long size();
}
