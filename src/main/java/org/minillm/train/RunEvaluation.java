package org.minillm.train;

import java.io.IOException;
import java.util.Optional;
import org.minillm.base.RunControl;

/**
 * Evaluations of a run: loss and bits per byte on validation text, samples, the best model so far,
 * and how long there was no better one.
 */
final class RunEvaluation {
  private final TrainOptions options;
  private final Validation validation;
  private final RunMemory memory;
  private final RunProgress progress;
  private final RunFiles files;
  private final RunReport report;
  private final SampleText sample;
  private final RunControl control;
  private MeanMetrics since = new MeanMetrics();

  RunEvaluation(
      TrainOptions options,
      Validation validation,
      RunMemory memory,
      RunProgress progress,
      RunFiles files,
      RunReport report,
      SampleText sample,
      RunControl control) {
    this.options = options;
    this.validation = validation;
    this.memory = memory;
    this.progress = progress;
    this.files = files;
    this.report = report;
    this.sample = sample;
    this.control = control;
  }

  void add(StepMetrics step) {
    since.add(step);
  }

  void evaluate() throws IOException {
    report.sideWork("evaluating");
    double valLoss = Double.NaN;
    double bitsPerByte = Double.NaN;
    Optional<EvalResult> result = validation.evaluate(memory.buffers().pass(), control);
    if (result.isPresent()) {
      valLoss = result.get().loss();
      bitsPerByte = result.get().bitsPerByte();
      progress.lastBitsPerByte = bitsPerByte;
    }
    boolean best = !Double.isNaN(valLoss) && !(valLoss >= progress.bestValLoss);
    if (best) {
      progress.bestValLoss = valLoss;
      progress.staleEvaluations = 0;
      files.saveBest(memory.weights(), progress);
    } else if (!Double.isNaN(valLoss)) {
      progress.staleEvaluations++;
    }
    report.evaluation(
        new Evaluation(
            progress.step(),
            progress.tokens,
            since.loss(),
            valLoss,
            bitsPerByte,
            since.tokensPerSecond(),
            progress.elapsedSeconds,
            best,
            sample.of(memory.weights(), control)));
    since = new MeanMetrics();
  }

  /** Whether early stopping ends the run here. */
  boolean stale() {
    return options.patience() > 0 && progress.staleEvaluations >= options.patience();
  }
}
