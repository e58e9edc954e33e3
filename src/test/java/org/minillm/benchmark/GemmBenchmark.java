package org.minillm.benchmark;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The three products of training; each of m x n x k multiplications. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GemmBenchmark {
  @Param({"1024x256x256", "1024x1024x256", "1024x256x1024"})
  public String size;

  private int m;
  private int n;
  private int k;
  private float[] a;
  private float[] b;
  private float[] c;

  @Setup(Level.Trial)
  public void fill() {
    String[] sizes = size.split("x");
    m = Integer.parseInt(sizes[0]);
    n = Integer.parseInt(sizes[1]);
    k = Integer.parseInt(sizes[2]);
    a = KernelState.random(m * k);
    b = KernelState.random(k * n);
    c = new float[m * n];
  }

  @Benchmark
  public float[] nn(KernelState s) {
    s.floats.gemmNN(s.pool, c, 0, n, a, 0, k, b, 0, n, m, n, k, false);
    return c;
  }

  @Benchmark
  public float[] nt(KernelState s) {
    s.floats.gemmNT(s.pool, c, 0, n, a, 0, k, b, 0, k, m, n, k, false);
    return c;
  }

  /** A is [k, m]. */
  @Benchmark
  public float[] tn(KernelState s) {
    s.floats.gemmTN(s.pool, c, 0, n, a, 0, m, b, 0, n, m, n, k, KernelState.TIME, false);
    return c;
  }
}
