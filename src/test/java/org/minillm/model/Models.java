package org.minillm.model;

import java.util.Random;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;

/** Small models with weights large enough to make every term of a gradient count. */
final class Models {
  static final WorkerPool POOL = new WorkerPool(2);

  private Models() {}

  /** V 23, D 16, L 2, H 4, Hkv 2, F 20, context 24. */
  static ModelConfig tinyConfig() {
    return ModelConfig.of(23, 16, 2, 4, 20, 24).withKvHeads(2);
  }

  static Transformer random(ModelConfig config, long seed) {
    Parameters parameters = Parameters.allocate(config);
    Random random = new Random(seed);
    for (Parameters.Parameter p : parameters.all()) {
      boolean gain = !p.decays() && p.name().endsWith(".weight");
      for (int i = 0; i < p.array().size(); i++) {
        float noise = (float) random.nextGaussian() * (p.decays() ? 0.3f : 0.2f);
        parameters.data()[p.array().offset() + i] = gain ? 1 + noise : noise;
      }
    }
    return new Transformer(config, parameters, POOL);
  }

  static int[] tokens(int n, int vocabSize, long seed) {
    return new Random(seed).ints(n, 0, vocabSize).toArray();
  }

  static float[] normal(int n, long seed) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static RunControl control() {
    return new RunControl();
  }

  static double maxAbs(float[] x, int off, int n) {
    double max = 0;
    for (int i = off; i < off + n; i++) {
      max = Math.max(max, Math.abs(x[i]));
    }
    return max;
  }
}
