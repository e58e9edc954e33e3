package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.minillm.base.ComputeGate;
import org.minillm.base.MiniLlmException.Busy;

class JobRunnerTest {
  private final AtomicLong clock = new AtomicLong(1_000_000_000L);
  private final JobRunner runner = new JobRunner("test-job", new ComputeGate(), clock::get);
  private final List<JobSnapshot> seen = Collections.synchronizedList(new ArrayList<>());

  JobRunnerTest() {
    runner.listen(seen::add);
  }

  @AfterEach
  void close() {
    runner.close();
  }

  private List<JobState> states() {
    return seen.stream().map(JobSnapshot::state).distinct().toList();
  }

  private void await() throws InterruptedException {
    assertTrue(runner.await(10_000));
  }

  @Test
  void jobRunsOnTheNamedThreadAndSucceeds() throws Exception {
    AtomicReference<String> name = new AtomicReference<>();
    runner.start("work", c -> name.set(Thread.currentThread().getName()));
    await();
    assertEquals("test-job", name.get());
    assertEquals(List.of(JobState.RUNNING, JobState.SUCCEEDED), states());
  }

  @Test
  void secondJobIsRefusedWithTheNameOfTheFirst() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    runner.start("the first", c -> go.await());
    Busy busy = assertThrows(Busy.class, () -> runner.start("the second", c -> {}));
    assertEquals(List.of("the first"), busy.running());
    go.countDown();
    await();
    runner.start("the second", c -> {});
    await();
    assertEquals("the second", runner.snapshot().orElseThrow().name());
  }

  @Test
  void aJobThatGivesWayIsCancelledAndTheNextRunsAfterIt() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    runner.startGivingWay(
        "a question",
        c -> {
          begun.countDown();
          go.await();
          c.control().check();
          told.add("never told");
        });
    assertTrue(begun.await(10, TimeUnit.SECONDS));
    runner.startGivingWay("another", c -> told.add("another, " + c.control().isCancelled()));
    runner.start("work", c -> told.add("work, " + c.control().isCancelled()));
    assertThrows(Busy.class, () -> runner.startGivingWay("a third", c -> {}));
    go.countDown();
    await();
    assertEquals(List.of("another, true", "work, false"), told);
    assertEquals(JobState.SUCCEEDED, runner.snapshot().orElseThrow().state());
  }

  @Test
  void failureIsKeptAndTheRunnerLivesOn() throws Exception {
    IllegalStateException problem = new IllegalStateException("on purpose");
    runner.start(
        "work",
        c -> {
          throw problem;
        });
    await();
    assertEquals(JobState.FAILED, runner.snapshot().orElseThrow().state());
    assertSame(problem, runner.snapshot().orElseThrow().failure().orElseThrow());
    runner.start("again", c -> {});
    await();
    assertEquals(JobState.SUCCEEDED, runner.snapshot().orElseThrow().state());
  }

  @Test
  void outOfMemoryFailsTheJobAndNotTheThread() throws Exception {
    runner.start(
        "work",
        c -> {
          throw new OutOfMemoryError("on purpose");
        });
    await();
    assertEquals(JobState.FAILED, runner.snapshot().orElseThrow().state());
    runner.start("again", c -> {});
    await();
  }

  @Test
  void anyErrorFailsTheJobAndNotTheThread() throws Exception {
    for (Error error : List.of(new NoClassDefFoundError("on purpose"), new AssertionError("x"))) {
      runner.start(
          "work",
          c -> {
            throw error;
          });
      await();
      assertEquals(JobState.FAILED, runner.snapshot().orElseThrow().state());
      assertSame(error, runner.snapshot().orElseThrow().failure().orElseThrow());
    }
    runner.start("again", c -> {});
    await();
    assertEquals(JobState.SUCCEEDED, runner.snapshot().orElseThrow().state());
  }

  @Test
  void listenerThatFailsDoesNotEndTheThread() throws Exception {
    runner.listen(
        s -> {
          throw new AssertionError("a listener's mistake, on purpose");
        });
    runner.start("work", c -> {});
    await();
    assertEquals(JobState.SUCCEEDED, runner.snapshot().orElseThrow().state());
  }

  @Test
  void cancelledJobEndsAtItsNextCheck() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    runner.start(
        "work",
        c -> {
          running.countDown();
          while (true) {
            c.control().check();
            Thread.onSpinWait();
          }
        });
    assertTrue(running.await(10, TimeUnit.SECONDS));
    runner.cancel();
    await();
    assertEquals(List.of(JobState.RUNNING, JobState.CANCELLED), states());
  }

  @Test
  void pauseAndResumeAreStates() throws Exception {
    CountDownLatch paused = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    runner.listen(
        s -> {
          if (s.state() == JobState.PAUSED) {
            paused.countDown();
          }
        });
    runner.start(
        "work",
        c -> {
          running.countDown();
          while (paused.getCount() > 0) {
            c.control().check();
            Thread.onSpinWait();
          }
        });
    assertTrue(running.await(10, TimeUnit.SECONDS));
    runner.pause();
    assertTrue(paused.await(10, TimeUnit.SECONDS));
    runner.resume();
    await();
    assertEquals(
        List.of(JobState.RUNNING, JobState.PAUSED, JobState.RUNNING, JobState.SUCCEEDED),
        seen.stream().map(JobSnapshot::state).toList());
  }

  @Test
  void pausedJobCanBeCancelled() throws Exception {
    CountDownLatch paused = new CountDownLatch(1);
    runner.listen(
        s -> {
          if (s.state() == JobState.PAUSED) {
            paused.countDown();
          }
        });
    runner.start(
        "work",
        c -> {
          c.control().pause();
          c.control().check();
        });
    assertTrue(paused.await(10, TimeUnit.SECONDS));
    runner.cancel();
    await();
    assertEquals(JobState.CANCELLED, runner.snapshot().orElseThrow().state());
  }

  @Test
  void snapshotsComeAtMostTenTimesASecondAndTheLastOneAlways() throws Exception {
    runner.start(
        "work",
        c -> {
          for (int i = 1; i <= 1000; i++) {
            clock.addAndGet(1_000_000); // a report every millisecond
            c.report(i / 1000.0, "step " + i);
          }
        });
    await();
    assertTrue(seen.size() <= 12, seen.size() + " snapshots in one second");
    assertTrue(seen.size() >= 10);
    JobSnapshot last = seen.get(seen.size() - 1);
    assertEquals("step 1000", last.message());
    assertEquals(1.0, last.progress());
  }

  @Test
  void timePausedIsNotTimeSpent() throws Exception {
    runner.start(
        "work",
        c -> {
          clock.addAndGet(2_000_000_000L);
          c.paused(true);
          clock.addAndGet(9_000_000_000L);
          c.paused(false);
          clock.addAndGet(1_000_000_000L);
        });
    await();
    assertEquals(3000, runner.snapshot().orElseThrow().elapsedMillis());
  }

  @Test
  void listenerMayStartTheNextJob() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    runner.listen(
        s -> {
          if (s.name().equals("one") && s.state() == JobState.SUCCEEDED) {
            runner.start("two", c -> second.countDown());
          }
        });
    runner.start("one", c -> {});
    assertTrue(second.await(10, TimeUnit.SECONDS));
    await();
  }

  @Test
  void closedRunnerTakesNoMore() {
    runner.close();
    assertThrows(Busy.class, () -> runner.start("work", c -> {}));
  }
}
