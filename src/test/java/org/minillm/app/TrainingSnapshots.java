package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;

/** Trainings made up for tests. */
public final class TrainingSnapshots {
  private TrainingSnapshots() {}

  /** Of 1,000 steps, one second after its start. */
  public static TrainingSnapshot at(long step, JobState state, double valLoss, boolean saved) {
    return made(step, state, TrainingPhase.TRAINING, valLoss, saved);
  }

  /** Before its first step. */
  public static TrainingSnapshot inPhase(TrainingPhase phase, JobState state) {
    return made(0, state, phase, Double.NaN, false);
  }

  private static TrainingSnapshot made(
      long step, JobState state, TrainingPhase phase, double valLoss, boolean saved) {
    return new TrainingSnapshot(
        "tales",
        Path.of("tales"),
        state,
        false,
        phase,
        0,
        step,
        1000,
        0,
        0,
        4,
        valLoss,
        valLoss,
        Double.NaN,
        1e-3,
        1,
        100,
        60,
        1,
        8,
        1234,
        300,
        "",
        "",
        Optional.empty(),
        saved);
  }
}
