package org.minillm.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Reads {@code /proc} and {@code /sys/fs/cgroup}. Files are small and read anew each time; one that
 * is missing or says nonsense counts as "not told".
 *
 * <p>A process lives in a cgroup whose ancestors may have tighter limits, so all of them are read,
 * and the one with the smallest headroom counts: headroom = limit − (usage − inactive_file). Page
 * cache that nobody used lately is given back by the kernel before anyone is killed; counting it
 * would make a container that has just read a large file look full.
 */
public final class LinuxReadings implements ResourceReadings {
  private static final long KB = 1024;
  private static final long NANOS_PER_TICK = 10_000_000; // USER_HZ is 100 on all Linux we run on

  /** From here a v1 limit means "none": it is 2^63 rounded down to pages. */
  private static final long NO_LIMIT = 1L << 60;

  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final Pattern CORE = Pattern.compile("cpu\\d+ ");

  private final Path root;

  /**
   * @param root where {@code proc} and {@code sys} are: {@code /}, or a fake tree in tests
   */
  public LinuxReadings(Path root) {
    this.root = root;
  }

  /** This machine. */
  public static LinuxReadings ofThisMachine() {
    return new LinuxReadings(Path.of("/"));
  }

  @Override
  public ProcessMemory process() {
    List<String> lines = lines("proc/self/status");
    return new ProcessMemory(
        kilobytes(lines, "VmRSS:"),
        kilobytes(lines, "RssAnon:"),
        kilobytes(lines, "RssFile:"),
        kilobytes(lines, "VmHWM:"));
  }

  @Override
  public MachineMemory machine() {
    List<String> lines = lines("proc/meminfo");
    long available = kilobytes(lines, "MemAvailable:");
    if (available == 0) { // kernels before 3.14
      available =
          kilobytes(lines, "MemFree:") + kilobytes(lines, "Buffers:") + kilobytes(lines, "Cached:");
    }
    return new MachineMemory(kilobytes(lines, "MemTotal:"), available);
  }

  @Override
  public Optional<CgroupMemory> cgroup() {
    CgroupMemory tightest = null;
    for (Hierarchy hierarchy : hierarchies()) {
      for (Path dir = hierarchy.own();
          dir != null && dir.startsWith(hierarchy.mount());
          dir = dir.getParent()) {
        Optional<CgroupMemory> memory = hierarchy.v2() ? version2(dir) : version1(dir);
        if (memory.isPresent()
            && (tightest == null || memory.get().headroom() < tightest.headroom())) {
          tightest = memory.get();
        }
      }
    }
    return Optional.ofNullable(tightest);
  }

  @Override
  public OptionalDouble memoryStall() {
    for (Hierarchy hierarchy : hierarchies()) {
      if (hierarchy.v2()) {
        OptionalDouble own = stall(lines(hierarchy.own().resolve("memory.pressure")));
        if (own.isPresent()) {
          return own;
        }
      }
    }
    return stall(lines("proc/pressure/memory"));
  }

  @Override
  public List<CoreTicks> cores() {
    List<CoreTicks> cores = new ArrayList<>();
    for (String line : lines("proc/stat")) {
      if (!CORE.matcher(line).lookingAt()) {
        continue;
      }
      String[] words = SPACES.split(line.trim());
      long total = 0;
      long idle = 0;
      for (int i = 1; i < Math.min(words.length, 9); i++) { // user … steal; guest is inside user
        long ticks = number(words[i]).orElse(0);
        total += ticks;
        if (i == 4 || i == 5) { // idle, iowait
          idle += ticks;
        }
      }
      cores.add(new CoreTicks(total - idle, total));
    }
    return cores;
  }

  @Override
  public long processCpuNanos() {
    List<String> lines = lines("proc/self/stat");
    if (lines.isEmpty()) {
      return 0;
    }
    String line = lines.get(0); // the name in parentheses may hold spaces
    String[] words = SPACES.split(line.substring(line.lastIndexOf(')') + 1).trim());
    if (words.length < 13) {
      return 0;
    }
    return (number(words[11]).orElse(0) + number(words[12]).orElse(0)) * NANOS_PER_TICK;
  }

  @Override
  public OptionalDouble temperature() {
    double hottest = Double.NEGATIVE_INFINITY;
    for (Path zone : children("sys/class/thermal", "thermal_zone")) {
      OptionalLong thousandths = single(zone.resolve("temp"));
      // A sensor that is off says 0, −273 or worse; nothing of a computer that runs is above 150.
      double degrees = thousandths.orElse(0) / 1000.0;
      if (degrees > 0 && degrees < 150) {
        hottest = Math.max(hottest, degrees);
      }
    }
    return hottest > 0 ? OptionalDouble.of(hottest) : OptionalDouble.empty();
  }

  @Override
  public Optional<Battery> battery() {
    for (Path supply : children("sys/class/power_supply", "")) {
      OptionalLong percent = single(supply.resolve("capacity"));
      if (first(supply.resolve("type")).equals("Battery")
          && percent.isPresent()
          && !first(supply.resolve("scope")).equals("Device")) { // of a mouse or the like
        boolean discharging = first(supply.resolve("status")).equals("Discharging");
        double charge = Math.max(0, Math.min(1, percent.getAsLong() / 100.0));
        return Optional.of(new Battery(charge, !discharging));
      }
    }
    return Optional.empty();
  }

  private List<Path> children(String directory, String beginning) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries =
        Files.newDirectoryStream(root.resolve(directory), beginning + "*")) {
      entries.forEach(found::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    Collections.sort(found);
    return found;
  }

  private static String first(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? "" : lines.get(0).trim();
  }

  /** A mounted cgroup hierarchy with memory figures, and our directory in it. */
  private record Hierarchy(boolean v2, Path mount, Path own) {}

  private List<Hierarchy> hierarchies() {
    List<Hierarchy> found = new ArrayList<>();
    Path cgroupRoot = root.resolve("sys/fs/cgroup");
    for (String line : lines("proc/self/cgroup")) {
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      if (parts[0].equals("0") && parts[1].isEmpty()) {
        Path unified = cgroupRoot.resolve("unified");
        Path mount = Files.isDirectory(unified) ? unified : cgroupRoot;
        found.add(new Hierarchy(true, mount, within(mount, parts[2])));
      } else if (List.of(parts[1].split(",")).contains("memory")) {
        Path mount = cgroupRoot.resolve("memory");
        found.add(new Hierarchy(false, mount, within(mount, parts[2])));
      }
    }
    return found;
  }

  /**
   * Our directory below {@code mount}. Inside a container the path of the host may be shown though
   * only our own part is mounted: then the mount itself is ours.
   */
  private static Path within(Path mount, String path) {
    try {
      Path own = mount.resolve("." + path).normalize();
      return own.startsWith(mount) && Files.isDirectory(own) ? own : mount;
    } catch (java.nio.file.InvalidPathException e) {
      return mount;
    }
  }

  private static Optional<CgroupMemory> version2(Path dir) {
    OptionalLong limit = single(dir.resolve("memory.max"));
    OptionalLong usage = single(dir.resolve("memory.current"));
    return memory(
        dir, limit, usage, () -> field(dir.resolve("memory.stat"), "inactive_file").orElse(0));
  }

  private static Optional<CgroupMemory> version1(Path dir) {
    OptionalLong limit = single(dir.resolve("memory.limit_in_bytes"));
    OptionalLong usage = single(dir.resolve("memory.usage_in_bytes"));
    Path stat = dir.resolve("memory.stat");
    return memory(
        dir,
        limit,
        usage,
        () -> {
          OptionalLong total =
              field(stat, "total_inactive_file"); // the children's too, as in usage
          return total.isPresent() ? total.getAsLong() : field(stat, "inactive_file").orElse(0);
        });
  }

  /**
   * @param inactiveFile read only where there is a limit: most have none, and its file is long
   */
  private static Optional<CgroupMemory> memory(
      Path dir, OptionalLong limit, OptionalLong usage, LongSupplier inactiveFile) {
    if (limit.isEmpty()
        || usage.isEmpty()
        || limit.getAsLong() <= 0
        || limit.getAsLong() >= NO_LIMIT) {
      return Optional.empty();
    }
    long use = Math.max(0, usage.getAsLong() - Math.max(0, inactiveFile.getAsLong()));
    return Optional.of(new CgroupMemory(dir.toString(), limit.getAsLong(), use));
  }

  private static OptionalDouble stall(List<String> lines) {
    for (String line : lines) {
      int at = line.indexOf("avg10=");
      if (line.startsWith("some") && at >= 0) {
        String figure = line.substring(at + 6).split("\\s")[0];
        try {
          return OptionalDouble.of(Double.parseDouble(figure) / 100);
        } catch (NumberFormatException e) {
          return OptionalDouble.empty();
        }
      }
    }
    return OptionalDouble.empty();
  }

  private static OptionalLong single(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? OptionalLong.empty() : number(lines.get(0).trim());
  }

  private static OptionalLong field(Path file, String name) {
    for (String line : lines(file)) {
      if (line.startsWith(name + " ")) {
        return number(line.substring(name.length() + 1).trim());
      }
    }
    return OptionalLong.empty();
  }

  private static long kilobytes(List<String> lines, String name) {
    for (String line : lines) {
      if (line.startsWith(name)) {
        String[] words = SPACES.split(line.substring(name.length()).trim());
        long value = number(words[0]).orElse(0);
        return value > 0 && value < NO_LIMIT / KB ? value * KB : 0;
      }
    }
    return 0;
  }

  private static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) { // "max", an overflow, nonsense
      return OptionalLong.empty();
    }
  }

  private List<String> lines(String path) {
    return lines(root.resolve(path));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException | SecurityException e) {
      return List.of();
    }
  }
}
