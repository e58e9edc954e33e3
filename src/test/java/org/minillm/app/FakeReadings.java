package org.minillm.app;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Readings a test sets. */
class FakeReadings implements ResourceReadings {
  static final long MB = 1 << 20;
  volatile long rss = 100 * MB;
  volatile long available = 8000 * MB;
  volatile long total = 16000 * MB;
  volatile long processCpu;
  volatile Optional<CgroupMemory> cgroup = Optional.empty();
  volatile List<CoreTicks> cores = List.of(new CoreTicks(0, 0), new CoreTicks(0, 0));

  @Override
  public ProcessMemory process() {
    return new ProcessMemory(rss, rss / 2, rss / 2, rss);
  }

  @Override
  public MachineMemory machine() {
    return new MachineMemory(total, available);
  }

  @Override
  public Optional<CgroupMemory> cgroup() {
    return cgroup;
  }

  @Override
  public OptionalDouble memoryStall() {
    return OptionalDouble.empty();
  }

  @Override
  public List<CoreTicks> cores() {
    return cores;
  }

  @Override
  public long processCpuNanos() {
    return processCpu;
  }
}
