package org.minillm.app;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Readings made up for tests. */
public final class ResourceSnapshots {
  private ResourceSnapshots() {}

  /** A process of {@code rss} bytes, the most so far, on one core that is half busy. */
  public static ResourceSnapshot of(long rss, long budget) {
    return at(0, rss, budget);
  }

  /** The same at a time of the wall clock. */
  public static ResourceSnapshot at(long millis, long rss, long budget) {
    return new ResourceSnapshot(
        millis,
        rss,
        rss,
        0,
        rss,
        0,
        0,
        0,
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalDouble.empty(),
        List.of(0.5),
        0,
        OptionalDouble.empty(),
        Optional.empty(),
        budget,
        0);
  }
}
