package org.minillm.benchmark;

import java.util.Random;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Int8Kernels;
import org.minillm.kernel.Kernels;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The kernels under measurement and the threads they run on. */
@State(Scope.Benchmark)
public class KernelState {
  static final int WIDTH = 256;
  static final int FEED_FORWARD = 1024;
  static final int HEADS = 4;
  static final int VOCABULARY = 8192;
  static final int BATCH = 4;
  static final int TIME = 256;
  static final int ROWS = BATCH * TIME;

  @Param({"best", "scalar"})
  public String kernels;

  @Param("2")
  public int threads;

  Kernels floats;
  Int8Kernels int8;
  WorkerPool pool;

  @Setup(Level.Trial)
  public void open() {
    floats = kernels.equals("best") ? Kernels.best() : Kernels.scalar();
    int8 = kernels.equals("best") ? Int8Kernels.best() : Int8Kernels.scalar();
    pool = new WorkerPool(threads);
  }

  @TearDown(Level.Trial)
  public void close() {
    pool.close();
  }

  /** Values in [-1, 1). */
  static float[] random(int n) {
    Random random = new Random(n);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = 2 * random.nextFloat() - 1;
    }
    return x;
  }
}
