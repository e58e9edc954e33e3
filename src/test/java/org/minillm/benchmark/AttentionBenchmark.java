package org.minillm.benchmark;

import static org.minillm.benchmark.KernelState.BATCH;
import static org.minillm.benchmark.KernelState.HEADS;
import static org.minillm.benchmark.KernelState.ROWS;
import static org.minillm.benchmark.KernelState.TIME;
import static org.minillm.benchmark.KernelState.WIDTH;

import java.util.concurrent.TimeUnit;
import org.minillm.kernel.AttentionScratch;
import org.minillm.kernel.AttentionShape;
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

/** Causal attention of one layer, in training and for one token of decoding. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
  private static final int HEAD_DIM = WIDTH / HEADS;

  @Param("128")
  public int chunk;

  private final float[] q = KernelState.random(ROWS * WIDTH);
  private final float[] k = KernelState.random(ROWS * WIDTH + 1);
  private final float[] v = KernelState.random(ROWS * WIDTH + 2);
  private final float[] dOut = KernelState.random(ROWS * WIDTH + 3);
  private final float[] out = new float[ROWS * WIDTH];
  private final float[] lse = new float[ROWS * HEADS];
  private final float[] dq = new float[ROWS * WIDTH];
  private final float[] dk = new float[ROWS * WIDTH];
  private final float[] dv = new float[ROWS * WIDTH];
  private AttentionShape training;
  private AttentionShape decoding;
  private AttentionScratch scratch;

  @Setup(Level.Trial)
  public void fill(KernelState s) {
    training = new AttentionShape(BATCH, TIME, TIME, 0, HEADS, HEADS, HEAD_DIM, chunk);
    decoding = new AttentionShape(1, 1, ROWS, ROWS - 1, HEADS, HEADS, HEAD_DIM, chunk);
    scratch = new AttentionScratch(s.threads, HEAD_DIM, chunk);
    forward(s);
  }

  @Benchmark
  public float[] forward(KernelState s) {
    return attend(s, training);
  }

  /** One query over 1024 keys. */
  @Benchmark
  public float[] decode(KernelState s) {
    return attend(s, decoding);
  }

  private float[] attend(KernelState s, AttentionShape shape) {
    s.floats.attentionForward(
        s.pool, shape, out, 0, WIDTH, lse, 0, q, 0, WIDTH, k, 0, WIDTH, v, 0, WIDTH, scratch);
    return out;
  }

  @Benchmark
  public float[] backward(KernelState s) {
    s.floats.attentionBackward(
        s.pool, training, dq, 0, dk, 0, dv, 0, dOut, 0, out, 0, WIDTH, lse, 0, q, 0, WIDTH, k, 0,
        WIDTH, v, 0, WIDTH, scratch);
    return dq;
  }
}
