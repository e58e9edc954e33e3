package org.minillm.benchmark;

import java.util.concurrent.TimeUnit;
import org.minillm.kernel.Int8Panels;
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

/** The products of decoding on one thread: rows x columns of a feed-forward layer and the head. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MatvecBenchmark {
  @Param({"1024x256", "32000x288"})
  public String size;

  private int rows;
  private int columns;
  private float[] w;
  private Int8Panels panels;
  private float[] x;
  private float[] y;

  @Setup(Level.Trial)
  public void fill() {
    String[] sizes = size.split("x");
    rows = Integer.parseInt(sizes[0]);
    columns = Integer.parseInt(sizes[1]);
    w = KernelState.random(rows * columns);
    x = KernelState.random(columns);
    y = new float[rows];
    panels = new Int8Panels(rows, columns);
    for (int r = 0; r < rows; r++) {
      panels.quantizeRow(r, w, r * columns);
    }
  }

  @Benchmark
  public float[] float32(KernelState s) {
    s.floats.matvec(y, 0, w, 0, columns, x, 0, rows, columns);
    return y;
  }

  @Benchmark
  public float[] int8(KernelState s) {
    s.int8.rowsTimes(y, 0, panels, 0, rows, x, 0);
    return y;
  }
}
