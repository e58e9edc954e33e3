package org.minillm.generate;

import java.util.concurrent.CancellationException;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;

/** Prototype. */
public final class WarmUp {
  private WarmUp() {}

  public static void run(RunControl control) {
    int rounds = Integer.getInteger("w.rounds", 8);
    int d = Integer.getInteger("w.d", 128);
    ModelConfig config = ModelConfig.of(256, d, 1, Math.max(1, d / 64), 512, 64);
    try (WorkerPool alone = new WorkerPool(1)) {
      Transformer model = new Transformer(config, Parameters.allocate(config), alone);
      InferenceSession session = new InferenceSession(model, 64, 64);
      int[] tokens = new int[64];
      long t0 = System.nanoTime();
      for (int round = 0; round < rounds; round++) {
        session.truncate(0);
        session.append(tokens, 0, 8, control);
        session.append(tokens, 8, 9, control);
        if (Boolean.getBoolean("w.log")) System.err.println("warm " + round + " " + (System.nanoTime() - t0) / 1000000);
      }
    } catch (CancellationException e) {
      // the work itself has begun
    }
  }
}
