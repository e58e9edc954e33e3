package org.minillm.kernel;

import java.util.Arrays;
import org.minillm.base.WorkerPool;

/**
 * Causal attention in plain Java, one query at a time: the formulas as they stand, with an online
 * softmax over blocks of keys forward and scores recomputed from {@code lse} backward.
 */
final class ScalarAttention {
  private ScalarAttention() {}

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
    int hd = shape.headDim();
    int group = shape.nHeads() / shape.nKvHeads();
    pool.run(
        shape.batch() * shape.nHeads(),
        task -> {
          int b = task / shape.nHeads();
          int h = task % shape.nHeads();
          int slice = scratch.take();
          float[] scores = scratch.data;
          for (int i = 0; i < shape.queries(); i++) {
            int qi = qOff + (b * shape.queries() + i) * ldq + h * hd;
            int oi = outOff + (b * shape.queries() + i) * ldo + h * hd;
            int seen = shape.queryStart() + i + 1;
            float max = Float.NEGATIVE_INFINITY;
            float sum = 0;
            Arrays.fill(out, oi, oi + hd, 0f);
            for (int from = 0; from < seen; from += shape.chunk()) {
              int count = Math.min(shape.chunk(), seen - from);
              int row = b * shape.keys() + from;
              int head = h / group * shape.kvHeadStride();
              float blockMax = Float.NEGATIVE_INFINITY;
              for (int j = 0; j < count; j++) {
                scores[slice + j] =
                    ScalarRows.dot(q, qi, k, kOff + (row + j) * ldk + head, hd) * shape.scale();
                blockMax = Math.max(blockMax, scores[slice + j]);
              }
              float newMax = Math.max(max, blockMax);
              float shrink = Exponential.of(max - newMax);
              ScalarRows.scale(out, oi, shrink, hd);
              sum *= shrink;
              for (int j = 0; j < count; j++) {
                float p = Exponential.of(scores[slice + j] - newMax);
                sum += p;
                ScalarRows.axpy(out, oi, p, v, vOff + (row + j) * ldv + head, hd);
              }
              max = newMax;
            }
            ScalarRows.scale(out, oi, 1f / sum, hd);
            lse[lseOff + (b * shape.nHeads() + h) * shape.queries() + i] =
                (float) (max + Math.log(sum));
          }
          scratch.giveBack(slice);
        });
  }

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
    int hd = shape.headDim();
    int time = shape.queries();
    int group = shape.nHeads() / shape.nKvHeads();
    pool.run(
        shape.batch() * shape.nKvHeads(),
        task -> {
          int b = task / shape.nKvHeads();
          int kvHead = task % shape.nKvHeads();
          for (int j = 0; j < time; j++) {
            int dkj = dkOff + (b * time + j) * ldk + kvHead * hd;
            int dvj = dvOff + (b * time + j) * ldv + kvHead * hd;
            Arrays.fill(dk, dkj, dkj + hd, 0f);
            Arrays.fill(dv, dvj, dvj + hd, 0f);
          }
          for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
            for (int i = 0; i < time; i++) {
              int qi = qOff + (b * time + i) * ldq + h * hd;
              int dqi = dqOff + (b * time + i) * ldq + h * hd;
              int oi = (b * time + i) * ldo + h * hd;
              Arrays.fill(dq, dqi, dqi + hd, 0f);
              float delta = ScalarRows.dot(dOut, dOutOff + oi, out, outOff + oi, hd);
              float norm = lse[lseOff + (b * shape.nHeads() + h) * time + i];
              for (int j = 0; j <= i; j++) {
                int kj = kOff + (b * time + j) * ldk + kvHead * hd;
                int vj = vOff + (b * time + j) * ldv + kvHead * hd;
                float p = Exponential.of(ScalarRows.dot(q, qi, k, kj, hd) * shape.scale() - norm);
                ScalarRows.axpy(
                    dv, dvOff + (b * time + j) * ldv + kvHead * hd, p, dOut, dOutOff + oi, hd);
                float ds =
                    p * (ScalarRows.dot(dOut, dOutOff + oi, v, vj, hd) - delta) * shape.scale();
                ScalarRows.axpy(dq, dqi, ds, k, kj, hd);
                ScalarRows.axpy(dk, dkOff + (b * time + j) * ldk + kvHead * hd, ds, q, qi, hd);
              }
            }
          }
        });
  }
}
