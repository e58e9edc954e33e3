package org.minillm.train;

/** A long row of token ids, read by position. For one thread at a time. */
sealed interface TokenStore permits HeapTokens, FileTokens {
  /** The id at a position. */
  int get(long index);

  /** to[offset, offset + count) = ids [from, from + count). */
  void copy(long from, int[] to, int offset, int count);

  /** Number of ids. */
  long size();

  /** Bytes of memory it takes. */
  long bytes();
}
