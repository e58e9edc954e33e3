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
    float[] out = new float[Shapes.size(with(lead, m, n))];
    for (int i = 0; i < batches && out.length > 0 && k > 0; i++) {
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

  /** NumPy's dot: the last axis of a with the last but one of b. */
  static NDArray dot(NDArray a, NDArray b) {
    if (a.ndim() == 0 || b.ndim() == 0) {
      return a.multiply(b);
    }
    if (b.ndim() <= 2) {
      return matmul(a, b);
    }
    int[] as = a.shape();
    int[] bs = b.shape();
    int k = bs[bs.length - 2];
    if (as[as.length - 1] != k) {
      throw new IllegalArgumentException(
          "dot: shapes " + Shapes.text(as) + " and " + Shapes.text(bs) + " not aligned");
    }
    int rows = Shapes.size(Arrays.copyOf(as, as.length - 1));
    NDArray right = b.moveaxis(-2, 0);
    int[] kept = Arrays.copyOfRange(right.shape(), 1, bs.length);
    NDArray product = matmul(a.reshape(rows, k), right.reshape(k, Shapes.size(kept)));
    int[] shape = Arrays.copyOf(as, as.length - 1 + kept.length);
    System.arraycopy(kept, 0, shape, as.length - 1, kept.length);
    return product.reshape(shape);
  }

  private static int[] with(int[] lead, int rows, int columns) {
    int[] shape = Arrays.copyOf(lead, lead.length + 2);
    shape[lead.length] = rows;
    shape[lead.length + 1] = columns;
    return shape;
  }
}
