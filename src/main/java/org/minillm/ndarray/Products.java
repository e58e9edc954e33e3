package org.minillm.ndarray;

import java.util.Arrays;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;

/** Matrix products on the engine's kernels. */
final class Products {
  private Products() {}

  static NDArray matmul(NDArray a, NDArray b) {
    if (a.ndim() == 0 || b.ndim() == 0) {
      throw new IllegalArgumentException("matmul: operands need at least one axis");
    }
    NDArray x = a.ndim() == 1 ? a.expandDims(0) : a;
    NDArray y = b.ndim() == 1 ? b.expandDims(1) : b;
    int[] xs = x.shape();
    int[] ys = y.shape();
    int m = xs[xs.length - 2];
    int k = xs[xs.length - 1];
    int n = ys[ys.length - 1];
    if (ys[ys.length - 2] != k) {
      throw new IllegalArgumentException(
          "matmul: shapes "
              + Shapes.text(a.shape())
              + " and "
              + Shapes.text(b.shape())
              + " do not fit: "
              + k
              + " is not "
              + ys[ys.length - 2]);
    }
    int[] lead =
        Shapes.broadcast(Arrays.copyOf(xs, xs.length - 2), Arrays.copyOf(ys, ys.length - 2));
    int batches = Shapes.size(lead);
    float[] left = x.broadcastTo(with(lead, m, k)).toArray();
    float[] right = y.broadcastTo(with(lead, k, n)).toArray();
    float[] out = new float[Math.multiplyExact(batches, m * n)];
    for (int i = 0; i < batches && m * n * k > 0; i++) {
      Kernels.best()
          .gemmNN(
              WorkerPool.shared(),
              out,
              i * m * n,
              n,
              left,
              i * m * k,
              k,
              right,
              i * k * n,
              n,
              m,
              n,
              k,
              false);
    }
    int[] shape = lead;
    if (a.ndim() > 1) {
      shape = Shapes.insert(shape, shape.length, m);
    }
    if (b.ndim() > 1) {
      shape = Shapes.insert(shape, shape.length, n);
    }
    return NDArray.array(out, shape);
  }

  private static int[] with(int[] lead, int rows, int columns) {
    int[] shape = Arrays.copyOf(lead, lead.length + 2);
    shape[lead.length] = rows;
    shape[lead.length + 1] = columns;
    return shape;
  }
}
