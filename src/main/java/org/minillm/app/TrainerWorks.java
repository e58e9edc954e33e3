package org.minillm.app;

import java.nio.file.Path;
import org.minillm.base.WorkerPool;

/** Trainings as they are: on files, with the trainer. */
record TrainerWorks(WorkerPool pool, ResourceMonitor monitor) implements TrainingService.Works {
  static TrainingService.Works create(WorkerPool pool, ResourceMonitor monitor) {
    return new TrainerWorks(pool, monitor);
  }

  @Override
  public TrainingWork start(TrainingRequest request) {
    return TrainerWork.fresh(request, pool, monitor);
  }

  @Override
  public TrainingWork resume(Path dir, boolean anyway) {
    return TrainerWork.resumed(dir, anyway, pool, monitor);
  }
}
