package org.minillm.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The buffer between the engine and a client. */
class GenerationTest {
  @Test
  void aFullBufferDropsTheClientAndTheEngineNeverWaits() {
    AtomicInteger drops = new AtomicInteger();
    AtomicInteger pieces = new AtomicInteger();
    Generation generation =
        new Generation(
            (listener, control) -> {
              while (true) {
                control.check();
                pieces.incrementAndGet();
                listener.onText("four");
              }
            },
            true,
            20,
            -1,
            drops::incrementAndGet);
    generation.run(); // on this very thread: it would hang if the engine waited
    assertEquals(6, pieces.get());
    assertEquals(1, drops.get());
    assertThrows(CancellationException.class, generation::reply);
  }

  @Test
  void oneThatWasCancelledBeforeItsTurnDoesNothing() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    Generation generation =
        new Generation(
            (listener, control) -> {
              runs.incrementAndGet();
              throw new IllegalStateException("not reached");
            },
            true,
            20,
            -1,
            () -> {});
    generation.cancel();
    generation.run();
    assertEquals(0, runs.get());
    assertTrue(generation.await(1).ended());
    assertThrows(CancellationException.class, generation::reply);
  }
}
