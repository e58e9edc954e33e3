package org.minillm.app.doctor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds, for a document, an earlier one that is nearly the same: locality-sensitive hashing over
 * bands of MinHash signatures gives candidates, whose similarity is first estimated and then
 * computed.
 *
 * <p>Each band of each document is an entry in a chained hash table; a search looks at no more than
 * {@value #MOST_STEPS} entries a band, the newest first, so the time is linear in the documents
 * whatever they are. A document takes about {@value #BYTES} bytes: 240 of signature, the rest
 * entries and heads of chains.
 */
final class NearIndex implements AutoCloseable {
  /** Bytes a document takes, while the table grows. */
  static final int BYTES = 480;

  private static final int MOST_STEPS = 48;

  /** Equal places from which a candidate is compared: 0.7 of them, 2.7 deviations below 0.8. */
  private static final int LEAST_EQUAL = (int) (0.7 * MinHash.PLACES);

  /** Documents whose signatures and entries share an array. */
  private static final int BLOCK = 1 << 10;

  private final int most;
  private final ShingleFile shingles = new ShingleFile();
  private final List<short[]> signatures = new ArrayList<>();
  private final List<int[]> next = new ArrayList<>();
  private int[] heads = new int[1 << 12];
  private long[] offsets = new long[BLOCK];
  private int[] sizes = new int[BLOCK];
  private int[] numbers = new int[BLOCK];
  private int[] lookedAt = new int[BLOCK];
  private int size;
  private int searches;

  private final short[] asked = new short[MinHash.PLACES];
  private Shingles askedShingles = new Shingles(new int[0], 0);
  private double similarity;

  /**
   * @param most documents to remember
   */
  NearIndex(int most) throws IOException {
    this.most = most;
    Arrays.fill(heads, -1);
  }

  /** The number of an earlier document that is nearly the same, -1 if none was found. */
  int find(Shingles document) throws IOException {
    askedShingles = document;
    if (document.size() == 0) {
      return -1;
    }
    MinHash.sign(document.hashes(), asked, 0);
    searches++;
    for (int band = 0; band < MinHash.BANDS; band++) {
      int entry = heads[head(MinHash.bandHash(band, asked, 0))];
      for (int step = 0; entry >= 0 && step < MOST_STEPS; step++) {
        int candidate = entry / MinHash.BANDS;
        if (lookedAt[candidate] != searches && isAlike(candidate)) {
          return numbers[candidate];
        }
        lookedAt[candidate] = searches;
        entry = next.get(candidate / BLOCK)[entry % (BLOCK * MinHash.BANDS)];
      }
    }
    return -1;
  }

  /** Similarity of the document that was found last, {@value Shingles#ALIKE} to 1. */
  double similarity() {
    return similarity;
  }

  /** Remembers the document that was looked for last; false if there is no room. */
  boolean add(int number) throws IOException {
    if (askedShingles.size() == 0) {
      return true;
    }
    if (size >= most) {
      return false;
    }
    if (size % BLOCK == 0) {
      signatures.add(new short[BLOCK * MinHash.PLACES]);
      next.add(new int[BLOCK * MinHash.BANDS]);
    }
    if (size == sizes.length) {
      int larger = size + size / 2;
      offsets = Arrays.copyOf(offsets, larger);
      sizes = Arrays.copyOf(sizes, larger);
      numbers = Arrays.copyOf(numbers, larger);
      lookedAt = Arrays.copyOf(lookedAt, larger);
    }
    System.arraycopy(asked, 0, block(size), at(size), MinHash.PLACES);
    offsets[size] = shingles.append(askedShingles.hashes());
    sizes[size] = askedShingles.size();
    numbers[size] = number;
    size++;
    if ((long) size * MinHash.BANDS > 2L * heads.length) {
      rebuild();
    } else {
      link(size - 1);
    }
    return true;
  }

  private boolean isAlike(int candidate) throws IOException {
    int smaller = Math.min(sizes[candidate], askedShingles.size());
    int larger = Math.max(sizes[candidate], askedShingles.size());
    if (smaller < Shingles.ALIKE * larger
        || MinHash.equalPlaces(asked, 0, block(candidate), at(candidate)) < LEAST_EQUAL) {
      return false;
    }
    similarity = askedShingles.similarity(shingles.read(offsets[candidate], sizes[candidate]));
    return similarity >= Shingles.ALIKE;
  }

  private void rebuild() {
    heads = new int[2 * heads.length];
    Arrays.fill(heads, -1);
    for (int i = 0; i < size; i++) {
      link(i);
    }
  }

  private void link(int document) {
    for (int band = 0; band < MinHash.BANDS; band++) {
      int entry = document * MinHash.BANDS + band;
      int head = head(MinHash.bandHash(band, block(document), at(document)));
      next.get(document / BLOCK)[entry % (BLOCK * MinHash.BANDS)] = heads[head];
      heads[head] = entry;
    }
  }

  private int head(long hash) {
    return (int) hash & (heads.length - 1);
  }

  private short[] block(int document) {
    return signatures.get(document / BLOCK);
  }

  private static int at(int document) {
    return document % BLOCK * MinHash.PLACES;
  }

  @Override
  public void close() throws IOException {
    shingles.close();
  }
}
