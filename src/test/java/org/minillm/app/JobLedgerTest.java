package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class JobLedgerTest {
  private static final long MB = 1 << 20;

  private OptionalLong planned = OptionalLong.of(300 * MB);
  private final JobLedger ledger = new JobLedger(() -> planned);

  private void heard(String name, JobState state, long step, long eta, double elapsed) {
    ledger.onSnapshot(
        new TrainingSnapshot(
            name,
            Path.of(name),
            state,
            false,
            TrainingPhase.TRAINING,
            0,
            step,
            1000,
            0,
            0,
            4,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            1e-3,
            1,
            100,
            eta,
            elapsed,
            8,
            1234,
            300,
            "",
            "",
            Optional.empty(),
            false));
  }

  private void measured(long rss) {
    ledger.measured(ResourceSnapshots.of(rss, 512 * MB));
  }

  private JobLedger.Entry first() {
    return ledger.entries().get(0);
  }

  @Test
  void whatWasPredictedStandsBesideWhatItTook() {
    measured(500 * MB); // before it began: not its own
    heard("tales", JobState.RUNNING, 0, -1, 0);
    assertEquals(-1, first().predictedSeconds());
    heard("tales", JobState.RUNNING, 5, 10, 3); // the JVM still compiles
    assertEquals(-1, first().predictedSeconds());
    heard("tales", JobState.RUNNING, 20, 98, 2.4);
    measured(250 * MB);
    measured(310 * MB);
    measured(200 * MB);
    heard("tales", JobState.RUNNING, 500, 400, 60); // later guesses do not make it better
    heard("tales", JobState.SUCCEEDED, 1000, 0, 130);
    measured(700 * MB); // after it ended
    assertEquals(
        List.of(
            new JobLedger.Entry(
                "tales", JobState.SUCCEEDED, OptionalLong.of(300 * MB), 310 * MB, 100, 130)),
        ledger.entries());
  }

  @Test
  void aRunThatIsToldAgainAfterItsEndIsNoSecondOne() {
    heard("tales", JobState.RUNNING, 1, -1, 1);
    heard("tales", JobState.CANCELLED, 1, -1, 1);
    heard("tales", JobState.CANCELLED, 1, -1, 1);
    assertEquals(1, ledger.entries().size());
  }

  @Test
  void theLastRunStandsFirstAndAResumedOneHasNoPlan() {
    heard("tales", JobState.RUNNING, 1, -1, 1);
    heard("tales", JobState.FAILED, 1, -1, 1);
    planned = OptionalLong.empty();
    heard("poems", JobState.RUNNING, 700, -1, 50);
    assertEquals(
        List.of("poems", "tales"), ledger.entries().stream().map(JobLedger.Entry::name).toList());
    assertEquals(OptionalLong.empty(), first().predictedBytes());
    heard("poems", JobState.PAUSED, 700, -1, 50);
    assertEquals(JobState.PAUSED, first().state());
  }

  @Test
  void onlyTheLastFiftyAreKept() {
    for (int i = 1; i <= 60; i++) {
      heard("run " + i, JobState.RUNNING, 1, -1, 1);
      heard("run " + i, JobState.SUCCEEDED, 1000, 0, 1);
    }
    assertEquals(50, ledger.entries().size());
    assertEquals("run 60", first().name());
    assertTrue(ledger.entries().stream().noneMatch(e -> e.name().equals("run 10")));
  }
}
