package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.minillm.app.ResourceReadings.CoreTicks;

class ResourceMonitorTest {
  private static final long MB = 1 << 20;
  private final FakeReadings readings = new FakeReadings();
  private final ResourceMonitor monitor = new ResourceMonitor(readings, 500 * MB);

  @Test
  void loadOfACoreIsTheBusyShareSinceTheLastReading() {
    readings.cores = List.of(new CoreTicks(100, 1000), new CoreTicks(0, 1000));
    monitor.tick();
    readings.cores = List.of(new CoreTicks(150, 1100), new CoreTicks(100, 1100));
    monitor.tick();
    assertEquals(List.of(0.5, 1.0), monitor.latest().cpu());
  }

  @Test
  void readingsAreRarerOnlyWhileNothingRunsAndTheProcessRests() {
    boolean[] nothingRuns = {true};
    monitor.restWhile(() -> nothingRuns[0]);
    assertEquals(1000, monitor.pause(), "before the first reading");
    monitor.tick();
    monitor.tick();
    assertEquals(3000, monitor.pause());
    nothingRuns[0] = false;
    assertEquals(1000, monitor.pause());
    nothingRuns[0] = true;
    readings.processCpu += 60_000_000_000L; // a minute of work since
    monitor.tick();
    assertEquals(1000, monitor.pause());
  }

  @Test
  void coreThatWentAwayGivesNoFigureInsteadOfAWrongOne() {
    monitor.tick();
    readings.cores = List.of(new CoreTicks(1, 2));
    monitor.tick();
    assertEquals(List.of(), monitor.latest().cpu());
  }

  @Test
  void pressureIsTheResidentSetOverTheBudget() {
    readings.rss = 250 * MB;
    assertEquals(0.5, monitor.readNow().pressure(), 1e-9);
    monitor.setBudget(1000 * MB);
    assertEquals(0.25, monitor.readNow().pressure(), 1e-9);
    assertThrows(IllegalArgumentException.class, () -> monitor.setBudget(0));
  }

  @Test
  void latestIsNeverOfABudgetThatWasChangedSince() {
    readings.rss = 250 * MB;
    monitor.tick();
    monitor.setBudget(1000 * MB);
    assertEquals(1000 * MB, monitor.latest().budget());
    assertEquals(0.25, monitor.latest().pressure(), 1e-9);
  }

  @Test
  void listenerThatFailsDoesNotSilenceTheOthers() {
    List<ResourceSnapshot> seen = new ArrayList<>();
    monitor.listen(
        s -> {
          throw new IllegalStateException("a listener's mistake, on purpose");
        });
    Subscription subscription = monitor.listen(seen::add);
    monitor.tick();
    assertEquals(1, seen.size());
    subscription.close();
    subscription.close();
    monitor.tick();
    assertEquals(1, seen.size());
  }

  @Test
  void anErrorWhileReadingIsNotTheEndOfTheThread() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    AtomicInteger tries = new AtomicInteger();
    FakeReadings full =
        new FakeReadings() {
          @Override
          public List<CoreTicks> cores() {
            if (tries.incrementAndGet() == 1) {
              throw new OutOfMemoryError("on purpose");
            }
            return super.cores();
          }
        };
    try (ResourceMonitor own = new ResourceMonitor(full, 500 * MB)) {
      own.listen(
          s -> {
            read.countDown();
            throw new OutOfMemoryError("on purpose, too");
          });
      own.start();
      assertTrue(read.await(10, TimeUnit.SECONDS));
      CountDownLatch again = new CountDownLatch(1);
      own.listen(s -> again.countDown());
      assertTrue(again.await(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void oneNamedDaemonThreadReads() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    AtomicReference<Thread> thread = new AtomicReference<>();
    monitor.listen(
        s -> {
          thread.set(Thread.currentThread());
          read.countDown();
        });
    monitor.start();
    monitor.start();
    assertTrue(read.await(10, TimeUnit.SECONDS));
    assertEquals("minillm-monitor", thread.get().getName());
    assertTrue(thread.get().isDaemon());
    monitor.close();
    thread.get().join(10_000);
    assertTrue(!thread.get().isAlive());
  }
}
