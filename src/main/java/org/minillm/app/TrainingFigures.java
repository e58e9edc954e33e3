package org.minillm.app;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The figures of a run, and when they are due to be shown: at most ten times a second, averaged in
 * between, and always when the caller says so. Thread-safe.
 */
final class TrainingFigures {
  private final String name;
  private final Path outDir;
  private final LongSupplier nanoClock;

  private JobState state = JobState.NEW;
  private Optional<Throwable> failure = Optional.empty();
  private TrainingPhase phase = TrainingPhase.IDLE;
  private double phaseProgress = Double.NaN;
  private long step;
  private long totalSteps;
  private double epoch;
  private long tokens;
  private double loss = Double.NaN;
  private double valLoss = Double.NaN;
  private double bestValLoss = Double.NaN;
  private double bitsPerByte = Double.NaN;
  private double learningRate = Double.NaN;
  private double gradNorm = Double.NaN;
  private double tokensPerSecond = Double.NaN;
  private long etaSeconds = -1;
  private double elapsedSeconds;
  private int microBatch;
  private long parameters;
  private int vocabSize;
  private String notice = "";
  private String sample = "";
  private boolean saved;

  private double lossSum;
  private double speedSum;
  private int steps;
  private long lastShown;
  private boolean shown;

  TrainingFigures(String name, Path outDir, LongSupplier nanoClock) {
    this.name = name;
    this.outDir = outDir;
    this.nanoClock = nanoClock;
  }

  synchronized void job(JobState newState, Optional<Throwable> problem, double seconds) {
    state = newState;
    failure = newState.ended() ? problem : failure;
    elapsedSeconds = seconds;
  }

  /**
   * What it has saved is there to go on from.
   *
   * @param ended the step it ended at, before the last one where it was stopped at a high loss;
   *     empty for a run whose last steps were thrown away
   */
  synchronized void saved(OptionalLong ended) {
    saved = true;
    step = ended.orElse(step);
  }

  /** Why it could not go on after the guard's pause; empty since it could. */
  synchronized void failure(Optional<Throwable> problem) {
    failure = problem;
  }

  /** Whether the phase is another than before. */
  synchronized boolean phase(TrainingPhase newPhase, double fraction) {
    boolean changed = phase != newPhase;
    phase = newPhase;
    phaseProgress = fraction;
    return changed;
  }

  synchronized void model(long newParameters, int newVocabSize, int newMicroBatch) {
    parameters = newParameters;
    vocabSize = newVocabSize;
    microBatch = newMicroBatch;
  }

  synchronized void microBatch(int sequences) {
    microBatch = sequences;
  }

  synchronized void notice(String text) {
    notice = text;
  }

  synchronized void progress(long total, double epochs, long eta) {
    totalSteps = total;
    epoch = epochs;
    etaSeconds = eta;
    if (total > 0 && phase == TrainingPhase.TRAINING) {
      phaseProgress = Math.min(1, (double) step / total);
    }
  }

  synchronized void point(MetricsPoint point, String newSample) {
    step = point.step();
    tokens = point.tokens();
    if (!Double.isNaN(point.valLoss())) {
      valLoss = point.valLoss();
      bestValLoss = Double.isNaN(bestValLoss) ? valLoss : Math.min(bestValLoss, valLoss);
      bitsPerByte = point.bitsPerByte();
    } else if (!Double.isNaN(point.loss())) {
      lossSum += point.loss();
      speedSum += point.tokensPerSecond();
      steps++;
      learningRate = point.learningRate();
      gradNorm = point.gradNorm();
    }
    if (!newSample.isEmpty()) {
      sample = newSample;
    }
  }

  synchronized boolean ended() {
    return phase == TrainingPhase.ENDED;
  }

  synchronized long step() {
    return step;
  }

  synchronized long tokens() {
    return tokens;
  }

  /** A snapshot when one is due; the averages begin anew with it. */
  synchronized Optional<TrainingSnapshot> due(boolean always, boolean pausedByGuard) {
    long now = nanoClock.getAsLong();
    if (!always && shown && now - lastShown < JobRunner.QUIET_NANOS) {
      return Optional.empty();
    }
    shown = true;
    lastShown = now;
    if (steps > 0) {
      loss = lossSum / steps;
      tokensPerSecond = speedSum / steps;
      lossSum = 0;
      speedSum = 0;
      steps = 0;
    }
    return Optional.of(snapshot(pausedByGuard));
  }

  synchronized TrainingSnapshot snapshot(boolean pausedByGuard) {
    return new TrainingSnapshot(
        name,
        outDir,
        state,
        pausedByGuard,
        phase,
        phaseProgress,
        step,
        totalSteps,
        epoch,
        tokens,
        loss,
        valLoss,
        bestValLoss,
        bitsPerByte,
        learningRate,
        gradNorm,
        tokensPerSecond,
        etaSeconds,
        elapsedSeconds,
        microBatch,
        parameters,
        vocabSize,
        notice,
        sample,
        failure,
        saved);
  }
}
