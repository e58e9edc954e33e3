package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.generate.GenerateOptions;

class WarmUpTest {
  @Test
  void endsSoonAfterItIsClosedWhateverIsLeft() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    WarmUp warmUp = WarmUp.start(begun::countDown, Integer.MAX_VALUE);
    begun.await();
    warmUp.close();
    assertTimeoutPreemptively(Duration.ofSeconds(30), warmUp::join);
  }

  @Test
  void runsWhatComesFirstOnItsOwnThread() throws InterruptedException {
    Thread[] ran = new Thread[1];
    WarmUp.start(() -> ran[0] = Thread.currentThread(), 1).join();
    assertEquals("minillm-warm-up", ran[0].getName());
    assertTrue(ran[0].isDaemon());
  }

  @Test
  void leavesTheTextOfAModelAsItIs() throws InterruptedException {
    GenerateOptions greedy = GenerateOptions.greedy().withMaxTokens(8);
    try (MiniLlm model = new MiniLlm(new Config(512, 64, 2, 4))) {
      String before = model.generate("once", greedy).text();
      model.forget();
      WarmUp warmUp = WarmUp.start(() -> {}, WarmUp.FULL);
      String during = model.generate("once", greedy).text();
      warmUp.join();
      assertEquals(before, during);
    }
  }
}
