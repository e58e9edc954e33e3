package org.minillm.app;

import java.nio.file.Path;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.WorkerPool;

/** Trainings by {@code train.Trainer}. */
final class TrainerWorks {
  private TrainerWorks() {}

  static TrainingService.Works create(WorkerPool pool, ResourceMonitor monitor) {
    return new TrainingService.Works() {
      @Override
      public TrainingWork start(TrainingRequest request) {
        throw new BadInput("training", "the trainer is being written " + pool + monitor);
      }

      @Override
      public TrainingWork resume(Path dir) {
        throw new BadInput("training", "the trainer is being written");
      }
    };
  }
}
