package org.minillm.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.DoubleSupplier;

/** Tells what happens in a run, to its log and to its listener. */
final class RunReport implements AutoCloseable {
  private final RunProgress progress;
  private final TrainListener listener;
  private final DoubleSupplier rssMb;
  private final MetricsLog log;

  RunReport(Path directory, RunProgress progress, TrainListener listener, DoubleSupplier rssMb)
      throws IOException {
    this.progress = progress;
    this.listener = listener;
    this.rssMb = rssMb;
    log = new MetricsLog(directory);
  }

  void step(StepMetrics metrics) {
    log.step(metrics, rssMb.getAsDouble());
    listener.onStep(metrics);
  }

  void evaluation(Evaluation evaluation) {
    log.evaluation(evaluation, rssMb.getAsDouble());
    listener.onEvaluation(evaluation);
  }

  void event(TrainEvent.Kind kind, String detail) {
    if (kind != TrainEvent.Kind.CHECKPOINT) {
      log(detail);
    }
    listener.onEvent(new TrainEvent(progress.step(), progress.tokens, kind, detail));
  }

  /** A line of the log alone. */
  void log(String event) {
    log.event(progress.step(), progress.tokens, progress.elapsedSeconds, event);
  }

  void sideWork(String what) {
    listener.onSideWork(what);
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
