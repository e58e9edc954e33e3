package org.minillm.app;

import org.minillm.train.Evaluation;
import org.minillm.train.StepMetrics;
import org.minillm.train.TrainEvent;
import org.minillm.train.TrainListener;

/** Tells on what a trainer says, with the memory taken at that moment. */
final class TrainerNews implements TrainListener {
  private final TrainingWork.Listener to;
  private final ResourceMonitor monitor;

  TrainerNews(TrainingWork.Listener to, ResourceMonitor monitor) {
    this.to = to;
    this.monitor = monitor;
  }

  @Override
  public void onStep(StepMetrics s) {
    to.progress(s.totalSteps(), s.epoch(), s.etaSeconds());
    to.phase(TrainingPhase.TRAINING, (double) s.step() / s.totalSteps());
    to.point(
        new MetricsPoint(
            s.step(),
            s.tokens(),
            s.loss(),
            Double.NaN,
            Double.NaN,
            s.learningRate(),
            s.gradNorm(),
            s.tokensPerSecond(),
            rssMb(),
            s.elapsedSeconds(),
            ""),
        "");
  }

  @Override
  public void onEvaluation(Evaluation e) {
    to.point(
        new MetricsPoint(
            e.step(),
            e.tokens(),
            e.trainLoss(),
            e.valLoss(),
            e.bitsPerByte(),
            Double.NaN,
            Double.NaN,
            e.tokensPerSecond(),
            rssMb(),
            e.elapsedSeconds(),
            ""),
        e.sample());
  }

  @Override
  public void onEvent(TrainEvent event) {
    switch (event.kind()) {
      case RESUMED, NOT_BIT_EXACT, REPLAYED, DIVERGED -> to.notice(event.detail());
      case CHECKPOINT -> to.point(eventPoint(event), "");
      case ROLLED_BACK, STOPPED_EARLY -> {
        to.notice(event.detail());
        to.point(eventPoint(event), ""); // marked on the curve, as the guard's acts are
      }
      default -> {}
    }
  }

  private double rssMb() {
    return monitor.latest().rssMb();
  }

  private MetricsPoint eventPoint(TrainEvent event) {
    return MetricsPoint.ofEvent(event.step(), event.tokens(), rssMb(), event.detail());
  }

  @Override
  public void onSideWork(String what) {
    to.phase(what.equals("saving") ? TrainingPhase.SAVING : TrainingPhase.EVALUATING, Double.NaN);
  }
}
