package org.minillm.app;

import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
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
  private static final int SMALL_WIDTH = 32;

  /** Rounds that compile all of it. */
  public static final int FULL = 40;

  private final RunControl control = new RunControl();
  private final Thread thread;

  private WarmUp(Consumer<RunControl> work) {
    thread = new Thread(() -> work.accept(control), "minillm-warm-up");
    thread.setDaemon(true);
    thread.setPriority(Thread.MIN_PRIORITY);
  }

  /** Begins; {@code first} runs before the engine's passes, on the same thread. */
  public static WarmUp start(Runnable first, int rounds) {
    WarmUp warmUp =
        new WarmUp(
            control -> {
              first.run();
              run(control, rounds);
            });
    warmUp.thread.start();
    return warmUp;
  }

  /**
   * Begins a process whose first token is waited for: models run in plain Java until a warm-up has
   * ended ({@link Transformer#startPlain}), and the classes of that are loaded now, beside what the
   * caller does next.
   */
  public static WarmUp startPlain() {
    Transformer.startPlain();
    WarmUp warmUp =
        new WarmUp(
            control -> {
              AppConfig.parse("{}", "");
              ModelConfig config = ModelConfig.of(256, SMALL_WIDTH, 1, 2, SMALL_WIDTH, 2 * PROMPT);
              try (WorkerPool alone = new WorkerPool(1)) {
                rounds(new Transformer(config, Parameters.allocate(config), alone), control, 1);
              } catch (CancellationException | MiniLlmException e) {
                logged(e);
              }
            });
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
      rounds(Transformer.compiled(config, Parameters.allocate(config), alone), control, rounds);
    } catch (CancellationException | MiniLlmException e) {
      logged(e);
    } finally {
      Transformer.endPlain();
    }
  }

  private static void rounds(Transformer model, RunControl control, int rounds) {
    InferenceSession session = new InferenceSession(model, 2 * PROMPT, 2 * PROMPT);
    int[] tokens = new int[PROMPT + 1];
    for (int round = 0; round < rounds; round++) {
      session.truncate(0);
      session.append(tokens, 0, PROMPT, control);
      session.append(tokens, PROMPT, PROMPT + 1, control);
    }
  }

  /** The work it was for has begun, or will say itself what is wrong with the kernels. */
  private static void logged(RuntimeException e) {
    System.getLogger(WarmUp.class.getName()).log(System.Logger.Level.DEBUG, "ended early", e);
  }
}
