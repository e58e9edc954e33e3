package org.minillm.gui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OrderlyEndTest {
  private final List<String> done = new CopyOnWriteArrayList<>();

  @Test
  void aProcessThatIsToldToEndWaitsForTheWork() {
    OrderlyEnd end = new OrderlyEnd(() -> {}, 10_000);
    end.endAndWait(() -> done.add("early"));
    assertEquals(List.of("early"), done);
    end.end(() -> done.add("closed"));
    assertEquals(List.of("early"), done);
  }

  @Test
  void afterAWindowWasClosedThereIsNothingLeftToDo() {
    OrderlyEnd end = new OrderlyEnd(() -> {}, 10_000);
    end.watch();
    end.end(() -> done.add("closed"));
    end.endAndWait(() -> done.add("early"));
    assertEquals(List.of("closed"), done);
  }

  @Test
  void theProcessWaitsForAWindowThatIsBeingClosed() throws Exception {
    OrderlyEnd end = new OrderlyEnd(() -> {}, 10_000);
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Thread window =
        new Thread(
            () ->
                end.end(
                    () -> {
                      closing.countDown();
                      await(goOn);
                      done.add("closed");
                    }));
    window.start();
    assertTrue(closing.await(10, TimeUnit.SECONDS));
    Thread hook = new Thread(() -> end.endAndWait(() -> done.add("early")));
    hook.start();
    hook.join(100);
    assertTrue(hook.isAlive());
    goOn.countDown();
    hook.join(10_000);
    assertEquals(List.of("closed"), done);
    window.join(10_000);
  }

  @Test
  void whatDoesNotEndHoldsTheProcessNoLongerThanTold() {
    CountDownLatch never = new CountDownLatch(1);
    OrderlyEnd end = new OrderlyEnd(() -> {}, 50);
    end.endAndWait(() -> await(never));
    never.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
