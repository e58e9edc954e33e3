package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.minillm.base.ComputeGate;

class LatestJobTest {
  private final LatestJob jobs = new LatestJob("test-latest", new ComputeGate());
  private final List<String> done = new CopyOnWriteArrayList<>();
  private final List<String> dropped = new CopyOnWriteArrayList<>();
  private final CountDownLatch began = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  @AfterEach
  void close() {
    jobs.close();
  }

  private void startEndless() throws InterruptedException {
    jobs.start(
        "endless",
        context -> {
          began.countDown();
          while (true) {
            context.control().check();
            Thread.onSpinWait();
          }
        },
        () -> dropped.add("endless"));
    assertTrue(began.await(10, TimeUnit.SECONDS));
  }

  private void last(String name) {
    jobs.start(
        name,
        context -> {
          done.add(name);
          ended.countDown();
        },
        () -> dropped.add(name));
  }

  @Test
  void whatIsAskedForLastTakesThePlaceOfWhatRunsAndWaits() throws Exception {
    startEndless();
    jobs.start("skipped", context -> done.add("skipped"), () -> dropped.add("skipped"));
    last("wanted");
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    assertTrue(done.contains("wanted"));
    assertEquals("wanted", done.get(done.size() - 1));
  }

  @Test
  void whatIsGivenUpBeforeItBeganIsTold() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    jobs.start("slow", context -> go.await(), () -> dropped.add("slow"));
    jobs.start("first", context -> done.add("first"), () -> dropped.add("first"));
    last("second");
    jobs.cancel();
    assertEquals(List.of("first", "second"), dropped);
    last("third");
    go.countDown();
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    assertEquals(List.of("third"), done);
    assertEquals(List.of("first", "second"), dropped);
  }

  @Test
  void aCancelEndsWhatRunsAndTheNextOneStarts() throws Exception {
    startEndless();
    jobs.cancel();
    last("next");
    assertTrue(ended.await(10, TimeUnit.SECONDS));
    assertEquals(List.of("next"), done);
  }

  @Test
  void aFailureDoesNotKeepTheNextOneFromStarting() throws Exception {
    jobs.start(
        "failing",
        context -> {
          throw new java.io.IOException("on purpose");
        },
        () -> dropped.add("failing"));
    last("next");
    assertTrue(ended.await(10, TimeUnit.SECONDS));
  }
}
