package org.minillm.kernel;

import static org.minillm.kernel.GemmTiles.COLUMN;
import static org.minillm.kernel.GemmTiles.ROW;
import static org.minillm.kernel.GemmTiles.WIDTH;
import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.load;

import org.minillm.base.WorkerPool;

/**
 * Matrix products as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
 * (2008), for one level of cache less.
 *
 * <p>C is cut into tiles of 8 (or 4) rows × 2 vectors ({@link GemmTiles}). For each panel of
 * columns and blocks of k, the threads first pack B into slivers [k][2 vectors], padded by zeros,
 * so the tiles read it in a straight line; then they claim strips of rows. A strip copies its part
 * of A, rows or (when A comes as [k,m]) columns, to where the tiles want it, a block of k at a
 * time.
 *
 * <p>Each element of C is one chain of multiply-adds over k a block, and the blocks' sums are added
 * to C in order. No tile, edge or chunk changes that: the same bits for any number of threads, rows
 * or columns.
 */
final class VectorGemm {
  static final int K_BLOCK = Kernels.K_BLOCK;

  /** Columns that a panel of several blocks of k is to have: the strips of C stay in the cache. */
  private static final int N_BLOCK = 512;

  /** A panel: a megabyte. */
  static final int PANEL_FLOATS = 1 << 18;

  /** Most rows of a strip. */
  static final int M_BLOCK = 128;

  private static final boolean TALL = Lanes.TILE_ROWS == 8;

  /** Rows of a tile. */
  private static final int HEIGHT = TALL ? 8 : 4;

  static final int TILE_FLOATS = 8 * WIDTH;

  /** A strip shorter than this has too little work beside its start. */
  private static final int SHORTEST_STRIP = 32;

  /** Chunks a thread, so that a core lost to another process costs little. */
  private static final int CHUNKS_A_THREAD = 4;

  private final PackingBuffers buffers = new PackingBuffers();

  /**
   * C[m,n] = or += op(A) · op(B), where op transposes as told; no block of k reaches over a
   * multiple of {@code segment}.
   */
  void multiply(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      boolean transposeA,
      float[] b,
      int bOff,
      int ldb,
      boolean transposeB,
      int m,
      int n,
      int k,
      int segment,
      boolean accumulate) {
    if (m <= 0 || n <= 0) {
      return;
    }
    if (k <= 0) {
      if (!accumulate) {
        for (int i = 0; i < m; i++) {
          java.util.Arrays.fill(c, cOff + i * ldc, cOff + i * ldc + n, 0f);
        }
      }
      return;
    }
    float[] panel = buffers.borrowPanel();
    int deepMost = Math.min(k, PANEL_FLOATS / Math.min(blocks(n, WIDTH) * WIDTH, N_BLOCK));
    int panels = blocks(n, PANEL_FLOATS / deepMost / WIDTH * WIDTH);
    int wideMost = blocks(blocks(n, panels), WIDTH) * WIDTH;
    for (int j = 0; j < n; j += wideMost) {
      int wide = Math.min(wideMost, n - j);
      for (int p = 0, end; p < k; p = end) {
        end = groupEnd(p, k, segment, deepMost);
        int from = transposeB ? bOff + j * ldb + p : bOff + p * ldb + j;
        packPanel(pool, panel, b, from, ldb, transposeB, p, end, k, segment, wide);
        int aAt = transposeA ? aOff + p * lda : aOff + p;
        boolean add = accumulate || p > 0;
        strips(
            pool,
            c,
            cOff + j,
            ldc,
            a,
            aAt,
            lda,
            transposeA,
            panel,
            m,
            wide,
            p,
            end,
            k,
            segment,
            add);
      }
    }
    buffers.giveBackPanel(panel);
  }

  /** Where the blocks of k end whose panel is packed together, the first of them at {@code p}. */
  private static int groupEnd(int p, int k, int segment, int most) {
    int end = p + Kernels.depth(p, k, segment);
    while (end < k && end + Kernels.depth(end, k, segment) - p <= most) {
      end += Kernels.depth(end, k, segment);
    }
    return end;
  }

  /** Packs the blocks of k from {@code p} to {@code end}, one after the other. */
  private static void packPanel(
      WorkerPool pool,
      float[] panel,
      float[] b,
      int bOff,
      int ldb,
      boolean transposed,
      int p,
      int end,
      int k,
      int segment,
      int n) {
    int slivers = blocks(n, WIDTH);
    int together = Math.max(1, slivers / (CHUNKS_A_THREAD * pool.threads()));
    pool.run(
        blocks(slivers, together),
        chunk -> {
          int j = chunk * together * WIDTH;
          int wide = Math.min(together * WIDTH, n - j);
          for (int q = p, deep; q < end; q += deep) {
            deep = Kernels.depth(q, k, segment);
            int to = (q - p) * slivers * WIDTH + j * deep;
            if (transposed) {
              packTransposed(panel, to, b, bOff + j * ldb + q - p, ldb, deep, wide);
            } else {
              pack(panel, to, b, bOff + (q - p) * ldb + j, ldb, deep, wide);
            }
          }
        });
  }

  /** C[m,n] = or += op(A) · packed B, by strips of rows (and of columns, where rows are few). */
  private void strips(
      WorkerPool pool,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      boolean transposeA,
      float[] panel,
      int m,
      int n,
      int p,
      int end,
      int k,
      int segment,
      boolean accumulate) {
    int wanted = pool.threads() == 1 ? 1 : CHUNKS_A_THREAD * pool.threads();
    int height = Math.min(M_BLOCK, blocks(m, HEIGHT) * HEIGHT);
    while (height > SHORTEST_STRIP && blocks(m, height) < wanted) {
      height = blocks(height / 2, HEIGHT) * HEIGHT;
    }
    int padded = blocks(n, WIDTH) * WIDTH;
    int width = padded;
    while (width > 2 * WIDTH && blocks(m, height) * blocks(n, width) < wanted) {
      width = blocks(width / 2, WIDTH) * WIDTH;
    }
    int rows = height;
    int columns = width;
    int down = blocks(m, rows);
    pool.run(
        down * blocks(n, columns),
        chunk -> {
          int i = chunk % down * rows;
          int j = chunk / down * columns;
          int high = Math.min(rows, m - i);
          int wide = Math.min(columns, n - j);
          int at = cOff + i * ldc + j;
          PackingBuffers.Strip strip = buffers.borrowStrip();
          for (int q = p, deep; q < end; q += deep) {
            deep = Kernels.depth(q, k, segment);
            int b = (q - p) * padded + j * deep;
            boolean add = accumulate || q > p;
            if (transposeA) {
              copyColumns(strip.a, 0, a, aOff + (q - p) * lda + i, lda, deep, high);
              columnsBlock(c, at, ldc, strip.a, 0, panel, b, high, wide, deep, add, strip.tile, 0);
            } else {
              copyRows(strip.a, 0, a, aOff + i * lda + q - p, lda, high, deep);
              rowsBlock(c, at, ldc, strip.a, 0, panel, b, high, wide, deep, add, strip.tile, 0);
            }
          }
          buffers.giveBackStrip(strip);
        });
  }

  private static int blocks(int n, int size) {
    return (n + size - 1) / size;
  }

  // ---- packing ----------------------------------------------------------------------------------

  /** Floats that {@link #pack} writes for k × n. */
  static int packedFloats(int k, int n) {
    return k * blocks(n, WIDTH) * WIDTH;
  }

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
      transpose(to, at, WIDTH, b, bOff + j * ldb, ldb, width, k);
      for (int p = 0; width < WIDTH && p < k; p++) {
        java.util.Arrays.fill(to, at + p * WIDTH + width, at + (p + 1) * WIDTH, 0f);
      }
    }
  }

  /** to[columns, rows] = from[rows, columns]ᵀ. */
  static void transpose(
      float[] to,
      int toOff,
      int ldTo,
      float[] from,
      int fromOff,
      int ldFrom,
      int rows,
      int columns) {
    int r = 0;
    for (; r + 8 <= rows; r += 8) {
      int f0 = fromOff + r * ldFrom;
      int f1 = f0 + ldFrom;
      int f2 = f1 + ldFrom;
      int f3 = f2 + ldFrom;
      int f4 = f3 + ldFrom;
      int f5 = f4 + ldFrom;
      int f6 = f5 + ldFrom;
      int f7 = f6 + ldFrom;
      int at = toOff + r;
      for (int q = 0; q < columns; q++, at += ldTo) {
        to[at] = from[f0 + q];
        to[at + 1] = from[f1 + q];
        to[at + 2] = from[f2 + q];
        to[at + 3] = from[f3 + q];
        to[at + 4] = from[f4 + q];
        to[at + 5] = from[f5 + q];
        to[at + 6] = from[f6 + q];
        to[at + 7] = from[f7 + q];
      }
    }
    for (; r < rows; r++) {
      for (int q = 0; q < columns; q++) {
        to[toOff + q * ldTo + r] = from[fromOff + r * ldFrom + q];
      }
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
    int whole = m / COLUMN * COLUMN;
    int sliver = k * COLUMN;
    for (int p = 0; p < k; p++) {
      int from = aOff + p * lda;
      int at = toOff + p * COLUMN;
      for (int i = 0; i < whole; i += COLUMN, at += sliver) {
        for (int x = 0; x < COLUMN; x += LENGTH) {
          load(a, from + i + x).intoArray(to, at + x);
        }
      }
      for (int x = 0; whole < m && x < COLUMN; x++) {
        to[at + x] = whole + x < m ? a[from + whole + x] : 0f;
      }
    }
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
