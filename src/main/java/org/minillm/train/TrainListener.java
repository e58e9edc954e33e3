package org.minillm.train;

/** Hears a run, on the training thread; what takes long here slows the training. */
public interface TrainListener {
  default void onStep(StepMetrics metrics) {}

  default void onEvaluation(Evaluation evaluation) {}

  default void onEvent(TrainEvent event) {}

  /** What the run does now that is not a step: "evaluating" or "saving". */
  default void onSideWork(String what) {}
}
