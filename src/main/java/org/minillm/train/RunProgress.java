package org.minillm.train;

import org.jspecify.annotations.Nullable;
import org.minillm.kernel.Kernels;

/** What changes in a run with its steps, beside weights and moments. The training thread's own. */
final class RunProgress {
  private final RunState origin;
  private volatile long step;
  long tokens;

  /** The data cursor. */
  long sequences;

  double bestValLoss;
  double lastLoss;
  double lastBitsPerByte;
  double elapsedSeconds;
  int staleEvaluations;
  Steadiness steadiness;
  private double secondsAStep = Double.NaN;

  /** As a checkpoint's state says, or the state of a new run. */
  RunProgress(RunState state) {
    origin = state;
    steadiness = state.steadiness();
    elapsedSeconds = state.elapsedSeconds();
    sequences = state.sequences();
    take(state);
  }

  private void take(RunState state) {
    step = state.step();
    tokens = state.tokens();
    bestValLoss = orNaN(state.bestValLoss());
    lastLoss = orNaN(state.lastLoss());
    lastBitsPerByte = orNaN(state.lastBitsPerByte());
    staleEvaluations = state.staleEvaluations();
  }

  private static double orNaN(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  private static @Nullable Double orNull(double value) {
    return Double.isNaN(value) ? null : value;
  }

  /** Steps done; may be asked from any thread. */
  long step() {
    return step;
  }

  void stepDone(int stepSequences, long targets, double loss, double seconds) {
    step++; // only this thread writes
    sequences += stepSequences;
    tokens += targets;
    lastLoss = loss;
    elapsedSeconds += seconds;
    secondsAStep = Double.isNaN(secondsAStep) ? seconds : 0.95 * secondsAStep + 0.05 * seconds;
  }

  /**
   * Back to a checkpoint, but not with the data cursor: the sequences up to the step that diverged
   * are left out, or the same would happen again.
   */
  void goBack(RunState state, int stepSequences) {
    sequences += stepSequences;
    steadiness = steadiness.goneBack(state.steadiness());
    take(state);
  }

  /**
   * Back to a checkpoint, to make the steps after it once more: the same ones, unless the run has
   * come back to it before, since then the rate is lower and the data goes on where it is.
   */
  void repeatFrom(RunState state) {
    if (steadiness.rollbacks() > state.steadiness().rollbacks()) {
      steadiness = steadiness.repeating(state.steadiness());
    } else {
      sequences = state.sequences();
      steadiness = state.steadiness();
    }
    take(state);
  }

  /** Seconds for that many steps at the speed of late. */
  long etaSeconds(long steps) {
    return Math.round(steps * secondsAStep);
  }

  RunState state(long totalSteps, int threads, RunState.@Nullable Replay replay) {
    return new RunState(
        origin.name(),
        origin.files(),
        origin.validationFraction(),
        origin.options(),
        step,
        totalSteps,
        tokens,
        sequences,
        orNull(bestValLoss),
        orNull(lastLoss),
        orNull(lastBitsPerByte),
        elapsedSeconds,
        origin.dataFingerprint(),
        RunState.jdkNow(),
        Kernels.best().description(),
        threads,
        staleEvaluations,
        steadiness,
        replay,
        origin.fineTuning(),
        origin.baseChecksum(),
        0,
        0);
  }
}
