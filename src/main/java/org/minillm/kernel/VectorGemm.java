package org.minillm.kernel;

import static org.minillm.kernel.GemmTiles.COLUMN;
import static org.minillm.kernel.GemmTiles.ROW;
import static org.minillm.kernel.GemmTiles.WIDTH;
import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.VectorMask;

/**
 * Parts of a matrix product as in Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (2008), on the calling thread; {@link VectorProduct} puts them together.
 *
 * <p>C is cut into tiles of 8 (or 4) rows × 2 vectors ({@link GemmTiles}). B is packed into slivers
 * [k][2 vectors], padded by zeros, so the tiles read it in a straight line; A is copied, rows or
 * (when it comes as [k,m]) columns, to where the tiles want it.
 *
 * <p>Each element of C is one chain of multiply-adds over k a block, and the blocks' sums are added
 * to C in order. No tile, edge or piece changes that: the same bits for any number of threads, rows
 * or columns.
 */
final class VectorGemm {
  static final int K_BLOCK = Kernels.K_BLOCK;

  /** Most rows of a strip of C that a thread computes in one go. */
  static final int M_BLOCK = 128;

  private static final boolean TALL = Lanes.TILE_ROWS == 8;

  /** Rows of a tile. */
  static final int HEIGHT = TALL ? 8 : 4;

  static final int TILE_FLOATS = 8 * WIDTH;

  /** The upper half of a vector. */
  private static final VectorMask<Float> UPPER =
      VectorMask.fromLong(Lanes.SPECIES, -1L << LENGTH / 2);

  private VectorGemm() {}

  /** n / size, rounded up. */
  static int blocks(int n, int size) {
    return (n + size - 1) / size;
  }

  // ---- packing ----------------------------------------------------------------------------------

  /** Packs B[k,n] into slivers [k][WIDTH], columns beyond n as zeros. */
  static void pack(float[] to, int toOff, float[] b, int bOff, int ldb, int k, int n) {
    int at = toOff;
    for (int j = 0; j < n; j += WIDTH) {
      if (j + WIDTH <= n) {
        for (int p = 0; p < k; p++, at += WIDTH) {
          load(b, bOff + p * ldb + j).intoArray(to, at);
          load(b, bOff + p * ldb + j + LENGTH).intoArray(to, at + LENGTH);
        }
      } else {
        int width = n - j;
        for (int p = 0; p < k; p++, at += WIDTH) {
          for (int x = 0; x < WIDTH; x++) {
            to[at + x] = x < width ? b[bOff + p * ldb + j + x] : 0f;
          }
        }
      }
    }
  }

  /** Packs Bᵀ of B[n,k] into slivers [k][WIDTH], columns beyond n as zeros. */
  static void packTransposed(float[] to, int toOff, float[] b, int bOff, int ldb, int k, int n) {
    for (int j = 0; j < n; j += WIDTH) {
      int at = toOff + j * k;
      int width = Math.min(WIDTH, n - j);
      int x = 0;
      for (; x + 8 <= width; x += 8) {
        packEight(to, at + x, b, bOff + (j + x) * ldb, ldb, k);
      }
      for (; x < WIDTH; x++) {
        for (int p = 0; p < k; p++) {
          to[at + p * WIDTH + x] = x < width ? b[bOff + (j + x) * ldb + p] : 0f;
        }
      }
    }
  }

  /**
   * Eight columns of a sliver from eight rows; the constant distance spares checks of the range.
   */
  private static void packEight(float[] to, int toOff, float[] b, int bOff, int ldb, int k) {
    int b1 = bOff + ldb;
    int b2 = b1 + ldb;
    int b3 = b2 + ldb;
    int b4 = b3 + ldb;
    int b5 = b4 + ldb;
    int b6 = b5 + ldb;
    int b7 = b6 + ldb;
    for (int p = 0; p < k; p++) {
      to[toOff + p * WIDTH] = b[bOff + p];
      to[toOff + p * WIDTH + 1] = b[b1 + p];
      to[toOff + p * WIDTH + 2] = b[b2 + p];
      to[toOff + p * WIDTH + 3] = b[b3 + p];
      to[toOff + p * WIDTH + 4] = b[b4 + p];
      to[toOff + p * WIDTH + 5] = b[b5 + p];
      to[toOff + p * WIDTH + 6] = b[b6 + p];
      to[toOff + p * WIDTH + 7] = b[b7 + p];
    }
  }

  /** Copies the rows of A[m,k] to rows {@link GemmTiles#ROW} apart; k ≤ {@link #K_BLOCK}. */
  static void copyRows(float[] to, int toOff, float[] a, int aOff, int lda, int m, int k) {
    for (int i = 0; i < m; i++) {
      System.arraycopy(a, aOff + i * lda, to, toOff + i * ROW, k);
    }
  }

  /** Copies A[k,m] into slivers [k][{@link GemmTiles#COLUMN}], columns beyond m as zeros. */
  static void copyColumns(float[] to, int toOff, float[] a, int aOff, int lda, int k, int m) {
    for (int i = 0; i < m; i += COLUMN) {
      int at = toOff + i * k;
      int from = aOff + i;
      int p = 0;
      if (i + COLUMN <= m) {
        p =
            LENGTH > COLUMN
                ? copyPairs(to, at, a, from, lda, k)
                : copyWhole(to, at, a, from, lda, k);
      }
      for (; p < k; p++) {
        for (int x = 0; x < COLUMN; x++) {
          to[at + p * COLUMN + x] = i + x < m ? a[from + p * lda + x] : 0f;
        }
      }
    }
  }

  /** A sliver whose rows are whole vectors; returns the rows copied. */
  private static int copyWhole(float[] to, int toOff, float[] a, int aOff, int lda, int k) {
    for (int p = 0; p < k; p++) {
      for (int x = 0; x < COLUMN; x += LENGTH) {
        load(a, aOff + p * lda + x).intoArray(to, toOff + p * COLUMN + x);
      }
    }
    return k;
  }

  /** A sliver two of whose rows make a vector; returns the rows copied. */
  private static int copyPairs(float[] to, int toOff, float[] a, int aOff, int lda, int k) {
    int rows = k;
    // The vectors reach over the sliver's edges, to the right and (second row) to the left.
    while (rows > 0 && aOff + (rows - 1) * lda + LENGTH > a.length) {
      rows--;
    }
    rows -= rows % 2;
    if (aOff + lda < COLUMN) {
      return 0;
    }
    for (int p = 0; p < rows; p += 2) {
      load(a, aOff + p * lda)
          .blend(load(a, aOff + (p + 1) * lda - COLUMN), UPPER)
          .intoArray(to, toOff + p * COLUMN);
    }
    return rows;
  }

  // ---- one block --------------------------------------------------------------------------------

  /**
   * C[m,n] = or += A · packed B, on the calling thread; A as {@link #copyRows} left it, k ≤ {@link
   * #K_BLOCK}. {@code tile} holds {@link #TILE_FLOATS} from {@code tileOff}.
   */
  static void rowsBlock(
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int m,
      int n,
      int k,
      boolean accumulate,
      float[] tile,
      int tileOff) {
    for (int j = 0; j < n; j += WIDTH) {
      int sliver = bOff + j * k;
      int width = Math.min(WIDTH, n - j);
      int i = 0;
      while (i < m) {
        int at = cOff + i * ldc + j;
        int from = aOff + i * ROW;
        int rows = TALL && m - i >= 8 ? 8 : m - i >= 4 ? 4 : 1;
        if (width < WIDTH || (rows == 1 && accumulate)) {
          storeRows(rows, tile, tileOff, WIDTH, a, from, b, sliver, k);
          merge(c, at, ldc, tile, tileOff, rows, width, accumulate);
        } else if (!accumulate) {
          storeRows(rows, c, at, ldc, a, from, b, sliver, k);
        } else if (rows == 8) {
          GemmTiles.addRows8(c, at, ldc, a, from, b, sliver, k);
        } else {
          GemmTiles.addRows4(c, at, ldc, a, from, b, sliver, k);
        }
        i += rows;
      }
    }
  }

  /** The same with A as {@link #copyColumns} left it. */
  static void columnsBlock(
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      float[] b,
      int bOff,
      int m,
      int n,
      int k,
      boolean accumulate,
      float[] tile,
      int tileOff) {
    for (int j = 0; j < n; j += WIDTH) {
      int sliver = bOff + j * k;
      int width = Math.min(WIDTH, n - j);
      for (int i = 0; i < m; i += HEIGHT) {
        int at = cOff + i * ldc + j;
        int from = aOff + i / COLUMN * COLUMN * k + i % COLUMN;
        int rows = Math.min(HEIGHT, m - i);
        if (width < WIDTH || rows < HEIGHT) {
          storeColumns(tile, tileOff, WIDTH, a, from, b, sliver, k);
          merge(c, at, ldc, tile, tileOff, rows, width, accumulate);
        } else if (!accumulate) {
          storeColumns(c, at, ldc, a, from, b, sliver, k);
        } else if (TALL) {
          GemmTiles.addColumns8(c, at, ldc, a, from, b, sliver, k);
        } else {
          GemmTiles.addColumns4(c, at, ldc, a, from, b, sliver, k);
        }
      }
    }
  }

  private static void storeRows(
      int rows, float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
    if (rows == 8) {
      GemmTiles.storeRows8(c, cOff, ldc, a, aOff, b, bOff, k);
    } else if (rows == 4) {
      GemmTiles.storeRows4(c, cOff, ldc, a, aOff, b, bOff, k);
    } else {
      GemmTiles.storeRows1(c, cOff, a, aOff, b, bOff, k);
    }
  }

  private static void storeColumns(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
    if (TALL) {
      GemmTiles.storeColumns8(c, cOff, ldc, a, aOff, b, bOff, k);
    } else {
      GemmTiles.storeColumns4(c, cOff, ldc, a, aOff, b, bOff, k);
    }
  }

  private static void merge(
      float[] c,
      int cOff,
      int ldc,
      float[] tile,
      int tileOff,
      int rows,
      int width,
      boolean accumulate) {
    for (int r = 0; r < rows; r++) {
      int at = cOff + r * ldc;
      int from = tileOff + r * WIDTH;
      if (accumulate) {
        for (int x = 0; x < width; x++) {
          c[at + x] += tile[from + x];
        }
      } else {
        System.arraycopy(tile, from, c, at, width);
      }
    }
  }
}
