package org.minillm.gui.viewmodel;

import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.minillm.app.MiniLlmApp;

/** A tour with few stories and a budget that leaves the smallest shape. */
public final class SmallTour {
  private SmallTour() {}

  /**
   * @param ui runs what changes properties
   * @param stories where they are written
   */
  public static TourViewModel of(MiniLlmApp app, Executor ui, Path stories) {
    return new TourViewModel(app, ui, stories, 0.2, 64);
  }
}
