package org.minillm.app;

import java.util.function.Consumer;

/** Reads the resources once a second on one thread and tells listeners, on that thread. */
public final class ResourceMonitor implements AutoCloseable {
  private final ResourceReadings readings;

  /**
   * @param budgetBytes the process's budget
   */
  public ResourceMonitor(ResourceReadings readings, long budgetBytes) {
    this.readings = readings;
  }

  /** Starts the thread. */
  public void start() {}

  /** The last snapshot; reads one when there is none. */
  public ResourceSnapshot latest() {
    return readNow();
  }

  /** Reads at once, on the calling thread, without telling the listeners. */
  public ResourceSnapshot readNow() {
    throw new UnsupportedOperationException("" + readings);
  }

  /** The budget, bytes. */
  public long budget() {
    return 0;
  }

  /** Changes the budget at once. */
  public void setBudget(long bytes) {}

  /** News once a second, on the monitor's thread. */
  public Subscription listen(Consumer<ResourceSnapshot> listener) {
    return () -> {};
  }

  @Override
  public void close() {}
}
