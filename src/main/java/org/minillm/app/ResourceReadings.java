package org.minillm.app;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Where the measured figures come from; a fake one feeds the tests. Sizes in bytes. Nothing here
 * throws: what the system does not tell is 0 or empty.
 */
public interface ResourceReadings {
  /** Memory of this process. */
  ProcessMemory process();

  /** Memory of the machine. */
  MachineMemory machine();

  /** The cgroup with the smallest headroom, of ours and its ancestors; empty without a limit. */
  Optional<CgroupMemory> cgroup();

  /** Share of time (0 to 1) in which something waited for memory, over the last 10 s. */
  OptionalDouble memoryStall();

  /** Ticks of each core since the machine started. */
  List<CoreTicks> cores();

  /** CPU time of this process, in nanoseconds. */
  long processCpuNanos();

  /** The hottest part that the system tells of, °C; empty where it tells of none. */
  default OptionalDouble temperature() {
    return OptionalDouble.empty();
  }

  /** The battery; empty without one. */
  default Optional<Battery> battery() {
    return Optional.empty();
  }

  /**
   * A battery.
   *
   * @param charge 0 to 1
   * @param charging whether it is on the mains
   */
  record Battery(double charge, boolean charging) {}

  /** VmRSS, RssAnon, RssFile and VmHWM. */
  record ProcessMemory(long rss, long anon, long file, long peak) {}

  /** MemTotal and MemAvailable. */
  record MachineMemory(long total, long available) {}

  /**
   * A cgroup's limit and its use without {@code inactive_file}.
   *
   * @param path for the log
   */
  record CgroupMemory(String path, long limit, long use) {
    public long headroom() {
      return limit - use;
    }
  }

  /** Ticks a core spent working and in all. */
  record CoreTicks(long busy, long total) {}
}
