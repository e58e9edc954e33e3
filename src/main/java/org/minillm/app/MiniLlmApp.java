package org.minillm.app;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Everything a front end needs, wired once: configuration, compute threads, monitor, guard, jobs,
 * training, chat and the model library.
 */
public final class MiniLlmApp implements AutoCloseable {
  private MiniLlmApp() {}

  /**
   * Opens the application.
   *
   * @param configFile {@code config.json}; the defaults hold where it does not exist
   * @throws org.minillm.base.MiniLlmException when it is wrong
   */
  public static MiniLlmApp open(Path configFile, FrontEnd frontEnd) throws IOException {
    throw new UnsupportedOperationException();
  }

  public FrontEnd frontEnd() {
    throw new UnsupportedOperationException();
  }

  public AppConfig config() {
    throw new UnsupportedOperationException();
  }

  /** Changes the budget at once, for monitor, guard and plans, and writes it into the file. */
  public void setMaxMemoryMb(int megabytes) throws IOException {}

  /** Changes the configuration of trainings started from now on; the file stays as it is. */
  public void setConfig(AppConfig config) {}

  public ResourceMonitor monitor() {
    throw new UnsupportedOperationException();
  }

  public MemoryGuard guard() {
    throw new UnsupportedOperationException();
  }

  public TrainingService training() {
    throw new UnsupportedOperationException();
  }

  public ChatService chat() {
    throw new UnsupportedOperationException();
  }

  public ModelLibrary library() {
    throw new UnsupportedOperationException();
  }

  /** What the process takes now, by item, for the bar of the resources pane; bytes. */
  public MemoryPlan usage() {
    throw new UnsupportedOperationException();
  }

  /** Stops what runs (training saves first) and ends all threads. */
  @Override
  public void close() {}
}
