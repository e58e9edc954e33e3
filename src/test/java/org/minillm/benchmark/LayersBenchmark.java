package org.minillm.benchmark;

import static org.minillm.benchmark.KernelState.FEED_FORWARD;
import static org.minillm.benchmark.KernelState.ROWS;
import static org.minillm.benchmark.KernelState.VOCABULARY;
import static org.minillm.benchmark.KernelState.WIDTH;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What training does beside products and attention, over all rows of a step. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LayersBenchmark {
  private static final int WEIGHTS = FEED_FORWARD * WIDTH;

  private final float[] x = KernelState.random(ROWS * FEED_FORWARD);
  private final float[] up = KernelState.random(ROWS * FEED_FORWARD + 1);
  private final float[] dy = KernelState.random(ROWS * FEED_FORWARD + 2);
  private final float[] y = new float[ROWS * FEED_FORWARD];
  private final float[] dx = new float[ROWS * FEED_FORWARD];
  private final float[] gain = KernelState.random(WIDTH);
  private final float[] dGain = new float[WIDTH];
  private final float[] rstd = KernelState.random(ROWS);
  private final float[] logits = KernelState.random(VOCABULARY);
  private final float[] dLogits = new float[VOCABULARY];
  private final float[] first = new float[WEIGHTS];
  private final float[] second = new float[WEIGHTS];

  @Benchmark
  public float[] rmsNormForward(KernelState s) {
    s.floats.rmsNormForward(s.pool, y, 0, rstd, 0, x, 0, gain, 0, ROWS, WIDTH, 1e-5f);
    return y;
  }

  @Benchmark
  public float[] rmsNormBackward(KernelState s) {
    s.floats.rmsNormBackward(s.pool, dx, 0, dGain, 0, dy, 0, x, 0, gain, 0, rstd, 0, ROWS, WIDTH);
    return dx;
  }

  @Benchmark
  public float[] swigluForward(KernelState s) {
    s.floats.swigluForward(s.pool, y, 0, x, 0, up, 0, ROWS * FEED_FORWARD);
    return y;
  }

  @Benchmark
  public float[] swigluBackward(KernelState s) {
    s.floats.swigluBackward(s.pool, dx, 0, y, 0, dy, 0, x, 0, up, 0, ROWS * FEED_FORWARD);
    return dx;
  }

  /** One row; the copy is part of the time. */
  @Benchmark
  public float crossEntropyBackward(KernelState s) {
    System.arraycopy(logits, 0, dLogits, 0, VOCABULARY);
    return s.floats.crossEntropyBackward(dLogits, 0, VOCABULARY, 7, 1f / ROWS);
  }

  /** One matrix of a feed-forward layer. */
  @Benchmark
  public float[] adamW(KernelState s) {
    s.floats.adamW(
        s.pool, up, 0, dy, 0, first, 0, second, 0, WEIGHTS, 1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.1f,
        0.05f, 1f);
    return up;
  }
}
