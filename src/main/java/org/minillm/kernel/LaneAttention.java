package org.minillm.kernel;

import java.util.Arrays;
import org.minillm.base.WorkerPool;

/**
 * Forward attention in plain Java with the bits of {@link VectorAttention}: the same blocks of keys
 * and queries, the same chains, lane by lane.
 */
final class LaneAttention {
  private static final int QUERIES = AttentionScratch.QUERIES;

  private LaneAttention() {}

  /** The rows of queries, keys, values and outputs of one head. */
  private record Head(
      AttentionShape shape,
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
      int lanes) {}

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
      int lanes) {
    int heads = shape.nHeads();
    int group = heads / shape.nKvHeads();
    int hd = shape.headDim();
    int queries = shape.queries();
    pool.run(
        shape.batch() * heads,
        task -> {
          int b = task / heads;
          int h = task % heads;
          int kvHead = h / group * shape.kvHeadStride();
          Head head =
              new Head(
                  shape,
                  out,
                  outOff + b * queries * ldo + h * hd,
                  ldo,
                  lse,
                  lseOff + task * queries,
                  q,
                  qOff + b * queries * ldq + h * hd,
                  ldq,
                  k,
                  kOff + b * shape.keys() * ldk + kvHead,
                  ldk,
                  v,
                  vOff + b * shape.keys() * ldv + kvHead,
                  ldv,
                  lanes);
          if (queries == 1) {
            oneQuery(head);
          } else {
            for (int from = 0; from < queries; from += AttentionScratch.SPAN) {
              span(head, from, Math.min(AttentionScratch.SPAN, queries - from));
            }
          }
        });
  }

  /** Queries [q0, q0 + count): {@code VectorAttention.span}. */
  private static void span(Head head, int q0, int count) {
    AttentionShape shape = head.shape;
    int hd = shape.headDim();
    int chunk = AttentionScratch.keysABlock(shape.chunk());
    float[] maxima = new float[count];
    float[] sums = new float[count];
    float[] scores = new float[chunk];
    float[] weighed = new float[hd];
    Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
    int position0 = shape.queryStart() + q0;
    int seen = position0 + count;
    for (int from = 0; from < seen; from += chunk) {
      int keys = Math.min(chunk, seen - from);
      for (int i0 = 0; i0 < count; i0 += QUERIES) {
        int end = Math.min(count, i0 + QUERIES);
        if (position0 + end <= from) {
          continue; // the mask hides the whole block
        }
        for (int i = i0; i < end; i++) {
          int outRow = head.outAt + (q0 + i) * head.ldo;
          int visible = Math.min(keys, position0 + i + 1 - from);
          Arrays.fill(scores, 0f);
          if (visible > 0) {
            scores(scores, head, q0 + i, from, visible);
            float before = maxima[i];
            float now = Math.max(before, ScalarRows.max(scores, 0, visible) * shape.scale());
            float sum = LaneLoops.expInPlace(scores, 0, visible, shape.scale(), now, head.lanes);
            if (from > 0) {
              float shrink = Exponential.of(before - now);
              sum = Fma.of(sums[i], shrink, sum);
              ScalarRows.scale(head.out, outRow, shrink, hd);
            }
            maxima[i] = now;
            sums[i] = sum;
          }
          Arrays.fill(weighed, 0f);
          weigh(weighed, 0, scores, head, from, keys);
          for (int d = 0; d < hd; d++) {
            head.out[outRow + d] = from > 0 ? head.out[outRow + d] + weighed[d] : weighed[d];
          }
        }
      }
    }
    for (int i = 0; i < count; i++) {
      ScalarRows.scale(head.out, head.outAt + (q0 + i) * head.ldo, 1f / sums[i], hd);
      head.lse[head.lseAt + q0 + i] = (float) (maxima[i] + Math.log(sums[i]));
    }
  }

  /** scores[keys] = q · K of a block, each a chain over the features in blocks of K_BLOCK. */
  private static void scores(float[] scores, Head head, int query, int from, int keys) {
    int hd = head.shape.headDim();
    int qRow = head.qAt + query * head.ldq;
    for (int j = 0; j < keys; j++) {
      int kRow = head.kAt + (from + j) * head.ldk;
      for (int f = 0; f < hd; f += Kernels.K_BLOCK) {
        int end = Math.min(hd, f + Kernels.K_BLOCK);
        float sum = 0;
        for (int i = f; i < end; i++) {
          sum = Fma.of(head.q[qRow + i], head.k[kRow + i], sum);
        }
        scores[j] = f > 0 ? scores[j] + sum : sum;
      }
    }
  }

  /** sums[headDim] += Σⱼ pⱼ·V[j] of a block, in chains over j. */
  private static void weigh(float[] sums, int at, float[] p, Head head, int from, int keys) {
    float[] v = head.v;
    int hd = head.shape.headDim();
    for (int j = 0; j < keys; j++) {
      float weight = p[j];
      int vRow = head.vAt + (from + j) * head.ldv;
      for (int d = 0; d < hd; d++) {
        sums[at + d] = Fma.of(weight, v[vRow + d], sums[at + d]);
      }
    }
  }

  /** {@code VectorAttention.oneQuery}. */
  private static void oneQuery(Head head) {
    AttentionShape shape = head.shape;
    int hd = shape.headDim();
    float scale = shape.scale();
    int seen = shape.queryStart() + 1;
    float[] scores = new float[Math.min(shape.chunk(), seen)];
    float max = Float.NEGATIVE_INFINITY;
    float sum = 0;
    Arrays.fill(head.out, head.outAt, head.outAt + hd, 0f);
    for (int from = 0; from < seen; from += shape.chunk()) {
      int keys = Math.min(shape.chunk(), seen - from);
      int kRow = head.kAt + from * head.ldk;
      LaneLoops.rowsTimes(
          scores, 0, head.k, kRow, head.ldk, head.q, head.qAt, keys, hd, head.lanes);
      float now = Math.max(max, ScalarRows.max(scores, 0, keys) * scale);
      float shrink = Exponential.of(max - now);
      float more = LaneLoops.expInPlace(scores, 0, keys, scale, now, head.lanes);
      sum = Fma.of(sum, shrink, more);
      max = now;
      ScalarRows.scale(head.out, head.outAt, shrink, hd);
      weigh(head.out, head.outAt, scores, head, from, keys);
    }
    ScalarRows.scale(head.out, head.outAt, 1f / sum, hd);
    head.lse[head.lseAt] = (float) (max + Math.log(sum));
  }
}
