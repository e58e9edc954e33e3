package org.minillm.kernel;

import static jdk.incubator.vector.FloatVector.fromArray;
import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.SPECIES;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import jdk.incubator.vector.FloatVector;

/**
 * The innermost loops of {@link VectorGemm}: a tile of C, 8, 4 or 1 rows × 2 vectors, whose sums
 * stay in registers over a block of k. B comes packed, [k][2 vectors]. A comes copied: its rows
 * {@link #ROW} apart, or, when it is given transposed, as columns {@link #COLUMN} apart.
 *
 * <p>Both distances are constants: the JIT then needs one address and one range check for all rows
 * of A, which is worth a fifth of the time. Storing and adding tiles are two methods each: on JDK
 * 17 an accumulator merged over a branch leaves the registers (15 times slower).
 *
 * <p>C is read with {@code FloatVector.fromArray}, not {@link Lanes#load}: these methods are so
 * long that the JIT inlines nothing of ours any more at their end (18,000 nodes), only what the JDK
 * marks; each load would be a call that allocates its vector.
 */
final class GemmTiles {
  /** Columns of a tile. */
  static final int WIDTH = 2 * LENGTH;

  /** Floats from a row of A to the next: a block of k, and a line more against cache conflicts. */
  static final int ROW = Kernels.K_BLOCK + 16;

  /** Floats from a column of A to the next: the rows of the tallest tile. */
  static final int COLUMN = 8;

  private GemmTiles() {}

  /** C = A·B, 8 rows; A in rows. */
  static void storeRows8(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
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
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p + ROW]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p + 2 * ROW]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p + 3 * ROW]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      x = all(a[aOff + p + 4 * ROW]);
      c40 = fma(x, b0, c40);
      c41 = fma(x, b1, c41);
      x = all(a[aOff + p + 5 * ROW]);
      c50 = fma(x, b0, c50);
      c51 = fma(x, b1, c51);
      x = all(a[aOff + p + 6 * ROW]);
      c60 = fma(x, b0, c60);
      c61 = fma(x, b1, c61);
      x = all(a[aOff + p + 7 * ROW]);
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

  /** C += A·B, 8 rows; A in rows. */
  static void addRows8(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
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
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p + ROW]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p + 2 * ROW]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p + 3 * ROW]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      x = all(a[aOff + p + 4 * ROW]);
      c40 = fma(x, b0, c40);
      c41 = fma(x, b1, c41);
      x = all(a[aOff + p + 5 * ROW]);
      c50 = fma(x, b0, c50);
      c51 = fma(x, b1, c51);
      x = all(a[aOff + p + 6 * ROW]);
      c60 = fma(x, b0, c60);
      c61 = fma(x, b1, c61);
      x = all(a[aOff + p + 7 * ROW]);
      c70 = fma(x, b0, c70);
      c71 = fma(x, b1, c71);
    }
    int at = cOff;
    fromArray(SPECIES, c, at).add(c00).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c01).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c10).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c11).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c20).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c21).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c30).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c31).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c40).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c41).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c50).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c51).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c60).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c61).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c70).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c71).intoArray(c, at + LENGTH);
  }

  /** C = A·B, 8 rows; A in columns. */
  static void storeColumns8(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
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
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p * COLUMN]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p * COLUMN + 1]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p * COLUMN + 2]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p * COLUMN + 3]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      x = all(a[aOff + p * COLUMN + 4]);
      c40 = fma(x, b0, c40);
      c41 = fma(x, b1, c41);
      x = all(a[aOff + p * COLUMN + 5]);
      c50 = fma(x, b0, c50);
      c51 = fma(x, b1, c51);
      x = all(a[aOff + p * COLUMN + 6]);
      c60 = fma(x, b0, c60);
      c61 = fma(x, b1, c61);
      x = all(a[aOff + p * COLUMN + 7]);
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

  /** C += A·B, 8 rows; A in columns. */
  static void addColumns8(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
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
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p * COLUMN]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p * COLUMN + 1]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p * COLUMN + 2]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p * COLUMN + 3]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      x = all(a[aOff + p * COLUMN + 4]);
      c40 = fma(x, b0, c40);
      c41 = fma(x, b1, c41);
      x = all(a[aOff + p * COLUMN + 5]);
      c50 = fma(x, b0, c50);
      c51 = fma(x, b1, c51);
      x = all(a[aOff + p * COLUMN + 6]);
      c60 = fma(x, b0, c60);
      c61 = fma(x, b1, c61);
      x = all(a[aOff + p * COLUMN + 7]);
      c70 = fma(x, b0, c70);
      c71 = fma(x, b1, c71);
    }
    int at = cOff;
    fromArray(SPECIES, c, at).add(c00).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c01).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c10).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c11).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c20).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c21).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c30).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c31).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c40).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c41).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c50).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c51).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c60).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c61).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c70).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c71).intoArray(c, at + LENGTH);
  }

  /** C = A·B, 4 rows; A in rows. */
  static void storeRows4(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p + ROW]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p + 2 * ROW]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p + 3 * ROW]);
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

  /** C += A·B, 4 rows; A in rows. */
  static void addRows4(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p + ROW]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p + 2 * ROW]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p + 3 * ROW]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
    }
    int at = cOff;
    fromArray(SPECIES, c, at).add(c00).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c01).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c10).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c11).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c20).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c21).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c30).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c31).intoArray(c, at + LENGTH);
  }

  /** C = A·B, 4 rows; A in columns. */
  static void storeColumns4(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p * COLUMN]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p * COLUMN + 1]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p * COLUMN + 2]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p * COLUMN + 3]);
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

  /** C += A·B, 4 rows; A in columns. */
  static void addColumns4(
      float[] c, int cOff, int ldc, float[] a, int aOff, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    FloatVector c10 = all(0f);
    FloatVector c11 = all(0f);
    FloatVector c20 = all(0f);
    FloatVector c21 = all(0f);
    FloatVector c30 = all(0f);
    FloatVector c31 = all(0f);
    for (int p = 0; p < k; p++) {
      FloatVector b0 = load(b, bOff + p * WIDTH);
      FloatVector b1 = load(b, bOff + p * WIDTH + LENGTH);
      FloatVector x = all(a[aOff + p * COLUMN]);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = all(a[aOff + p * COLUMN + 1]);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = all(a[aOff + p * COLUMN + 2]);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = all(a[aOff + p * COLUMN + 3]);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
    }
    int at = cOff;
    fromArray(SPECIES, c, at).add(c00).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c01).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c10).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c11).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c20).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c21).intoArray(c, at + LENGTH);
    at += ldc;
    fromArray(SPECIES, c, at).add(c30).intoArray(c, at);
    fromArray(SPECIES, c, at + LENGTH).add(c31).intoArray(c, at + LENGTH);
  }

  /** C = A·B, one row. */
  static void storeRows1(float[] c, int cOff, float[] a, int aOff, float[] b, int bOff, int k) {
    FloatVector c00 = all(0f);
    FloatVector c01 = all(0f);
    for (int p = 0; p < k; p++) {
      FloatVector x = all(a[aOff + p]);
      c00 = fma(x, load(b, bOff + p * WIDTH), c00);
      c01 = fma(x, load(b, bOff + p * WIDTH + LENGTH), c01);
    }
    c00.intoArray(c, cOff);
    c01.intoArray(c, cOff + LENGTH);
  }
}
