package org.minillm.app.verbatim;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Hashes of word sequences and where they stand, on disk: entries of {@value #HASH_BITS} bits of
 * the hash and a place, in buckets by the hash's first {@value #BUCKET_BITS} bits, sorted within
 * each; behind them where each bucket begins. Of a sequence that stands in very many places, the
 * first {@value #PLACES} are kept.
 */
final class GramTable implements AutoCloseable {
  static final String GRAMS = "grams";
  static final int BUCKET_BITS = 6;
  static final int BUCKETS = 1 << BUCKET_BITS;
  static final int HASH_BITS = 26;
  static final int PLACES = 4096;
  private static final int PLACE_BITS = 64 - HASH_BITS;

  /** Entries that are read at once. */
  private static final int BLOCK = 128;

  /** Entries of a bucket that are sorted at once. */
  private static final int SORTED = 1 << 18;

  private final FileChannel grams;
  private final long[] bucketStarts = new long[BUCKETS + 1];

  GramTable(Path directory) throws IOException {
    grams = FileChannel.open(directory.resolve(GRAMS));
    int bytes = bucketStarts.length * Long.BYTES;
    CorpusText.read(grams, grams.size() - bytes, bytes).asLongBuffer().get(bucketStarts);
  }

  static int bucketOf(long hash) {
    return (int) (hash >>> (64 - BUCKET_BITS));
  }

  /** The bits of the hash after the bucket's, then the place. */
  static long entry(long hash, long place) {
    return hash << BUCKET_BITS >>> PLACE_BITS << PLACE_BITS | place;
  }

  /** Places of sequences that may have this hash, rising; {@value #PLACES} at most. */
  long[] places(long hash) throws IOException {
    int bucket = bucketOf(hash);
    long wanted = entry(hash, 0);
    long at = firstNotBelow(wanted, bucketStarts[bucket], bucketStarts[bucket + 1]);
    long end = Math.min(at + PLACES, bucketStarts[bucket + 1]);
    long[] places = {};
    int count = 0;
    boolean more = true;
    while (more && at + count < end) {
      int block = (int) Math.min(BLOCK, end - at - count);
      places = Arrays.copyOf(places, count + block);
      LongBuffer entries =
          CorpusText.read(grams, (at + count) * Long.BYTES, block * Long.BYTES).asLongBuffer();
      while (more && entries.hasRemaining()) {
        long entry = entries.get();
        more = sameHash(entry, wanted);
        if (more) {
          places[count++] = entry & (1L << PLACE_BITS) - 1;
        }
      }
    }
    return Arrays.copyOf(places, count);
  }

  private static boolean sameHash(long a, long b) {
    return a >>> PLACE_BITS == b >>> PLACE_BITS;
  }

  private long firstNotBelow(long wanted, long from, long to) throws IOException {
    long low = from;
    long high = to;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (CorpusText.read(grams, middle * Long.BYTES, Long.BYTES).getLong() < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Sorts a bucket's entries and appends them to the table. Pieces of it are thinned out before
   * they are put together: a text that says one thing all the time fills one bucket.
   *
   * @return how many entries are left
   */
  static long append(Path bucket, DataOutputStream to) throws IOException {
    long[] entries = {};
    try (InputStream in = Files.newInputStream(bucket)) {
      for (byte[] piece = read(in); piece.length > 0; piece = read(in)) {
        int old = entries.length;
        entries = Arrays.copyOf(entries, old + piece.length / Long.BYTES);
        ByteBuffer.wrap(piece).asLongBuffer().get(entries, old, entries.length - old);
        entries = thinned(entries);
      }
    }
    for (long entry : entries) {
      to.writeLong(entry);
    }
    return entries.length;
  }

  private static byte[] read(InputStream in) throws IOException {
    return in.readNBytes(SORTED * Long.BYTES);
  }

  private static long[] thinned(long[] entries) {
    Arrays.sort(entries);
    int kept = 0;
    for (long entry : entries) {
      if (kept < PLACES || !sameHash(entries[kept - PLACES], entry)) {
        entries[kept++] = entry;
      }
    }
    return kept == entries.length ? entries : Arrays.copyOf(entries, kept);
  }

  @Override
  public void close() throws IOException {
    grams.close();
  }
}
