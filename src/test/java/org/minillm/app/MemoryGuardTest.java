package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readings are fed one at a time; the budget is 1000 MB, so a resident set of 850 MB is 85 %. */
class MemoryGuardTest {
  private static final long MB = 1 << 20;

  @TempDir Path dir;
  private final FakeReadings readings = new FakeReadings();
  private final ResourceMonitor monitor = new ResourceMonitor(readings, 1000 * MB);
  private final MemoryGuard guard = new MemoryGuard(monitor, Optional.empty());
  private final FakeWork work = new FakeWork();
  private final List<GuardAction> actions = new ArrayList<>();

  MemoryGuardTest() {
    guard.guard(work);
    guard.listen(e -> actions.add(e.action()));
  }

  /** Frees what it says; a batch of 4 that can be halved twice. */
  private final class FakeWork implements GuardedWork {
    int batch = 4;
    long trimFrees;
    long pauseFrees = 300 * MB;
    boolean paused;
    boolean released;
    boolean nothingToDo;
    CompletableFuture<Void> finished = CompletableFuture.completedFuture(null);

    @Override
    public CompletableFuture<String> trim() {
      if (batch == 1 || nothingToDo) {
        return CompletableFuture.completedFuture("");
      }
      return finished.thenApply(
          v -> {
            batch /= 2;
            readings.rss -= trimFrees;
            return "micro-batch " + 2 * batch + " to " + batch;
          });
    }

    @Override
    public CompletableFuture<String> saveAndPause() {
      if (paused || nothingToDo) {
        return CompletableFuture.completedFuture("");
      }
      return finished.thenApply(
          v -> {
            paused = true;
            readings.rss -= pauseFrees;
            return "saved";
          });
    }

    @Override
    public CompletableFuture<String> release() {
      if (released || nothingToDo) {
        return CompletableFuture.completedFuture("");
      }
      return finished.thenApply(
          v -> {
            released = true;
            readings.rss -= 50 * MB;
            return "released";
          });
    }

    @Override
    public long bytesToResume() {
      return paused ? pauseFrees + (released ? 50 * MB : 0) : 0;
    }

    @Override
    public CompletableFuture<String> resumePaused() {
      return finished.thenApply(
          v -> {
            readings.rss += bytesToResume();
            paused = false;
            released = false;
            return "resumed";
          });
    }
  }

  /** Has nothing that could be freed. */
  private static class Idle implements GuardedWork {
    @Override
    public CompletableFuture<String> trim() {
      return CompletableFuture.completedFuture("");
    }

    @Override
    public CompletableFuture<String> saveAndPause() {
      return CompletableFuture.completedFuture("");
    }

    @Override
    public CompletableFuture<String> release() {
      return CompletableFuture.completedFuture("");
    }

    @Override
    public long bytesToResume() {
      return 0;
    }

    @Override
    public CompletableFuture<String> resumePaused() {
      return CompletableFuture.completedFuture("");
    }
  }

  private void read(long megabytes, int times) {
    readings.rss = megabytes * MB;
    tick(times);
  }

  private void tick(int times) {
    for (int i = 0; i < times; i++) {
      monitor.tick();
    }
  }

  @Test
  void nothingHappensBelowTheWatchLevel() {
    read(749, 50);
    assertEquals(GuardLevel.CALM, guard.level());
    assertEquals(List.of(), actions);
  }

  @Test
  void watchesFromThreeQuarters() {
    read(750, 10);
    assertEquals(GuardLevel.WATCH, guard.level());
    assertEquals(List.of(GuardAction.WATCH), actions);
    read(719, 1);
    assertEquals(List.of(GuardAction.WATCH, GuardAction.CALM), actions);
  }

  @Test
  void levelFallsOnlyThreePointsBelowItsThreshold() {
    read(750, 1);
    read(725, 1);
    assertEquals(GuardLevel.WATCH, guard.level());
    read(850, 1);
    read(825, 1);
    assertEquals(GuardLevel.TRIM, guard.level());
    read(819, 1);
    assertEquals(GuardLevel.WATCH, guard.level());
  }

  @Test
  void trimsAtEightyFivePerCentAtOnce() {
    read(850, 1);
    assertEquals(2, work.batch);
    assertEquals(List.of(GuardAction.WATCH, GuardAction.TRIM), actions);
    assertFalse(work.paused);
  }

  @Test
  void trimsAgainWhenThePressureStaysAndStopsWhenNothingIsLeft() {
    read(860, 6);
    assertEquals(1, work.batch);
    read(860, 40);
    assertEquals(List.of(GuardAction.WATCH, GuardAction.TRIM, GuardAction.TRIM), actions);
  }

  @Test
  void oneTrimThatHelpsIsEnough() {
    work.trimFrees = 100 * MB;
    read(860, 1);
    tick(100);
    assertEquals(2, work.batch);
  }

  @Test
  void pausesAtNinetyTwoPerCentAfterATrimWasTried() {
    read(920, 1);
    assertEquals(2, work.batch);
    assertFalse(work.paused);
    read(920, 2);
    assertTrue(work.paused);
    assertTrue(guard.paused());
    assertEquals(List.of(GuardAction.WATCH, GuardAction.TRIM, GuardAction.PAUSE), actions);
  }

  @Test
  void aSinglePeakDoesNotPause() {
    read(850, 1);
    read(930, 1);
    read(800, 1);
    read(930, 1);
    read(800, 50);
    assertFalse(work.paused);
  }

  @Test
  void eventsCarryTheResidentSetBeforeAndAfter() {
    read(930, 3);
    GuardEvent event = guard.events().get(guard.events().size() - 1);
    assertEquals(GuardAction.PAUSE, event.action());
    assertEquals(930 * MB, event.rssBefore());
    assertEquals(630 * MB, event.rssAfter());
    assertEquals(0.93, event.pressure(), 1e-9);
    assertEquals("saved", event.detail());
    assertTrue(event.text().contains("resident set 930 -> 630 MB (saved)"), event.text());
  }

  @Test
  void releasesAtNinetySixPerCentAtOnceAndPausesFirst() {
    read(960, 1);
    assertTrue(work.paused);
    assertTrue(work.released);
    assertEquals("saved; released", guard.events().get(1).detail());
  }

  @Test
  void releasesAfterAPauseThatWasNotEnough() {
    work.pauseFrees = 0;
    read(930, 3);
    assertTrue(work.paused);
    read(965, 6);
    assertTrue(work.released);
    assertEquals(GuardAction.RELEASE, actions.get(actions.size() - 1));
  }

  @Test
  void resumesOnlyWhenWhatMustBeAllocatedAgainFits() {
    read(930, 3); // 630 MB stay, 300 MB are needed again: 93 %
    tick(200);
    assertTrue(work.paused);
    read(549, 2); // 84.9 %
    assertTrue(work.paused);
    tick(1);
    assertFalse(work.paused);
    assertFalse(guard.paused());
    assertEquals(GuardAction.RESUME, actions.get(actions.size() - 1));
  }

  @Test
  void exactlyEightyFivePerCentIsNotEnoughToResume() {
    read(930, 3);
    read(550, 50);
    assertTrue(work.paused);
  }

  @Test
  void raisingTheBudgetResumes() {
    read(930, 3);
    monitor.setBudget(1200 * MB);
    tick(3);
    assertFalse(work.paused);
  }

  @Test
  void loweringTheBudgetTrimsThenPauses() {
    work.trimFrees = 20 * MB;
    read(400, 5);
    assertEquals(List.of(), actions);
    monitor.setBudget(460 * MB);
    tick(1);
    assertEquals(2, work.batch);
    monitor.setBudget(400 * MB);
    tick(2);
    assertTrue(work.paused);
  }

  @Test
  void machineAtTheEdgeDoesNotSwing() {
    // Each time the work goes on, something else takes the memory it left.
    int pauses = 0;
    for (int i = 0; i < 300; i++) {
      readings.rss = (work.paused ? 500 : 930) * MB;
      boolean before = work.paused;
      tick(1);
      pauses += !before && work.paused ? 1 : 0;
    }
    assertTrue(pauses >= 2 && pauses <= 7, pauses + " pauses in 300 s");
  }

  @Test
  void anErrorOfAListenerDoesNotEndTheGuard() {
    guard.listen(
        e -> {
          throw new StackOverflowError("on purpose");
        });
    read(930, 1); // from calm: the news and the act come at once
    assertEquals(2, work.batch);
    assertEquals(List.of(GuardAction.WATCH, GuardAction.TRIM), actions);
    tick(2);
    assertTrue(guard.paused());
  }

  @Test
  void aResumeThatFailsIsTriedAgainAfterALongerWait() {
    read(930, 3);
    work.finished = CompletableFuture.failedFuture(new OutOfMemoryError("on purpose"));
    read(400, 3);
    assertTrue(guard.paused());
    GuardEvent last = guard.events().get(guard.events().size() - 1);
    assertEquals(GuardAction.RESUME, last.action());
    assertTrue(last.detail().contains("on purpose"), last.detail());
    work.finished = CompletableFuture.completedFuture(null);
    tick(5);
    assertTrue(work.paused);
    read(400, 1); // six after three
    assertFalse(work.paused);
    assertFalse(guard.paused());
  }

  @Test
  void resumeAnywayGoesOnAtHighPressureUntilItHasBeenLowOnce() {
    read(930, 3);
    guard.resumeAnyway();
    assertFalse(work.paused);
    tick(50);
    assertFalse(work.paused);
    read(800, 1);
    read(930, 3);
    assertTrue(work.paused);
  }

  @Test
  void resumeAnywayStillReleasesWhenAlmostNothingIsLeft() {
    read(930, 3);
    guard.resumeAnyway();
    read(970, 6);
    assertTrue(work.released);
  }

  @Test
  void workThatTheUserStoppedMeanwhileIsForgotten() {
    read(930, 3);
    work.paused = false;
    work.nothingToDo = true;
    tick(2);
    assertFalse(guard.paused());
  }

  @Test
  void noActBeginsWhileAnotherRuns() {
    work.finished = new CompletableFuture<>();
    read(860, 30);
    assertEquals(4, work.batch);
    work.finished.complete(null);
    assertEquals(2, work.batch);
    assertEquals(1, actions.stream().filter(a -> a == GuardAction.TRIM).count());
  }

  @Test
  void actThatFailsIsAnEventAndDoesNotStopTheGuard() {
    work.finished = CompletableFuture.failedFuture(new IllegalStateException("disk full"));
    read(860, 1);
    assertTrue(guard.events().get(1).detail().contains("disk full"));
    work.finished = CompletableFuture.completedFuture(null);
    tick(5);
    assertEquals(2, work.batch);
  }

  @Test
  void workThatThrowsAnErrorDoesNotStopTheGuard() {
    boolean[] full = {true};
    guard.guard(
        new Idle() {
          @Override
          public CompletableFuture<String> trim() {
            if (full[0]) {
              throw new OutOfMemoryError("on purpose");
            }
            return super.trim();
          }
        });
    read(860, 1);
    assertTrue(guard.events().get(1).detail().contains("on purpose"));
    full[0] = false;
    tick(5);
    assertEquals(1, work.batch);
  }

  @Test
  void withoutAnythingToDoThereIsNoActInTheLog() {
    work.nothingToDo = true;
    read(970, 60);
    assertEquals(List.of(GuardAction.WATCH), actions);
    assertFalse(guard.paused());
  }

  @Test
  void pageCacheOfTheContainerIsNotCounted() {
    // usage 990 of 1000, of which 800 is inactive file: the reading says 190
    readings.cgroup = Optional.of(new ResourceReadings.CgroupMemory("/c", 1000 * MB, 190 * MB));
    tick(5);
    assertEquals(GuardLevel.CALM, guard.level());
  }

  @Test
  void fullContainerCountsThoughTheBudgetIsFar() {
    readings.cgroup = Optional.of(new ResourceReadings.CgroupMemory("/c", 1000 * MB, 861 * MB));
    tick(1);
    assertEquals(GuardLevel.TRIM, guard.level());
    assertEquals(2, work.batch);
  }

  @Test
  void balloonOfTheMachineCountsThoughTheBudgetIsFar() {
    readings.rss = 400 * MB;
    readings.available = 5000 * MB;
    tick(1);
    assertEquals(GuardLevel.CALM, guard.level());
    readings.available = 110 * MB; // 64 MB are the reserve: 400 / 446
    tick(1);
    assertEquals(GuardLevel.TRIM, guard.level());
  }

  @Test
  void eventsAreWrittenAsJsonLines() throws Exception {
    Path log = dir.resolve("cache").resolve("guard.jsonl");
    ResourceMonitor own = new ResourceMonitor(readings, 1000 * MB);
    MemoryGuard logged = new MemoryGuard(own, Optional.of(log));
    logged.guard(new FakeWork());
    readings.rss = 930 * MB;
    own.tick();
    own.tick();
    own.tick();
    List<String> lines = Files.readAllLines(log);
    assertEquals(3, lines.size());
    assertTrue(
        lines
            .get(2)
            .contains("\"action\":\"pause\",\"rss_before_mb\":930.0,\"rss_after_mb\":630.0"),
        lines.get(2));
  }

  @Test
  void nothingIsWrittenOnceItIsClosed() throws Exception {
    Path log = dir.resolve("cache").resolve("guard.jsonl");
    ResourceMonitor own = new ResourceMonitor(readings, 1000 * MB);
    MemoryGuard logged = new MemoryGuard(own, Optional.of(log));
    FakeWork slow = new FakeWork();
    slow.finished = new CompletableFuture<>();
    logged.guard(slow);
    readings.rss = 860 * MB;
    own.tick();
    List<String> before = Files.readAllLines(log);
    logged.close();
    slow.finished.complete(null);
    assertEquals(before, Files.readAllLines(log));
  }
}
