package org.minillm.app;

import java.util.concurrent.CancellationException;
import org.minillm.base.MiniLlmException;
import org.minillm.base.RunControl;
import org.minillm.base.WorkerPool;
import org.minillm.model.InferenceSession;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;

/**
 * Makes the JVM ready for a first answer while something else is waited for: runs the engine's
 * passes on a small model of zeros, on a thread of its own, until their loops are compiled. Touches
 * no model and no result; takes under 1 MB, which is free again when it ends.
 */
public final class WarmUp implements AutoCloseable {
  /** Short, as most first prompts; a pass of it runs the loops of longer ones too. */
  private static final int PROMPT = 8;

  private static final int WIDTH = 128;

  /**
   * Rounds while a command reads its model: more would take the CPU that the reading needs (2
   * cores, measured).
   */
  public static final int SHORT = 5;

  /** Rounds that compile all of it, for a window that waits. */
  public static final int FULL = 40;

  private final RunControl control = new RunControl();
  private final Thread thread;

  private WarmUp(Runnable first, int rounds) {
    thread =
        new Thread(
            () -> {
              first.run();
              run(control, rounds);
            },
            "minillm-warm-up");
    thread.setDaemon(true);
    thread.setPriority(Thread.MIN_PRIORITY);
  }

  /** Begins; {@code first} runs before the engine's passes, on the same thread. */
  public static WarmUp start(Runnable first, int rounds) {
    WarmUp warmUp = new WarmUp(first, rounds);
    warmUp.thread.start();
    return warmUp;
  }

  /** Asks it to end; it does within a layer of its small model. */
  @Override
  public void close() {
    control.cancel();
  }

  /** Waits until its thread has ended. */
  void join() throws InterruptedException {
    thread.join();
  }

  /** Rounds of a prompt and one more token; returns when they are done or cancelled. */
  static void run(RunControl control, int rounds) {
    ModelConfig config = ModelConfig.of(256, WIDTH, 1, 2, 4 * WIDTH, 2 * PROMPT);
    try (WorkerPool alone = new WorkerPool(1)) {
      Transformer model = Transformer.compiled(config, Parameters.allocate(config), alone);
      InferenceSession session = new InferenceSession(model, 2 * PROMPT, 2 * PROMPT);
      int[] tokens = new int[PROMPT + 1];
      for (int round = 0; round < rounds; round++) {
        session.truncate(0);
        session.append(tokens, 0, PROMPT, control);
        session.append(tokens, PROMPT, PROMPT + 1, control);
      }
    } catch (CancellationException | MiniLlmException e) {
      // The work it was for has begun, or will say itself what is wrong with the kernels.
      System.getLogger(WarmUp.class.getName()).log(System.Logger.Level.DEBUG, "ended early", e);
    } finally {
      Transformer.endPlain();
    }
  }
}
