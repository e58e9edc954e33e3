package org.minillm.app;

/**
 * How near to full memory is: the worst of three shares, 1 is full.
 *
 * <ul>
 *   <li>the process: resident set / budget
 *   <li>the cgroup: use without reclaimable page cache / limit
 *   <li>the machine: resident set / (resident set + what the machine can still give). A reserve of
 *       2 % of its memory, at most 64 MB, is not ours to take.
 * </ul>
 */
final class Pressure {
  private static final long LARGEST_RESERVE = 64L << 20;

  private Pressure() {}

  /** Pressure as {@code snapshot} would be with {@code extra} more bytes taken. */
  static double with(ResourceSnapshot s, long extra) {
    double worst = share(s.rss() + extra, s.budget());
    if (s.cgroupLimit().isPresent() && s.cgroupUse().isPresent()) {
      worst =
          Math.max(worst, share(s.cgroupUse().getAsLong() + extra, s.cgroupLimit().getAsLong()));
    }
    if (s.memTotal() > 0 && s.memAvailable() > 0) {
      long reserve = Math.min(LARGEST_RESERVE, s.memTotal() / 50);
      long reachable = s.rss() + Math.max(0, s.memAvailable() - reserve);
      worst = Math.max(worst, share(s.rss() + extra, reachable));
    }
    return worst;
  }

  private static double share(long use, long limit) {
    return limit <= 0 ? 0 : (double) use / limit;
  }
}
