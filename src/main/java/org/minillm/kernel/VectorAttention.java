package org.minillm.kernel;

import static org.minillm.kernel.AttentionScratch.QUERIES;
import static org.minillm.kernel.AttentionScratch.SPAN;
import static org.minillm.kernel.AttentionScratch.padded;
import static org.minillm.kernel.GemmTiles.ROW;
import static org.minillm.kernel.Kernels.K_BLOCK;
import static org.minillm.kernel.Lanes.LENGTH;
import static org.minillm.kernel.Lanes.SPECIES;
import static org.minillm.kernel.Lanes.all;
import static org.minillm.kernel.Lanes.fma;
import static org.minillm.kernel.Lanes.load;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.minillm.base.WorkerPool;

/**
 * Causal attention by blocks, after Dao et al., "FlashAttention" (2022), on the tiles of {@link
 * VectorGemm}.
 *
 * <p>Forward, for each head: a block of keys and values is packed once for {@link
 * AttentionScratch#SPAN} queries; for each {@link AttentionScratch#QUERIES} of them S = Q·Kᵀ, the
 * running maximum m and sum l of each query move on, P = exp(S - m), and out = out·exp(m_old - m) +
 * P·V. Blocks that the causal mask hides whole are skipped; in the block on the diagonal the hidden
 * P are zero. At the end out /= l, and m + log l stays for the backward pass.
 *
 * <p>Backward, for each key head: scores come back as P = exp(S - lse), computed transposed ([keys,
 * queries]), so that each of dV = Pᵀ·dO, dSᵀ and dK = dSᵀ·Q reads its left side in rows; dQ = dS·K
 * reads it in columns. dS = P ⊙ (dO·Vᵀ - Σ dO ⊙ O)·scale.
 */
final class VectorAttention {
  private VectorAttention() {}

  static void forward(
      WorkerPool pool,
      AttentionShape shape,
      float[] out,
      int outOff,
      int ldo,
      float[] lse,
      int lseOff,
      float[] q,
      int qOff,
      int ldq,
      float[] k,
      int kOff,
      int ldk,
      float[] v,
      int vOff,
      int ldv,
      AttentionScratch scratch) {
    scratch.check(shape);
    int heads = shape.nHeads();
    int group = heads / shape.nKvHeads();
    int hd = shape.headDim();
    int queries = shape.queries();
    pool.run(
        shape.batch() * heads,
        task -> {
          int b = task / heads;
          int h = task % heads;
          int outAt = outOff + b * queries * ldo + h * hd;
          int qAt = qOff + b * queries * ldq + h * hd;
          int kAt = kOff + b * shape.keys() * ldk + h / group * shape.kvHeadStride();
          int vAt = vOff + b * shape.keys() * ldv + h / group * shape.kvHeadStride();
          int lseAt = lseOff + task * queries;
          int slice = scratch.take();
          if (queries == 1) {
            float[] work = scratch.data;
            lse[lseAt] = oneQuery(shape, out, outAt, q, qAt, k, kAt, ldk, v, vAt, ldv, work, slice);
          } else {
            for (int from = 0; from < queries; from += SPAN) {
              span(
                  shape,
                  from,
                  Math.min(SPAN, queries - from),
                  out,
                  outAt,
                  ldo,
                  lse,
                  lseAt,
                  q,
                  qAt,
                  ldq,
                  k,
                  kAt,
                  ldk,
                  v,
                  vAt,
                  ldv,
                  scratch.data,
                  slice);
            }
          }
          scratch.giveBack(slice);
        });
  }

  /** Queries [q0, q0 + count) of one head against all keys they see. */
  private static void span(
      AttentionShape shape,
      int q0,
      int count,
      float[] out,
      int outAt,
      int ldo,
      float[] lse,
      int lseAt,
      float[] q,
      int qAt,
      int ldq,
      float[] k,
      int kAt,
      int ldk,
      float[] v,
      int vAt,
      int ldv,
      float[] work,
      int slice) {
    int hd = shape.headDim();
    int chunk = AttentionScratch.keysABlock(shape.chunk());
    int tile = slice;
    int maxima = tile + AttentionScratch.TILE;
    int sums = maxima + SPAN;
    int keysT = sums + SPAN;
    int values = keysT + hd * padded(chunk);
    int scores = values + chunk * padded(hd);
    int copy = scores + QUERIES * ROW;
    Arrays.fill(work, maxima, maxima + count, Float.NEGATIVE_INFINITY);
    Arrays.fill(work, sums, sums + count, 0f);
    int position0 = shape.queryStart() + q0;
    int seen = position0 + count;
    for (int from = 0; from < seen; from += chunk) {
      int keys = Math.min(chunk, seen - from);
      packTransposed(work, keysT, k, kAt + from * ldk, ldk, hd, keys);
      VectorGemm.pack(work, values, v, vAt + from * ldv, ldv, keys, hd);
      for (int i0 = 0; i0 < count; i0 += QUERIES) {
        int rows = Math.min(QUERIES, count - i0);
        if (position0 + i0 + rows <= from) {
          continue; // the mask hides the whole block
        }
        int qRow = qAt + (q0 + i0) * ldq;
        times(work, scores, q, qRow, ldq, keysT, rows, keys, hd, copy, tile);
        int outRow = outAt + (q0 + i0) * ldo;
        int visible = position0 + i0 + 1 - from;
        probabilities(
            work,
            scores,
            maxima + i0,
            sums + i0,
            out,
            outRow,
            ldo,
            rows,
            keys,
            visible,
            hd,
            from,
            shape.scale());
        VectorGemm.rowsBlock(
            out, outRow, ldo, work, scores, work, values, rows, hd, keys, from > 0, work, tile);
      }
    }
    for (int i = 0; i < count; i++) {
      VectorRows.scale(out, outAt + (q0 + i) * ldo, 1f / work[sums + i], hd);
      lse[lseAt + q0 + i] = (float) (work[maxima + i] + Math.log(work[sums + i]));
    }
  }

  /**
   * Scores become exp(score·scale - maximum), hidden ones 0; maxima, sums and the output so far
   * move on. Query i sees the first {@code visible0 + i} of these keys.
   */
  private static void probabilities(
      float[] work,
      int scores,
      int maxima,
      int sums,
      float[] out,
      int outRow,
      int ldo,
      int rows,
      int keys,
      int visible0,
      int hd,
      int from,
      float scale) {
    for (int i = 0; i < rows; i++) {
      int row = scores + i * ROW;
      int visible = Math.min(keys, visible0 + i);
      if (visible <= 0) {
        Arrays.fill(work, row, row + keys, 0f);
        continue;
      }
      float before = work[maxima + i];
      float now = Math.max(before, VectorRows.max(work, row, visible) * scale);
      float sum = VectorRows.expInPlace(work, row, visible, scale, now);
      Arrays.fill(work, row + visible, row + keys, 0f);
      if (from > 0) {
        float shrink = Exponential.of(before - now);
        sum = Fma.of(work[sums + i], shrink, sum);
        if (shrink != 1f) {
          VectorRows.scale(out, outRow + i * ldo, shrink, hd);
        }
      }
      work[maxima + i] = now;
      work[sums + i] = sum;
    }
  }

  // ---- products with head features as k
  // ----------------------------------------------------------

  /** Packs X[n, hd]ᵀ, in pieces of {@link Kernels#K_BLOCK} features. */
  private static void packTransposed(
      float[] work, int to, float[] x, int xAt, int ldx, int hd, int n) {
    for (int f = 0; f < hd; f += K_BLOCK) {
      int deep = Math.min(K_BLOCK, hd - f);
      VectorGemm.packTransposed(work, to + f * padded(n), x, xAt + f, ldx, deep, n);
    }
  }

  /** S[m,n], rows ROW apart, = X[m, hd] · what {@link #packTransposed} packed; copies X. */
  private static void times(
      float[] work,
      int s,
      float[] x,
      int xAt,
      int ldx,
      int packed,
      int m,
      int n,
      int hd,
      int copy,
      int tile) {
    for (int f = 0; f < hd; f += K_BLOCK) {
      int deep = Math.min(K_BLOCK, hd - f);
      VectorGemm.copyRows(work, copy, x, xAt + f, ldx, m, deep);
      VectorGemm.rowsBlock(
          work, s, ROW, work, copy, work, packed + f * padded(n), m, n, deep, f > 0, work, tile);
    }
  }

  // ---- one query: decoding ----------------------------------------------------------------------

  /** Packs nothing: every key and value is read once. Returns log Σ exp. */
  private static float oneQuery(
      AttentionShape shape,
      float[] out,
      int outAt,
      float[] q,
      int qAt,
      float[] k,
      int kAt,
      int ldk,
      float[] v,
      int vAt,
      int ldv,
      float[] work,
      int scores) {
    int hd = shape.headDim();
    float scale = shape.scale();
    int seen = shape.queryStart() + 1;
    float max = Float.NEGATIVE_INFINITY;
    float sum = 0;
    Arrays.fill(out, outAt, outAt + hd, 0f);
    for (int from = 0; from < seen; from += shape.chunk()) {
      int keys = Math.min(shape.chunk(), seen - from);
      VectorRows.rowsTimes(work, scores, k, kAt + from * ldk, ldk, q, qAt, keys, hd);
      float now = Math.max(max, VectorRows.max(work, scores, keys) * scale);
      float shrink = Exponential.of(max - now);
      sum = Fma.of(sum, shrink, VectorRows.expInPlace(work, scores, keys, scale, now));
      max = now;
      weigh(out, outAt, shrink, work, scores, v, vAt + from * ldv, ldv, keys, hd);
    }
    VectorRows.scale(out, outAt, 1f / sum, hd);
    return (float) (max + Math.log(sum));
  }

  /** Four vectors of features: as many sums as hide the latency of a multiply-add. */
  private static void weighFour(
      float[] out,
      int outAt,
      float shrink,
      float[] p,
      int pOff,
      float[] v,
      int vOff,
      int ldv,
      int keys) {
    FloatVector s0 = load(out, outAt).mul(shrink);
    FloatVector s1 = load(out, outAt + LENGTH).mul(shrink);
    FloatVector s2 = load(out, outAt + 2 * LENGTH).mul(shrink);
    FloatVector s3 = load(out, outAt + 3 * LENGTH).mul(shrink);
    for (int j = 0, at = vOff; j < keys; j++, at += ldv) {
      FloatVector weight = all(p[pOff + j]);
      s0 = fma(weight, load(v, at), s0);
      s1 = fma(weight, load(v, at + LENGTH), s1);
      s2 = fma(weight, load(v, at + 2 * LENGTH), s2);
      s3 = fma(weight, load(v, at + 3 * LENGTH), s3);
    }
    s0.intoArray(out, outAt);
    s1.intoArray(out, outAt + LENGTH);
    s2.intoArray(out, outAt + 2 * LENGTH);
    s3.intoArray(out, outAt + 3 * LENGTH);
  }

  /** out = out·shrink + Σⱼ pⱼ·V[j]. */
  private static void weigh(
      float[] out,
      int outAt,
      float shrink,
      float[] p,
      int pOff,
      float[] v,
      int vOff,
      int ldv,
      int keys,
      int hd) {
    int d = 0;
    for (; d <= hd - 4 * LENGTH; d += 4 * LENGTH) {
      weighFour(out, outAt + d, shrink, p, pOff, v, vOff + d, ldv, keys);
    }
    for (; d <= hd - 2 * LENGTH; d += 2 * LENGTH) {
      FloatVector s0 = load(out, outAt + d).mul(shrink);
      FloatVector s1 = load(out, outAt + d + LENGTH).mul(shrink);
      for (int j = 0; j < keys; j++) {
        FloatVector weight = all(p[pOff + j]);
        s0 = fma(weight, load(v, vOff + j * ldv + d), s0);
        s1 = fma(weight, load(v, vOff + j * ldv + d + LENGTH), s1);
      }
      s0.intoArray(out, outAt + d);
      s1.intoArray(out, outAt + d + LENGTH);
    }
    for (; d < SPECIES.loopBound(hd); d += LENGTH) {
      FloatVector s = load(out, outAt + d).mul(shrink);
      for (int j = 0; j < keys; j++) {
        s = fma(all(p[pOff + j]), load(v, vOff + j * ldv + d), s);
      }
      s.intoArray(out, outAt + d);
    }
    for (; d < hd; d++) {
      float s = out[outAt + d] * shrink;
      for (int j = 0; j < keys; j++) {
        s = Fma.of(p[pOff + j], v[vOff + j * ldv + d], s);
      }
      out[outAt + d] = s;
    }
  }

  // ---- backward ---------------------------------------------------------------------------------

  static void backward(
      WorkerPool pool,
      AttentionShape shape,
      float[] dq,
      int dqOff,
      float[] dk,
      int dkOff,
      float[] dv,
      int dvOff,
      float[] dOut,
      int dOutOff,
      float[] out,
      int outOff,
      int ldo,
      float[] lse,
      int lseOff,
      float[] q,
      int qOff,
      int ldq,
      float[] k,
      int kOff,
      int ldk,
      float[] v,
      int vOff,
      int ldv,
      AttentionScratch scratch) {
    scratch.check(shape);
    if (shape.queryStart() != 0
        || shape.keys() != shape.queries()
        || shape.kvHeadStride() != shape.headDim()) {
      throw new IllegalArgumentException("the backward pass needs as many keys as queries");
    }
    int time = shape.queries();
    int hd = shape.headDim();
    int kvHeads = shape.nKvHeads();
    int group = shape.nHeads() / kvHeads;
    pool.run(
        shape.batch() * kvHeads,
        task -> {
          int row0 = task / kvHeads * time;
          int kvHead = task % kvHeads;
          int kCell = row0 * ldk + kvHead * hd;
          int vCell = row0 * ldv + kvHead * hd;
          for (int j = 0; j < time; j++) {
            Arrays.fill(dk, dkOff + kCell + j * ldk, dkOff + kCell + j * ldk + hd, 0f);
            Arrays.fill(dv, dvOff + vCell + j * ldv, dvOff + vCell + j * ldv + hd, 0f);
          }
          int slice = scratch.take();
          for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
            int qCell = row0 * ldq + h * hd;
            int oCell = row0 * ldo + h * hd;
            int lseAt = lseOff + (task / kvHeads * shape.nHeads() + h) * time;
            for (int i0 = 0; i0 < time; i0 += QUERIES) {
              queryBlock(
                  shape,
                  i0,
                  dq,
                  dqOff + qCell,
                  dk,
                  dkOff + kCell,
                  dv,
                  dvOff + vCell,
                  dOut,
                  dOutOff + oCell,
                  out,
                  outOff + oCell,
                  ldo,
                  lse,
                  lseAt,
                  q,
                  qOff + qCell,
                  ldq,
                  k,
                  kOff + kCell,
                  ldk,
                  v,
                  vOff + vCell,
                  ldv,
                  scratch.data,
                  slice);
            }
          }
          scratch.giveBack(slice);
        });
  }

  /** Queries [i0, i0 + QUERIES) of one head against the keys they see; all offsets at the head. */
  private static void queryBlock(
      AttentionShape shape,
      int i0,
      float[] dq,
      int dqAt,
      float[] dk,
      int dkAt,
      float[] dv,
      int dvAt,
      float[] dOut,
      int dOutAt,
      float[] out,
      int outAt,
      int ldo,
      float[] lse,
      int lseAt,
      float[] q,
      int qAt,
      int ldq,
      float[] k,
      int kAt,
      int ldk,
      float[] v,
      int vAt,
      int ldv,
      float[] work,
      int slice) {
    int hd = shape.headDim();
    int chunk = AttentionScratch.keysABlock(shape.chunk());
    int rows = Math.min(QUERIES, shape.queries() - i0);
    int tile = slice;
    int delta = tile + AttentionScratch.TILE;
    int queriesT = delta + QUERIES;
    int outsT = queriesT + hd * QUERIES;
    int queries = outsT + hd * QUERIES;
    int outs = queries + QUERIES * padded(hd);
    int keysPacked = outs + QUERIES * padded(hd);
    int pT = keysPacked + chunk * padded(hd);
    int dsT = pT + chunk * ROW;
    int copy = dsT + chunk * ROW;
    int qRow = qAt + i0 * ldq;
    int oRow = dOutAt + i0 * ldo;
    packTransposed(work, queriesT, q, qRow, ldq, hd, rows);
    packTransposed(work, outsT, dOut, oRow, ldo, hd, rows);
    VectorGemm.pack(work, queries, q, qRow, ldq, rows, hd);
    VectorGemm.pack(work, outs, dOut, oRow, ldo, rows, hd);
    for (int i = 0; i < rows; i++) {
      work[delta + i] = VectorRows.dot(dOut, oRow + i * ldo, out, outAt + (i0 + i) * ldo, hd);
    }
    for (int from = 0; from < i0 + rows; from += chunk) {
      int keys = Math.min(chunk, i0 + rows - from);
      int kRow = kAt + from * ldk;
      int vRow = vAt + from * ldv;
      times(work, pT, k, kRow, ldk, queriesT, keys, rows, hd, copy, tile);
      times(work, dsT, v, vRow, ldv, outsT, keys, rows, hd, copy, tile);
      scoreGradients(work, pT, dsT, lse, lseAt + i0, delta, shape.scale(), keys, rows, from - i0);
      int dvRow = dvAt + from * ldv;
      int dkRow = dkAt + from * ldk;
      VectorGemm.rowsBlock(dv, dvRow, ldv, work, pT, work, outs, keys, hd, rows, true, work, tile);
      VectorGemm.rowsBlock(
          dk, dkRow, ldk, work, dsT, work, queries, keys, hd, rows, true, work, tile);
      VectorGemm.pack(work, keysPacked, k, kRow, ldk, keys, hd);
      VectorGemm.copyColumns(work, copy, work, dsT, ROW, keys, rows);
      VectorGemm.columnsBlock(
          dq,
          dqAt + i0 * ldq,
          ldq,
          work,
          copy,
          work,
          keysPacked,
          rows,
          hd,
          keys,
          from > 0,
          work,
          tile);
    }
  }

  /**
   * Rows of keys: p = exp(p·scale - lse), then ds = p·(ds - delta)·scale; both 0 for queries before
   * the key, which do not see it. {@code first} is the first key less the first query.
   */
  private static void scoreGradients(
      float[] work,
      int pT,
      int dsT,
      float[] lse,
      int lseAt,
      int delta,
      float scale,
      int keys,
      int rows,
      int first) {
    FloatVector factor = all(scale);
    for (int j = 0; j < keys; j++) {
      int p = pT + j * ROW;
      int ds = dsT + j * ROW;
      int hidden = Math.max(0, Math.min(rows, first + j));
      int i = hidden / LENGTH * LENGTH;
      for (; i < SPECIES.loopBound(rows); i += LENGTH) {
        FloatVector e = Lanes.exp(fma(load(work, p + i), factor, load(lse, lseAt + i).neg()));
        e.intoArray(work, p + i);
        e.mul(load(work, ds + i).sub(load(work, delta + i))).mul(factor).intoArray(work, ds + i);
      }
      for (; i < rows; i++) {
        float e = Exponential.of(Fma.of(work[p + i], scale, -lse[lseAt + i]));
        work[p + i] = e;
        work[ds + i] = e * (work[ds + i] - work[delta + i]) * scale;
      }
      Arrays.fill(work, p, p + hidden, 0f);
      Arrays.fill(work, ds, ds + hidden, 0f);
    }
  }
}
