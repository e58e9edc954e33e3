package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.minillm.base.ComputeGate;
import org.minillm.base.WorkerPool;

/** Threads that compute beside a window give way, and no other thread does. */
class NicenessTest {
  /** The nice value, the 19th field of the thread's stat; the name before it may hold anything. */
  private static int nice() {
    return nice(Path.of("/proc/thread-self/stat"));
  }

  private static int nice(Path file) {
    try {
      String stat = Files.readString(file);
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void onlyTheThreadThatAsksIsLowered() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/thread-self/stat")));
    int before = nice();
    List<Integer> seen = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              Niceness.lowerThisThread();
              seen.add(nice());
            });
    thread.start();
    thread.join();
    assertEquals(List.of(Math.min(19, before + Niceness.COMPUTING)), seen);
    assertEquals(before, nice());
  }

  @Test
  void compilersAreLoweredAndNoOtherThreadIs() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/thread-self/stat")));
    int before = nice();
    List<String> compilers = Niceness.compilers();
    assertFalse(compilers.isEmpty());
    Niceness.lowerCompilers();
    for (String number : compilers) {
      assertTrue(
          nice(Path.of("/proc/self/task", number, "stat"))
              >= Math.min(19, before + Niceness.COMPILING));
    }
    assertEquals(before, nice());
  }

  @Test
  void workersAndJobsArriveOnceBeforeTheyWork() throws Exception {
    List<String> arrived = Collections.synchronizedList(new ArrayList<>());
    Runnable arrival = () -> arrived.add(Thread.currentThread().getName());
    try (WorkerPool pool = new WorkerPool(2, arrival);
        JobRunner jobs = new JobRunner("test-job", new ComputeGate(arrival))) {
      CountDownLatch bothWork = new CountDownLatch(2);
      pool.run(
          2,
          i -> {
            bothWork.countDown();
            awaitFor10Seconds(bothWork);
          });
      jobs.start("first", job -> {});
      jobs.await(10_000);
      jobs.start("second", job -> {});
      jobs.await(10_000);
    }
    Collections.sort(arrived);
    assertEquals(List.of("minillm-compute-1", "test-job"), arrived);
  }

  /** A pool that closes does not wait for a worker that has not begun: this makes each begin. */
  private static void awaitFor10Seconds(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS), "a thread of the pool never worked");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
