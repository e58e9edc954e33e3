package org.minillm.kernel;

import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.FloatVector;
import org.minillm.base.WorkerPool;

/**
 * Matrix products as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
 * (2008), for one level of cache less.
 *
 * <p>C is cut into tiles of 8 (or 4) rows × 2 vectors whose sums stay in registers over a block of
 * {@link #K_BLOCK} values of k. B is packed into slivers [k][2 vectors], padded by zeros, so the
 * tile reads it in a straight line; A is read in place, or transposed first when it comes as [k,m].
 * C is divided into chunks of rows × columns; a chunk packs for itself, so nothing waits inside a
 * product.
 *
 * <p>Each element of C is one chain of multiply-adds over k a block, and the blocks' sums are added
 * to C in order. No tile, edge or chunk changes that: the same bits for any number of threads, rows
 * or columns.
 *
 * <p>Storing and adding tiles are two methods each: on JDK 17 an accumulator merged over a branch
 * leaves the registers (15 times slower).
 */
final class VectorGemm {
  static final int K_BLOCK = Kernels.K_BLOCK;
  static final int N_BLOCK = 512;
  static final int M_BLOCK = 128;

  /** Columns of a tile. */
  static final int WIDTH = 2 * LENGTH;

  static final int TILE_FLOATS = 8 * WIDTH;

  /** 8 × 2 sums need 32 registers: AVX-512 and ARM have them, AVX2 and SSE have 16. */
  private static final boolean TALL =
      LENGTH >= 16 || System.getProperty("os.arch", "").equals("aarch64");

  private static final int ROWS_A_CHUNK = 512;

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
    // Many chunks, so that a core lost to another process costs little; columns first, because rows
    // share the packing of B.
    int wanted = pool.threads() == 1 ? 1 : 4 * pool.threads();
    int height = Math.min(m, ROWS_A_CHUNK);
    int width = N_BLOCK;
    while (width > 2 * WIDTH && blocks(m, height) * blocks(n, width) < wanted) {
      width /= 2;
    }
    while (height > 64 && blocks(m, height) * blocks(n, width) < wanted) {
      height = (height / 2 + 7) / 8 * 8;
    }
    int rows = height;
    int columns = width;
    int down = blocks(m, rows);
    pool.run(
        down * blocks(n, columns),
        chunk -> {
          int i0 = chunk % down * rows;
          int j0 = chunk / down * columns;
          int mine = Math.min(rows, m - i0);
          int wide = Math.min(columns, n - j0);
          PackingBuffers.Buffer buffer = buffers.borrow();
          for (int p = 0, deep; p < k; p += deep) {
            deep = Math.min(Math.min(K_BLOCK, segment - p % segment), k - p);
            boolean add = accumulate || p > 0;
            if (transposeB) {
              packTransposed(buffer.b, 0, b, bOff + j0 * ldb + p, ldb, deep, wide);
            } else {
              pack(buffer.b, 0, b, bOff + p * ldb + j0, ldb, deep, wide);
            }
            for (int i = i0; i < i0 + mine; i += M_BLOCK) {
              int high = Math.min(M_BLOCK, i0 + mine - i);
              int at = cOff + i * ldc + j0;
              if (transposeA) {
                transpose(buffer.a, 0, deep, a, aOff + p * lda + i, lda, deep, high);
                block(
                    c,
                    at,
                    ldc,
                    buffer.a,
                    0,
                    deep,
                    buffer.b,
                    0,
                    high,
                    wide,
                    deep,
                    add,
                    buffer.tile,
                    0);
              } else {
                block(
                    c,
                    at,
                    ldc,
                    a,
                    aOff + i * lda + p,
                    lda,
                    buffer.b,
                    0,
                    high,
                    wide,
                    deep,
                    add,
                    buffer.tile,
                    0);
              }
            }
          }
          buffers.giveBack(buffer);
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

  // ---- one block --------------------------------------------------------------------------------

  /**
   * C[m,n] = or += A[m,k] · packed B, on the calling thread; k ≤ {@link #K_BLOCK} keeps the order
   * of a product. {@code tile} holds {@link #TILE_FLOATS} from {@code tileOff}.
   */
  static void block(
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
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
        int from = aOff + i * lda;
        int rows = TALL && m - i >= 8 ? 8 : m - i >= 4 ? 4 : 1;
        if (width < WIDTH || (rows == 1 && accumulate)) {
          store(rows, tile, tileOff, WIDTH, a, from, lda, b, sliver, k);
          merge(c, at, ldc, tile, tileOff, rows, width, accumulate);
        } else if (!accumulate) {
          store(rows, c, at, ldc, a, from, lda, b, sliver, k);
        } else if (rows == 8) {
          add8(c, at, ldc, a, from, lda, b, sliver, k);
        } else {
          add4(c, at, ldc, a, from, lda, b, sliver, k);
        }
        i += rows;
      }
    }
  }

  private static void store(
      int rows,
      float[] c,
      int cOff,
      int ldc,
      float[] a,
      int aOff,
      int lda,
      float[] b,
      int bOff,
      int k) {
    if (rows == 8) {
      store8(c, cOff, ldc, a, aOff, lda, b, bOff, k);
    } else if (rows == 4) {
      store4(c, cOff, ldc, a, aOff, lda, b, bOff, k);
    } else {
      store1(c, cOff, a, aOff, b, bOff, k);
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

  // ---- tiles ------------------------------------------------------------------------------------

  /** C = A·B over one tile of 8 rows × 2 vectors, sums in registers. */
  private static void store8(
      float[] c, int cOff, int ldc, float[] a, int aOff, int lda, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    FloatVector c40 = all(0f);
    FloatVector c41 = all(0f);
    FloatVector c50 = all(0f);
    FloatVector c51 = all(0f);
    FloatVector c60 = all(0f);
    FloatVector c61 = all(0f);
    FloatVector c70 = all(0f);
    FloatVector c71 = all(0f);
    int a1 = aOff + lda;
    int a2 = aOff + 2 * lda;
    int a3 = aOff + 3 * lda;
    int a4 = aOff + 4 * lda;
    int a5 = aOff + 5 * lda;
    int a6 = aOff + 6 * lda;
    int a7 = aOff + 7 * lda;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[a1 + p]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[a2 + p]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[a3 + p]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      x = all(a[a4 + p]);
      c40 = fma(x, b0, c40);
      c41 = fma(x, b1, c41);
      x = all(a[a5 + p]);
      c50 = fma(x, b0, c50);
      c51 = fma(x, b1, c51);
      x = all(a[a6 + p]);
      c60 = fma(x, b0, c60);
      c61 = fma(x, b1, c61);
      x = all(a[a7 + p]);
      c70 = fma(x, b0, c70);
      c71 = fma(x, b1, c71);
    }
    int at = cOff;
    c00.intoArray(c, at);
    c01.intoArray(c, at + LENGTH);
    at += ldc;
    c10.intoArray(c, at);
    c11.intoArray(c, at + LENGTH);
    at += ldc;
    c20.intoArray(c, at);
    c21.intoArray(c, at + LENGTH);
    at += ldc;
    c30.intoArray(c, at);
    c31.intoArray(c, at + LENGTH);
    at += ldc;
    c40.intoArray(c, at);
    c41.intoArray(c, at + LENGTH);
    at += ldc;
    c50.intoArray(c, at);
    c51.intoArray(c, at + LENGTH);
    at += ldc;
    c60.intoArray(c, at);
    c61.intoArray(c, at + LENGTH);
    at += ldc;
    c70.intoArray(c, at);
    c71.intoArray(c, at + LENGTH);
  }

  /** C += A·B over one tile of 8 rows × 2 vectors, sums in registers. */
  private static void add8(
      float[] c, int cOff, int ldc, float[] a, int aOff, int lda, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    FloatVector c40 = all(0f);
    FloatVector c41 = all(0f);
    FloatVector c50 = all(0f);
    FloatVector c51 = all(0f);
    FloatVector c60 = all(0f);
    FloatVector c61 = all(0f);
    FloatVector c70 = all(0f);
    FloatVector c71 = all(0f);
    int a1 = aOff + lda;
    int a2 = aOff + 2 * lda;
    int a3 = aOff + 3 * lda;
    int a4 = aOff + 4 * lda;
    int a5 = aOff + 5 * lda;
    int a6 = aOff + 6 * lda;
    int a7 = aOff + 7 * lda;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[a1 + p]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[a2 + p]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[a3 + p]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      x = all(a[a4 + p]);
      c40 = fma(x, b0, c40);
      c41 = fma(x, b1, c41);
      x = all(a[a5 + p]);
      c50 = fma(x, b0, c50);
      c51 = fma(x, b1, c51);
      x = all(a[a6 + p]);
      c60 = fma(x, b0, c60);
      c61 = fma(x, b1, c61);
      x = all(a[a7 + p]);
      c70 = fma(x, b0, c70);
      c71 = fma(x, b1, c71);
    }
    int at = cOff;
    load(c, at).add(c00).intoArray(c, at);
    load(c, at + LENGTH).add(c01).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c10).intoArray(c, at);
    load(c, at + LENGTH).add(c11).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c20).intoArray(c, at);
    load(c, at + LENGTH).add(c21).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c30).intoArray(c, at);
    load(c, at + LENGTH).add(c31).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c40).intoArray(c, at);
    load(c, at + LENGTH).add(c41).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c50).intoArray(c, at);
    load(c, at + LENGTH).add(c51).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c60).intoArray(c, at);
    load(c, at + LENGTH).add(c61).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c70).intoArray(c, at);
    load(c, at + LENGTH).add(c71).intoArray(c, at + LENGTH);
  }

  /** C = A·B over one tile of 4 rows × 2 vectors, sums in registers. */
  private static void store4(
      float[] c, int cOff, int ldc, float[] a, int aOff, int lda, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    int a1 = aOff + lda;
    int a2 = aOff + 2 * lda;
    int a3 = aOff + 3 * lda;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[a1 + p]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[a2 + p]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[a3 + p]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
    }
    int at = cOff;
    c00.intoArray(c, at);
    c01.intoArray(c, at + LENGTH);
    at += ldc;
    c10.intoArray(c, at);
    c11.intoArray(c, at + LENGTH);
    at += ldc;
    c20.intoArray(c, at);
    c21.intoArray(c, at + LENGTH);
    at += ldc;
    c30.intoArray(c, at);
    c31.intoArray(c, at + LENGTH);
  }

  /** C += A·B over one tile of 4 rows × 2 vectors, sums in registers. */
  private static void add4(
      float[] c, int cOff, int ldc, float[] a, int aOff, int lda, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    int a1 = aOff + lda;
    int a2 = aOff + 2 * lda;
    int a3 = aOff + 3 * lda;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[a1 + p]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[a2 + p]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[a3 + p]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
    }
    int at = cOff;
    load(c, at).add(c00).intoArray(c, at);
    load(c, at + LENGTH).add(c01).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c10).intoArray(c, at);
    load(c, at + LENGTH).add(c11).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c20).intoArray(c, at);
    load(c, at + LENGTH).add(c21).intoArray(c, at + LENGTH);
    at += ldc;
    load(c, at).add(c30).intoArray(c, at);
    load(c, at + LENGTH).add(c31).intoArray(c, at + LENGTH);
  }

  /** C = A·B over one row × 2 vectors, sums in registers. */
  private static void store1(float[] c, int cOff, float[] a, int aOff, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
    }

    c00.intoArray(c, cOff);
    c01.intoArray(c, cOff + LENGTH);
  }
}
