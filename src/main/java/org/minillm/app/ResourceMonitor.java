package org.minillm.app;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.minillm.app.ResourceReadings.Battery;
import org.minillm.app.ResourceReadings.CgroupMemory;
import org.minillm.app.ResourceReadings.CoreTicks;

/**
 * Reads the resources once a second, every third second while nothing goes on, on one thread and
 * tells listeners, on that thread. All methods may be called from any thread.
 */
public final class ResourceMonitor implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ResourceMonitor.class.getName());
  private static final long PERIOD_MILLIS = 1000;
  private static final long REST_MILLIS = 3000;

  /** Cores that a process keeps busy at rest, a window's pulses and the readings themselves. */
  private static final double REST_CORES = 0.05;

  /** Temperature and battery change slowly, and asking some batteries takes milliseconds. */
  private static final int TICKS_BETWEEN_SLOW = 10;

  private final ResourceReadings readings;
  private final List<Consumer<ResourceSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private final Object lock = new Object();
  private volatile BooleanSupplier atRest = () -> false;
  private volatile long budget;
  private volatile @Nullable ResourceSnapshot latest;
  private @Nullable Thread thread;
  private boolean closed;
  private List<CoreTicks> lastCores = List.of();
  private long lastProcessCpu = -1;
  private double lastBusyCores;
  private long lastNanos;
  private int ticks;
  private volatile OptionalDouble temperature = OptionalDouble.empty();
  private volatile Optional<Battery> battery = Optional.empty();

  /**
   * @param budgetBytes the process's budget, 1 or more
   */
  public ResourceMonitor(ResourceReadings readings, long budgetBytes) {
    this.readings = readings;
    setBudget(budgetBytes);
  }

  /** Starts the thread; a second call does nothing. */
  public void start() {
    synchronized (lock) {
      if (thread == null && !closed) {
        thread = new Thread(null, this::loop, "minillm-monitor", 256 * 1024);
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  /**
   * Reads every third second while this holds and the process hardly computes.
   *
   * @param nothingRuns asked after each reading
   */
  void restWhile(BooleanSupplier nothingRuns) {
    atRest = nothingRuns;
  }

  /** Milliseconds until the next reading. */
  long pause() {
    boolean rests = latest != null && lastBusyCores < REST_CORES && atRest.getAsBoolean();
    return rests ? REST_MILLIS : PERIOD_MILLIS;
  }

  /** The last snapshot; reads one when there is none, or none since the budget was changed. */
  public ResourceSnapshot latest() {
    ResourceSnapshot snapshot = latest;
    return snapshot == null || snapshot.budget() != budget ? readNow() : snapshot;
  }

  /**
   * Reads memory at once, on the calling thread, without telling the listeners; CPU as last read.
   */
  public ResourceSnapshot readNow() {
    ResourceSnapshot before = latest;
    return read(
        before == null ? List.of() : before.cpu(), before == null ? 0 : before.processCpu());
  }

  /** The budget, bytes. */
  public long budget() {
    return budget;
  }

  /** Changes the budget at once; the next reading is made immediately. */
  public void setBudget(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("budget must be positive, is " + bytes);
    }
    budget = bytes;
    synchronized (lock) {
      lock.notifyAll();
    }
  }

  /** News at each reading, on the monitor's thread. */
  public Subscription listen(Consumer<ResourceSnapshot> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
  }

  /** Reads all and tells the listeners; the thread calls it once a second, tests when they like. */
  void tick() {
    if (ticks++ % TICKS_BETWEEN_SLOW == 0) {
      temperature = readings.temperature();
      battery = readings.battery();
    }
    long now = System.nanoTime();
    List<CoreTicks> cores = readings.cores();
    long processCpu = readings.processCpuNanos();
    double busyCores =
        lastProcessCpu < 0 || now <= lastNanos
            ? 0
            : Math.max(0, (double) (processCpu - lastProcessCpu) / (now - lastNanos));
    ResourceSnapshot snapshot = read(load(lastCores, cores), busyCores);
    lastBusyCores = busyCores;
    lastCores = cores;
    lastProcessCpu = processCpu;
    lastNanos = now;
    latest = snapshot;
    for (Consumer<ResourceSnapshot> listener : listeners) {
      try {
        listener.accept(snapshot);
      } catch (RuntimeException | Error e) { // a listener's mistake must not silence the others
        LOG.log(Level.ERROR, "A listener of the resource monitor failed", e);
      }
    }
  }

  private ResourceSnapshot read(List<Double> cpu, double processCpu) {
    ResourceReadings.ProcessMemory process = readings.process();
    ResourceReadings.MachineMemory machine = readings.machine();
    Optional<CgroupMemory> cgroup = readings.cgroup();
    Runtime runtime = Runtime.getRuntime();
    ResourceSnapshot without =
        new ResourceSnapshot(
            System.currentTimeMillis(),
            process.rss(),
            process.anon(),
            process.file(),
            process.peak(),
            runtime.totalMemory() - runtime.freeMemory(),
            machine.total(),
            machine.available(),
            cgroup.map(c -> OptionalLong.of(c.limit())).orElse(OptionalLong.empty()),
            cgroup.map(c -> OptionalLong.of(c.use())).orElse(OptionalLong.empty()),
            readings.memoryStall(),
            cpu,
            processCpu,
            temperature,
            battery,
            budget,
            0);
    return without.withPressure(Pressure.with(without, 0));
  }

  private static List<Double> load(List<CoreTicks> before, List<CoreTicks> now) {
    if (before.size() != now.size()) {
      return List.of();
    }
    List<Double> load = new ArrayList<>(now.size());
    for (int i = 0; i < now.size(); i++) {
      long total = now.get(i).total() - before.get(i).total();
      long busy = now.get(i).busy() - before.get(i).busy();
      load.add(total <= 0 ? 0.0 : Math.min(1.0, Math.max(0.0, (double) busy / total)));
    }
    return load;
  }

  /** A full heap is when the guard is needed most: nothing ends its eyes. */
  private void tickOrLog() {
    try {
      tick();
    } catch (RuntimeException | Error e) {
      try {
        LOG.log(Level.ERROR, "The resources could not be read", e);
      } catch (OutOfMemoryError full) {
        // There is no room for a word either; the next second is another try.
      }
    }
  }

  private void loop() {
    while (true) {
      tickOrLog();
      long pause = pause();
      synchronized (lock) {
        if (closed) {
          return;
        }
        try {
          lock.wait(pause);
        } catch (InterruptedException e) {
          return;
        }
        if (closed) {
          return;
        }
      }
    }
  }
}
