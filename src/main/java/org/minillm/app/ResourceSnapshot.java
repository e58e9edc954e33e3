package org.minillm.app;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What the machine and the process use at one moment. All sizes in bytes; 0 where the system does
 * not tell, {@link OptionalLong#empty()} where there may be no such thing.
 *
 * @param timeMillis wall clock
 * @param rss resident set (VmRSS)
 * @param rssAnon of it, memory of our own
 * @param rssFile of it, mapped files (given back under pressure)
 * @param peakRss highest resident set so far (VmHWM)
 * @param heapUsed Java heap in use
 * @param memTotal memory of the machine
 * @param memAvailable what the machine can still give without swapping
 * @param cgroupLimit limit of the tightest cgroup above us, empty for none
 * @param cgroupUse its use without reclaimable page cache
 * @param pressureStall share of time (0 to 1) in which something waited for memory over the last 10
 *     s, where the kernel shows it
 * @param cpu load of each core, 0 to 1; empty at the first reading
 * @param processCpu cores this process kept busy since the last reading (1.5 = one and a half)
 * @param temperature of the hottest part, °C, where the system tells
 * @param battery where there is one
 * @param budget bytes the process may use
 * @param pressure the worst of resident set / budget, cgroup use / limit and the machine's lack; 1
 *     is full
 */
public record ResourceSnapshot(
    long timeMillis,
    long rss,
    long rssAnon,
    long rssFile,
    long peakRss,
    long heapUsed,
    long memTotal,
    long memAvailable,
    OptionalLong cgroupLimit,
    OptionalLong cgroupUse,
    OptionalDouble pressureStall,
    List<Double> cpu,
    double processCpu,
    OptionalDouble temperature,
    Optional<ResourceReadings.Battery> battery,
    long budget,
    double pressure) {
  public ResourceSnapshot {
    cpu = List.copyOf(cpu);
  }

  /** The resident set in MB (1,048,576 bytes). */
  public double rssMb() {
    return rss / 1048576.0;
  }

  ResourceSnapshot withPressure(double changed) {
    return new ResourceSnapshot(
        timeMillis,
        rss,
        rssAnon,
        rssFile,
        peakRss,
        heapUsed,
        memTotal,
        memAvailable,
        cgroupLimit,
        cgroupUse,
        pressureStall,
        cpu,
        processCpu,
        temperature,
        battery,
        budget,
        changed);
  }
}
