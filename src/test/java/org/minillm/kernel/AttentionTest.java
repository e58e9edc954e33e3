package org.minillm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.minillm.base.WorkerPool;

/** Attention against the formulas in double, whole score rows, no blocks. */
@Tag("kernel")
class AttentionTest {
  private static final WorkerPool ONE = new WorkerPool(1);
  private static final WorkerPool THREE = new WorkerPool(3);

  private static AttentionShape shape(
      int batch, int queries, int start, int heads, int kvHeads, int headDim, int chunk) {
    return new AttentionShape(
        batch, queries, start + queries, start, heads, kvHeads, headDim, chunk);
  }

  private static final AttentionShape[] FORWARD = {
    shape(1, 1, 0, 1, 1, 1, 1),
    shape(1, 1, 99, 4, 2, 32, 64),
    shape(2, 1, 511, 6, 2, 50, 64),
    shape(1, 2, 0, 2, 1, 8, 3),
    shape(2, 7, 5, 4, 2, 6, 4),
    shape(1, 64, 0, 2, 2, 64, 64),
    shape(2, 65, 0, 4, 1, 16, 48),
    shape(1, 130, 33, 2, 1, 33, 64),
    shape(1, 300, 0, 2, 2, 32, 100),
    shape(1, 70, 200, 1, 1, 32, 1000),
  };

  private static final AttentionShape[] BACKWARD = {
    shape(1, 1, 0, 1, 1, 1, 1),
    shape(2, 5, 0, 2, 1, 4, 2),
    shape(1, 64, 0, 2, 2, 32, 64),
    shape(2, 67, 0, 4, 2, 16, 48),
    shape(1, 130, 0, 3, 1, 33, 100),
    shape(1, 129, 0, 2, 2, 64, 1),
  };

  /** Inputs in rows longer than the heads, at odd offsets. */
  private static final class Case {
    final AttentionShape s;
    final int ldq;
    final int ldk;
    final int ldv;
    final int ldo;
    final float[] q;
    final float[] k;
    final float[] v;
    final float[] out;
    final float[] lse;
    final AttentionScratch scratch;

    Case(AttentionShape s) {
      this.s = s;
      ldq = s.nHeads() * s.headDim() + 2;
      ldk = s.nKvHeads() * s.headDim() + 1;
      ldv = s.nKvHeads() * s.headDim() + 3;
      ldo = s.nHeads() * s.headDim() + 5;
      q = KernelsUnderTest.random(1, 1 + s.batch() * s.queries() * ldq);
      k = KernelsUnderTest.random(2, 2 + s.batch() * s.keys() * ldk);
      v = KernelsUnderTest.random(3, 3 + s.batch() * s.keys() * ldv);
      out = new float[4 + s.batch() * s.queries() * ldo];
      lse = new float[5 + s.batch() * s.nHeads() * s.queries()];
      Arrays.fill(out, Float.NaN);
      scratch = new AttentionScratch(3, s.headDim(), s.chunk());
      Arrays.fill(scratch.data, Float.NaN);
    }

    void forward(Kernels kernels, WorkerPool pool) {
      kernels.attentionForward(
          pool, s, out, 4, ldo, lse, 5, q, 1, ldq, k, 2, ldk, v, 3, ldv, scratch);
    }

    int q(int b, int i, int h) {
      return 1 + (b * s.queries() + i) * ldq + h * s.headDim();
    }

    int k(int b, int j, int h) {
      return 2 + (b * s.keys() + j) * ldk + h / (s.nHeads() / s.nKvHeads()) * s.headDim();
    }

    int v(int b, int j, int h) {
      return 3 + (b * s.keys() + j) * ldv + h / (s.nHeads() / s.nKvHeads()) * s.headDim();
    }

    int out(int b, int i, int h) {
      return 4 + (b * s.queries() + i) * ldo + h * s.headDim();
    }

    int lse(int b, int i, int h) {
      return 5 + (b * s.nHeads() + h) * s.queries() + i;
    }

    /** exp(scores) of one query, and the log of their sum at the end. */
    double[] probabilities(int b, int i, int h) {
      int seen = s.queryStart() + i + 1;
      double[] p = new double[seen + 1];
      double sum = 0;
      for (int j = 0; j < seen; j++) {
        double score = 0;
        for (int d = 0; d < s.headDim(); d++) {
          score += (double) q[q(b, i, h) + d] * k[k(b, j, h) + d];
        }
        p[j] = Math.exp(score / Math.sqrt(s.headDim()));
        sum += p[j];
      }
      for (int j = 0; j < seen; j++) {
        p[j] /= sum;
      }
      p[seen] = Math.log(sum);
      return p;
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void forwardEqualsWholeRowsOfSoftmax(Kernels kernels) {
    for (AttentionShape s : FORWARD) {
      Case x = new Case(s);
      x.forward(kernels, THREE);
      for (int b = 0; b < s.batch(); b++) {
        for (int h = 0; h < s.nHeads(); h++) {
          for (int i = 0; i < s.queries(); i++) {
            double[] p = x.probabilities(b, i, h);
            assertEquals(p[p.length - 1], x.lse[x.lse(b, i, h)], 1e-5, s + " lse");
            for (int d = 0; d < s.headDim(); d++) {
              double expected = 0;
              for (int j = 0; j < p.length - 1; j++) {
                expected += p[j] * x.v[x.v(b, j, h) + d];
              }
              assertEquals(expected, x.out[x.out(b, i, h) + d], 5e-6, s + " " + b + h + i + d);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void hugeScoresDoNotOverflow(Kernels kernels) {
    Case x = new Case(shape(1, 40, 0, 1, 1, 16, 16));
    for (int i = 0; i < x.q.length; i++) {
      x.q[i] *= 1000f;
    }
    x.forward(kernels, ONE);
    for (int i = 0; i < 40; i++) {
      for (int d = 0; d < 16; d++) {
        float value = x.out[x.out(0, i, 0) + d];
        assertEquals(true, Float.isFinite(value), "query " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void backwardEqualsTheFormulas(Kernels kernels) {
    for (AttentionShape s : BACKWARD) {
      Case x = new Case(s);
      x.forward(kernels, THREE);
      float[] dOut = KernelsUnderTest.random(9, x.out.length);
      float[] dq = new float[x.q.length];
      float[] dk = new float[x.k.length];
      float[] dv = new float[x.v.length];
      Arrays.fill(dq, Float.NaN);
      Arrays.fill(dk, Float.NaN);
      Arrays.fill(dv, Float.NaN);
      Arrays.fill(x.scratch.data, Float.NaN);
      backward(kernels, THREE, x, dOut, dq, dk, dv);
      double[] eq = new double[x.q.length];
      double[] ek = new double[x.k.length];
      double[] ev = new double[x.v.length];
      expectedGradients(x, dOut, eq, ek, ev);
      compare(s, "dq", eq, dq);
      compare(s, "dk", ek, dk);
      compare(s, "dv", ev, dv);
    }
  }

  private static void backward(
      Kernels kernels, WorkerPool pool, Case x, float[] dOut, float[] dq, float[] dk, float[] dv) {
    kernels.attentionBackward(
        pool, x.s, dq, 1, dk, 2, dv, 3, dOut, 4, x.out, 4, x.ldo, x.lse, 5, x.q, 1, x.ldq, x.k, 2,
        x.ldk, x.v, 3, x.ldv, x.scratch);
  }

  private static void expectedGradients(
      Case x, float[] dOut, double[] eq, double[] ek, double[] ev) {
    AttentionShape s = x.s;
    for (int b = 0; b < s.batch(); b++) {
      for (int h = 0; h < s.nHeads(); h++) {
        for (int i = 0; i < s.queries(); i++) {
          double[] p = x.probabilities(b, i, h);
          double[] dp = new double[i + 1];
          double mean = 0;
          for (int j = 0; j <= i; j++) {
            for (int d = 0; d < s.headDim(); d++) {
              float upstream = dOut[x.out(b, i, h) + d];
              dp[j] += (double) upstream * x.v[x.v(b, j, h) + d];
              ev[x.v(b, j, h) + d] += p[j] * upstream;
            }
            mean += p[j] * dp[j];
          }
          for (int j = 0; j <= i; j++) {
            double ds = p[j] * (dp[j] - mean) / Math.sqrt(s.headDim());
            for (int d = 0; d < s.headDim(); d++) {
              eq[x.q(b, i, h) + d] += ds * x.k[x.k(b, j, h) + d];
              ek[x.k(b, j, h) + d] += ds * x.q[x.q(b, i, h) + d];
            }
          }
        }
      }
    }
  }

  /** Cells that no head owns keep their NaN. */
  private static void compare(AttentionShape s, String what, double[] expected, float[] found) {
    for (int i = 0; i < expected.length; i++) {
      if (expected[i] != 0) {
        assertEquals(expected[i], found[i], 2e-5, s + " " + what + " at " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void threadsDoNotChangeABit(Kernels kernels) {
    AttentionShape s = shape(2, 90, 0, 4, 2, 32, 48);
    Case one = new Case(s);
    Case three = new Case(s);
    one.forward(kernels, ONE);
    three.forward(kernels, THREE);
    assertArrayEquals(one.out, three.out);
    assertArrayEquals(one.lse, three.lse);
    float[] dOut = KernelsUnderTest.random(9, one.out.length);
    float[][] first = {new float[one.q.length], new float[one.k.length], new float[one.v.length]};
    float[][] second = {new float[one.q.length], new float[one.k.length], new float[one.v.length]};
    backward(kernels, ONE, one, dOut, first[0], first[1], first[2]);
    backward(kernels, THREE, three, dOut, second[0], second[1], second[2]);
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(first[i], second[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("org.minillm.kernel.KernelsUnderTest#all")
  void aScratchThatIsTooSmallIsRefused(Kernels kernels) {
    Case x = new Case(shape(1, 4, 0, 1, 1, 8, 8));
    AttentionScratch small = new AttentionScratch(1, 8, 4);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            kernels.attentionForward(
                ONE, x.s, x.out, 4, x.ldo, x.lse, 5, x.q, 1, x.ldq, x.k, 2, x.ldk, x.v, 3, x.ldv,
                small));
  }

  @Test
  void aTaskWaitsForASliceAndTheCountIsPlanned() {
    AttentionScratch scratch = new AttentionScratch(2, 64, 64);
    int first = scratch.take();
    int second = scratch.take();
    assertEquals(scratch.data.length / 2, Math.abs(second - first));
    scratch.giveBack(first);
    assertEquals(first, scratch.take());
    assertEquals(scratch.data.length, AttentionScratch.floats(2, 64, 64));
  }
}
