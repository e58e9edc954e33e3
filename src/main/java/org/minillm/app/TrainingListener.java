package org.minillm.app;

import org.minillm.train.CorpusSummary;

/** News of training, on the job's thread (guard events: the monitor's). Be quick, never block. */
public interface TrainingListener {
  /** At most 10 a second; the first, the last and every change of state or phase always arrive. */
  default void onSnapshot(TrainingSnapshot snapshot) {}

  /** What the files hold: once they were read, and again when their tokens were counted. */
  default void onData(CorpusSummary summary) {}

  /** Every step, evaluation and event that also goes to {@code metrics.jsonl}. */
  default void onPoint(MetricsPoint point) {}

  /**
   * A new run began or an old one was read back: draw {@link TrainingService#history(int)} afresh.
   */
  default void onHistoryReset() {}
}
