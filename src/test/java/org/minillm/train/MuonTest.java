package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minillm.base.WorkerPool;
import org.minillm.kernel.Kernels;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.ndarray.RandomGenerator;

class MuonTest {
  private static final ModelConfig SHAPE = ModelConfig.of(40, 32, 2, 2, 80, 16);
  private static final TrainOptions OPTIONS =
      TrainOptions.of(2, 16, 1e-2f, 100)
          .with(o -> o.optimizer(OptimizerType.MUON).matrixLearningRate(0.02f).momentum(0.9f));

  private static float[] random(int n, long seed) {
    RandomGenerator random = new RandomGenerator(seed);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.normal();
    }
    return x;
  }

  /** The formula in double, without a kernel. */
  private static double[][] orthogonal(double[][] g) {
    boolean tall = g.length > g[0].length;
    double[][] x = tall ? transpose(g) : g;
    double norm = 0;
    for (double[] row : x) {
      for (double v : row) {
        norm += v * v;
      }
    }
    x = combine(x, 1 / (Math.sqrt(norm) + 1e-7), x, 0);
    for (int step = 0; step < 5; step++) {
      double[][] a = product(x, transpose(x));
      double[][] b = combine(a, -4.7750, product(a, a), 2.0315);
      x = combine(x, 3.4445, product(b, x), 1);
    }
    return tall ? transpose(x) : x;
  }

  private static double[][] transpose(double[][] x) {
    double[][] t = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        t[j][i] = x[i][j];
      }
    }
    return t;
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] combine(double[][] a, double alpha, double[][] b, double beta) {
    double[][] c = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        c[i][j] = alpha * a[i][j] + beta * b[i][j];
      }
    }
    return c;
  }

  private static double[][] matrix(float[] x, int at, int rows, int cols) {
    double[][] m = new double[rows][cols];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        m[i][j] = x[at + i * cols + j];
      }
    }
    return m;
  }

  @Test
  void wideTallAndSquareMatricesBecomeWhatTheFormulaSays() {
    try (WorkerPool pool = new WorkerPool(2)) {
      for (int[] shape : new int[][] {{24, 24}, {16, 50}, {50, 16}, {1, 7}, {33, 5}}) {
        float[] x = random(shape[0] * shape[1], 5);
        double[][] expected = orthogonal(matrix(x, 0, shape[0], shape[1]));
        NewtonSchulz newtonSchulz = new NewtonSchulz(24, 1200, Kernels.best(), pool);
        float[] found = newtonSchulz.orthogonalise(x, shape[0], shape[1]);
        for (int i = 0; i < shape[0]; i++) {
          for (int j = 0; j < shape[1]; j++) {
            assertEquals(expected[i][j], found[i * shape[1] + j], 2e-4, shape[0] + "x" + shape[1]);
          }
        }
      }
    }
  }

  @Test
  void aZeroGradientMovesNothing() {
    try (WorkerPool pool = new WorkerPool(1)) {
      NewtonSchulz newtonSchulz = new NewtonSchulz(8, 64, Kernels.best(), pool);
      assertArrayEquals(new float[64], newtonSchulz.orthogonalise(new float[64], 8, 8));
    }
  }

  @Test
  void twoStepsAreMomentumOrthogonalisedForBlocksAndAdamwForTheRest() {
    try (WorkerPool pool = new WorkerPool(2)) {
      Parameters weights = Parameters.over(SHAPE, random((int) SHAPE.parameterCount(), 1));
      float[] before = weights.data().clone();
      Parameters adamWeights = Parameters.over(SHAPE, before.clone());
      Optimizer muon = Optimizer.of(SHAPE, OPTIONS, pool);
      Optimizer adam = Optimizer.of(SHAPE, OPTIONS.withOptimizer(OptimizerType.ADAMW), pool);
      float[][] gradients = {random(before.length, 2), random(before.length, 3)};
      for (int step = 1; step <= 2; step++) {
        Parameters g = Parameters.over(SHAPE, gradients[step - 1].clone());
        muon.update(weights, g, step, 5e-3, 0.5f);
        adam.update(adamWeights, g, step, 5e-3, 0.5f);
      }
      // Half of the peak rate, so half of the matrices' rate.
      double rate = 0.01;
      int matrices = 0;
      for (Parameters.Parameter p : weights.all()) {
        int at = p.array().offset();
        if (!p.decays() || !p.name().startsWith("model.layers.")) {
          for (int i = at; i < at + p.array().size(); i++) {
            assertEquals(adamWeights.data()[i], weights.data()[i], 0f, p.name());
          }
          continue;
        }
        matrices++;
        int rows = p.array().shape()[0];
        int cols = p.array().shape()[1];
        double[][] w = matrix(before, at, rows, cols);
        double[][] m = new double[rows][cols];
        for (float[] gradient : gradients) {
          double[][] g = matrix(gradient, at, rows, cols);
          m = combine(m, 0.9, g, 1 - 0.9);
          double[][] u = orthogonal(combine(g, 1 - 0.9, m, 0.9));
          w = combine(w, 1 - rate * 0.1, u, -rate * Math.sqrt(Math.max(1, (double) rows / cols)));
        }
        for (int i = 0; i < rows * cols; i++) {
          assertEquals(w[i / cols][i % cols], weights.data()[at + i], 1e-5, p.name());
        }
      }
      assertEquals(2 * 7, matrices);
    }
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    float[][] results = new float[2][];
    for (int threads = 1; threads <= 2; threads++) {
      try (WorkerPool pool = new WorkerPool(threads)) {
        Parameters weights = Parameters.over(SHAPE, random((int) SHAPE.parameterCount(), 1));
        Parameters g = Parameters.over(SHAPE, random((int) SHAPE.parameterCount(), 2));
        Optimizer.of(SHAPE, OPTIONS, pool).update(weights, g, 1, 1e-2, 1f);
        results[threads - 1] = weights.data();
      }
    }
    assertArrayEquals(results[0], results[1]);
  }

  @Test
  void thePlanCountsTheBuffersAndTheyAreFewerThanAdamws() {
    ModelConfig base = ModelConfig.of(10_000, 256, 4, 4, 1024, 256);
    long adamW = Optimizer.bytes(base, OptimizerType.ADAMW);
    long muon = Optimizer.bytes(base, OptimizerType.MUON);
    assertEquals(8 * base.parameterCount(), adamW);
    assertTrue(muon < adamW, muon + " and " + adamW);
    try (WorkerPool pool = new WorkerPool(1)) {
      long kept =
          Optimizer.of(SHAPE, OPTIONS, pool).state().stream()
              .mapToLong(t -> 4L * java.util.Arrays.stream(t.shape()).reduce(1, (a, b) -> a * b))
              .sum();
      long scratch = 4L * (2 * 80 * 32 + 2 * 32 * 32);
      assertEquals(Optimizer.bytes(SHAPE, OptimizerType.MUON), kept + scratch);
    }
  }
}
