package org.minillm.gui.viewmodel;

import java.util.Optional;
import org.minillm.app.JobState;
import org.minillm.app.TrainingPhase;
import org.minillm.app.TrainingSnapshot;

/** The states of the training pane; each looks different. */
public enum TrainingFace {
  /** Nothing was trained yet. */
  NOTHING,
  /** Reads the text, learns the tokenizer, allocates. */
  LOADING,
  RUNNING,
  PAUSED,
  PAUSED_BY_GUARD,
  FAILED,
  /** Stopped by the user, saved. */
  STOPPED,
  /** Stopped by the user before there was anything to save. */
  UNSAVED,
  FINISHED;

  /** The face of a training. */
  public static TrainingFace of(Optional<TrainingSnapshot> training) {
    if (training.isEmpty()) {
      return NOTHING;
    }
    TrainingSnapshot s = training.get();
    if (s.state() == JobState.FAILED) {
      return FAILED;
    }
    if (s.state() == JobState.CANCELLED) {
      return s.saved() ? STOPPED : UNSAVED;
    }
    if (s.state() == JobState.SUCCEEDED) {
      return FINISHED;
    }
    if (s.pausedByGuard()) {
      return PAUSED_BY_GUARD;
    }
    if (s.state() == JobState.PAUSED) {
      return PAUSED;
    }
    return begun(s) ? RUNNING : LOADING;
  }

  /** Whether it has come to its first step, so that a stop saves it. */
  static boolean begun(TrainingSnapshot s) {
    return s.step() > 0
        || s.phase() == TrainingPhase.TRAINING
        || s.phase() == TrainingPhase.EVALUATING;
  }

  /** Whether a training is under way, paused or not. */
  public boolean busy() {
    return this == LOADING || this == RUNNING || this == PAUSED || this == PAUSED_BY_GUARD;
  }
}
