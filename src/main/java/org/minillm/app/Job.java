package org.minillm.app;

/** What a job does, on the job thread; ends by returning, by an exception, or as cancelled. */
@FunctionalInterface
public interface Job {
  /**
   * @throws java.util.concurrent.CancellationException the job ends as CANCELLED
   * @throws Exception the job fails with it
   */
  void run(JobContext context) throws Exception;
}
