package org.minillm.kernel;

import static org.minillm.kernel.GemmTiles.COLUMN;
import static org.minillm.kernel.GemmTiles.ROW;
import static org.minillm.kernel.GemmTiles.WIDTH;
import static org.minillm.kernel.VectorGemm.HEIGHT;
import static org.minillm.kernel.VectorGemm.M_BLOCK;
import static org.minillm.kernel.VectorGemm.blocks;

import java.util.concurrent.atomic.AtomicLong;
import org.minillm.base.WorkerPool;

/**
 * One product on the threads of a pool, C[m,n] = or += op(A) · op(B): who packs what and in which
 * order.
 *
 * <p>The threads divide the longer side of C in pieces. The operand of the shorter side is packed
 * by each thread for itself, once a run (some blocks of k and all of that side, or a megabyte of
 * it); that of the longer side is packed piece by piece. Only Bᵀ, which is slow to pack, is packed
 * by all threads together, and the rows divided: they then stay with the core that has them.
 */
final class VectorProduct {
  /** Floats of a thread's panel: rows of 1,024 times a block of k. */
  static final int PANEL_FLOATS = 1024 * ROW;

  /** Columns that a panel of several blocks of k is to have: the strips of C stay in the cache. */
  private static final int N_BLOCK = 512;

  /** A piece shorter than this has too little work beside its start. */
  private static final int SHORTEST_PIECE = 32;

  /** Pieces a thread, so that a core lost to another process costs little. */
  private static final int PIECES_A_THREAD = 8;

  /** From so many on x · Wᵀ divides its rows. */
  private static final int MANY_ROWS_A_THREAD = 128;

  private static final AtomicLong RUNS = new AtomicLong();

  private final WorkerPool pool;
  private final float[] c;
  private final int cOff;
  private final int ldc;
  private final float[] a;
  private final int aOff;
  private final int lda;
  private final boolean transposeA;
  private final float[] b;
  private final int bOff;
  private final int ldb;
  private final boolean transposeB;
  private final int m;
  private final int n;
  private final int k;
  private final int segment;
  private final boolean accumulate;

  /** No block of k reaches over a multiple of {@code segment}. */
  VectorProduct(
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
    this.pool = pool;
    this.c = c;
    this.cOff = cOff;
    this.ldc = ldc;
    this.a = a;
    this.aOff = aOff;
    this.lda = lda;
    this.transposeA = transposeA;
    this.b = b;
    this.bOff = bOff;
    this.ldb = ldb;
    this.transposeB = transposeB;
    this.m = m;
    this.n = n;
    this.k = k;
    this.segment = segment;
    this.accumulate = accumulate;
  }

  void run() {
    if (m <= 0 || n <= 0) {
      return;
    }
    if (k <= 0) {
      for (int i = 0; i < m && !accumulate; i++) {
        java.util.Arrays.fill(c, cOff + i * ldc, cOff + i * ldc + n, 0f);
      }
    } else if (m > n || (transposeB && manyRows())) {
      divideRows();
    } else {
      divideColumns();
    }
  }

  private boolean manyRows() {
    return m >= MANY_ROWS_A_THREAD * pool.threads();
  }

  private int depth(int p) {
    return Kernels.depth(p, k, segment);
  }

  /** Length of pieces of a side: whole tiles, and enough pieces for the threads. */
  private int piece(int side, int tile) {
    int wanted = pool.threads() == 1 ? 1 : PIECES_A_THREAD * pool.threads();
    int length = Math.min(M_BLOCK, blocks(side, tile) * tile);
    while (length > Math.max(SHORTEST_PIECE, tile) && blocks(side, length) < wanted) {
      length = blocks(length / 2, tile) * tile;
    }
    return length;
  }

  // ---- rows divided, B in panels ----------------------------------------------------------------

  private void divideRows() {
    int deepMost = Math.min(k, PANEL_FLOATS / Math.min(blocks(n, WIDTH) * WIDTH, N_BLOCK));
    int panels = blocks(n, PANEL_FLOATS / deepMost / WIDTH * WIDTH);
    int wideMost = blocks(blocks(n, panels), WIDTH) * WIDTH;
    for (int j = 0; j < n; j += wideMost) {
      for (int p = 0, end; p < k; p = end) {
        end = p + depth(p);
        while (end < k && end + depth(end) - p <= deepMost) {
          end += depth(end);
        }
        rowPieces(j, Math.min(wideMost, n - j), p, end);
      }
    }
  }

  /** C's columns from {@code j}, over the blocks of k from {@code p} to {@code end}. */
  private void rowPieces(int j, int wide, int p, int end) {
    long run = RUNS.incrementAndGet();
    int height = piece(m, HEIGHT);
    int padded = blocks(wide, WIDTH) * WIDTH;
    float[] shared = transposeB ? packTogether(run, j, wide, p, end) : null;
    pool.run(
        blocks(m, height),
        chunk -> {
          PackingBuffers buffers = PackingBuffers.ofThread();
          float[] panel = shared == null ? buffers.panel : shared;
          if (shared == null && buffers.missing(run)) {
            packBlocks(panel, padded, 0, j, wide, p, end);
          }
          int i = chunk * height;
          int high = Math.min(height, m - i);
          for (int q = p, deep; q < end; q += deep) {
            deep = depth(q);
            copyA(buffers.strip, 0, q, i, deep, high);
            multiply(
                i,
                j,
                buffers.strip,
                0,
                panel,
                (q - p) * padded,
                high,
                wide,
                deep,
                accumulate || q > 0,
                buffers.tile);
          }
        });
  }

  /** All threads pack B into the panel of the calling thread. */
  private float[] packTogether(long run, int j, int wide, int p, int end) {
    PackingBuffers buffers = PackingBuffers.ofThread();
    buffers.missing(run);
    int slivers = blocks(wide, WIDTH);
    int together = Math.max(1, slivers / (PIECES_A_THREAD * pool.threads()));
    pool.run(
        blocks(slivers, together),
        chunk -> {
          int from = chunk * together * WIDTH;
          int columns = Math.min(together * WIDTH, wide - from);
          packBlocks(buffers.panel, slivers * WIDTH, from, j + from, columns, p, end);
        });
    return buffers.panel;
  }

  /** Packs columns of B from {@code j} to the panel's column {@code at}; it has {@code padded}. */
  private void packBlocks(float[] panel, int padded, int at, int j, int wide, int p, int end) {
    for (int q = p, deep; q < end; q += deep) {
      deep = depth(q);
      packB(panel, (q - p) * padded + at * deep, q, j, deep, wide);
    }
  }

  // ---- columns divided, A in panels -------------------------------------------------------------

  private void divideColumns() {
    int panels = blocks(m, PANEL_FLOATS / ROW);
    int highMost = blocks(blocks(m, panels), HEIGHT) * HEIGHT;
    for (int i = 0; i < m; i += highMost) {
      int high = Math.min(highMost, m - i);
      for (int p = 0, end; p < k; p = end) {
        end = p + depth(p);
        int floats = copied(high, end - p);
        while (end < k && floats + copied(high, depth(end)) <= PANEL_FLOATS) {
          floats += copied(high, depth(end));
          end += depth(end);
        }
        columnPieces(i, high, p, end);
      }
    }
  }

  /** C's rows from {@code i}, over the blocks of k from {@code p} to {@code end}. */
  private void columnPieces(int i, int high, int p, int end) {
    long run = RUNS.incrementAndGet();
    int width = piece(n, WIDTH);
    pool.run(
        blocks(n, width),
        chunk -> {
          PackingBuffers buffers = PackingBuffers.ofThread();
          if (buffers.missing(run)) {
            for (int q = p, at = 0; q < end; q += depth(q)) {
              copyA(buffers.panel, at, q, i, depth(q), high);
              at += copied(high, depth(q));
            }
          }
          int j = chunk * width;
          int wide = Math.min(width, n - j);
          for (int q = p, deep, at = 0; q < end; q += deep) {
            deep = depth(q);
            packB(buffers.strip, 0, q, j, deep, wide);
            for (int r = 0; r < high; r += M_BLOCK) {
              multiply(
                  i + r,
                  j,
                  buffers.panel,
                  at + copied(r, deep),
                  buffers.strip,
                  0,
                  Math.min(M_BLOCK, high - r),
                  wide,
                  deep,
                  accumulate || q > 0,
                  buffers.tile);
            }
            at += copied(high, deep);
          }
        });
  }

  // ---- both -------------------------------------------------------------------------------------

  /** Floats that {@link #copyA} takes for {@code high} rows. */
  private int copied(int high, int deep) {
    return transposeA ? blocks(high, COLUMN) * COLUMN * deep : high * ROW;
  }

  private void copyA(float[] to, int toOff, int p, int i, int deep, int high) {
    if (transposeA) {
      VectorGemm.copyColumns(to, toOff, a, aOff + p * lda + i, lda, deep, high);
    } else {
      VectorGemm.copyRows(to, toOff, a, aOff + i * lda + p, lda, high, deep);
    }
  }

  private void packB(float[] to, int toOff, int p, int j, int deep, int wide) {
    if (transposeB) {
      VectorGemm.packTransposed(to, toOff, b, bOff + j * ldb + p, ldb, deep, wide);
    } else {
      VectorGemm.pack(to, toOff, b, bOff + p * ldb + j, ldb, deep, wide);
    }
  }

  private void multiply(
      int i,
      int j,
      float[] rows,
      int rowsOff,
      float[] columns,
      int columnsOff,
      int high,
      int wide,
      int deep,
      boolean add,
      float[] tile) {
    int at = cOff + i * ldc + j;
    if (transposeA) {
      VectorGemm.columnsBlock(
          c, at, ldc, rows, rowsOff, columns, columnsOff, high, wide, deep, add, tile, 0);
    } else {
      VectorGemm.rowsBlock(
          c, at, ldc, rows, rowsOff, columns, columnsOff, high, wide, deep, add, tile, 0);
    }
  }
}
