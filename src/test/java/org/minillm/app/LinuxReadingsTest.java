package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.ResourceReadings.CgroupMemory;
import org.minillm.app.ResourceReadings.CoreTicks;

/** Fake trees of {@code /proc} and {@code /sys/fs/cgroup}. */
class LinuxReadingsTest {
  private static final long MB = 1 << 20;
  private static final String NONE_V1 = "9223372036854771712";

  @TempDir Path root;

  private void file(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private LinuxReadings readings() {
    return new LinuxReadings(root);
  }

  private void version2(String dir, String max, long currentMb, long inactiveMb)
      throws IOException {
    String at = "sys/fs/cgroup" + dir + "/";
    file(at + "memory.max", max + "\n");
    file(at + "memory.current", currentMb * MB + "\n");
    file(
        at + "memory.stat",
        "anon 1000\nfile 2000\ninactive_anon 5\nactive_file 7\ninactive_file "
            + inactiveMb * MB
            + "\n");
  }

  private void version1(String dir, String limit, long usageMb, long inactiveMb)
      throws IOException {
    String at = "sys/fs/cgroup/memory" + dir + "/";
    file(at + "memory.limit_in_bytes", limit + "\n");
    file(at + "memory.usage_in_bytes", usageMb * MB + "\n");
    file(
        at + "memory.stat",
        "cache 1\ninactive_file 0\ntotal_inactive_file " + inactiveMb * MB + "\n");
  }

  @Test
  void readsTheResidentSetInBytes() throws Exception {
    file(
        "proc/self/status",
        "Name:\tjava\nVmPeak:\t  999 kB\nVmHWM:\t  300000 kB\nVmRSS:\t  204800 kB\n"
            + "RssAnon:\t  104448 kB\nRssFile:\t  100352 kB\n");
    assertEquals(
        new ResourceReadings.ProcessMemory(200 * MB, 102 * MB, 98 * MB, 300000 * 1024L),
        readings().process());
  }

  @Test
  void readsWhatTheMachineCanGive() throws Exception {
    file("proc/meminfo", "MemTotal:  4096 kB\nMemFree: 10 kB\nMemAvailable:  2048 kB\n");
    assertEquals(new ResourceReadings.MachineMemory(4 * MB, 2 * MB), readings().machine());
  }

  @Test
  void oldKernelWithoutMemAvailableIsEstimated() throws Exception {
    file(
        "proc/meminfo",
        "MemTotal:  4096 kB\nMemFree: 1024 kB\nBuffers: 1024 kB\nCached:  1024 kB\n");
    assertEquals(3 * MB, readings().machine().available());
  }

  @Test
  void missingFilesAreNoErrors() {
    LinuxReadings readings = readings();
    assertEquals(new ResourceReadings.ProcessMemory(0, 0, 0, 0), readings.process());
    assertEquals(new ResourceReadings.MachineMemory(0, 0), readings.machine());
    assertEquals(Optional.empty(), readings.cgroup());
    assertEquals(OptionalDouble.empty(), readings.memoryStall());
    assertEquals(List.of(), readings.cores());
    assertEquals(0, readings.processCpuNanos());
  }

  @Test
  void nonsenseIsNoError() throws Exception {
    file(
        "proc/self/status",
        "VmRSS: many kB\nVmHWM:\nRssAnon: -5 kB\nRssFile: 99999999999999999999");
    file("proc/meminfo", "\u0000\u00ff MemTotal\n");
    file("proc/self/cgroup", "0::\nnonsense\n::::\n7:memory:/../../../etc\n");
    file("proc/stat", "cpu0 a b c\ncpu1\ncpux 1 2 3\n");
    file("proc/pressure/memory", "some avg10=lots\n");
    file("proc/self/stat", "1 (x");
    file("sys/fs/cgroup/memory.max", "a lot\n");
    LinuxReadings readings = readings();
    assertEquals(new ResourceReadings.ProcessMemory(0, 0, 0, 0), readings.process());
    assertEquals(new ResourceReadings.MachineMemory(0, 0), readings.machine());
    assertEquals(Optional.empty(), readings.cgroup());
    assertEquals(OptionalDouble.empty(), readings.memoryStall());
    assertEquals(0, readings.processCpuNanos());
    assertEquals(List.of(new CoreTicks(0, 0)), readings.cores());
  }

  @Test
  void containerFullOfPageCacheHasRoom() throws Exception {
    file("proc/self/cgroup", "0::/app\n");
    version2("/app", Long.toString(1000 * MB), 990, 800);
    CgroupMemory memory = readings().cgroup().orElseThrow();
    assertEquals(1000 * MB, memory.limit());
    assertEquals(190 * MB, memory.use());
    assertEquals(810 * MB, memory.headroom());
  }

  @Test
  void maxMeansNoLimit() throws Exception {
    file("proc/self/cgroup", "0::/app\n");
    version2("/app", "max", 990, 0);
    assertEquals(Optional.empty(), readings().cgroup());
  }

  @Test
  void tightestAncestorCounts() throws Exception {
    file("proc/self/cgroup", "0::/user.slice/app.scope\n");
    version2("/user.slice/app.scope", Long.toString(500 * MB), 100, 0); // 400 left
    version2("/user.slice", Long.toString(2000 * MB), 1900, 50); // 150 left
    CgroupMemory memory = readings().cgroup().orElseThrow();
    assertEquals(150 * MB, memory.headroom());
    assertTrue(memory.path().endsWith("user.slice"));
  }

  @Test
  void limitOfTheMountItselfCounts() throws Exception {
    file("proc/self/cgroup", "0::/\n");
    version2("", Long.toString(300 * MB), 100, 0);
    assertEquals(200 * MB, readings().cgroup().orElseThrow().headroom());
  }

  @Test
  void pathOfTheHostThatIsNotMountedMeansTheMount() throws Exception {
    file("proc/self/cgroup", "0::/docker/0123456789abcdef\n");
    version2("", Long.toString(300 * MB), 120, 20);
    assertEquals(200 * MB, readings().cgroup().orElseThrow().headroom());
  }

  @Test
  void versionOneIsReadWithItsChildrensCache() throws Exception {
    file("proc/self/cgroup", "9:cpu,cpuacct:/\n5:memory:/lxc/penguin\n");
    version1("/lxc/penguin", Long.toString(800 * MB), 700, 300);
    version1("/lxc", NONE_V1, 5000, 0);
    version1("", NONE_V1, 9000, 0);
    CgroupMemory memory = readings().cgroup().orElseThrow();
    assertEquals(800 * MB, memory.limit());
    assertEquals(400 * MB, memory.use());
  }

  @Test
  void hugeNumberOfVersionOneMeansNoLimit() throws Exception {
    file("proc/self/cgroup", "5:memory:/\n");
    version1("", NONE_V1, 9000, 0);
    assertEquals(Optional.empty(), readings().cgroup());
  }

  @Test
  void hybridMachineReadsBoth() throws Exception {
    file("proc/self/cgroup", "5:memory:/a\n0::/b\n");
    version1("/a", Long.toString(900 * MB), 100, 0);
    file("sys/fs/cgroup/unified/b/memory.max", Long.toString(600 * MB));
    file("sys/fs/cgroup/unified/b/memory.current", Long.toString(100 * MB));
    assertEquals(500 * MB, readings().cgroup().orElseThrow().headroom());
  }

  @Test
  void memoryStallIsAShare() throws Exception {
    file(
        "proc/pressure/memory",
        "some avg10=12.50 avg60=1.00 avg300=0.00 total=5\nfull avg10=3.00 avg60=0 avg300=0 total=1\n");
    assertEquals(0.125, readings().memoryStall().orElseThrow(), 1e-9);
  }

  @Test
  void stallOfOurOwnCgroupComesFirst() throws Exception {
    file("proc/self/cgroup", "0::/app\n");
    file("sys/fs/cgroup/app/memory.pressure", "some avg10=50.00 avg60=0 avg300=0 total=0\n");
    file("proc/pressure/memory", "some avg10=1.00 avg60=0 avg300=0 total=0\n");
    assertEquals(0.5, readings().memoryStall().orElseThrow(), 1e-9);
  }

  @Test
  void coresCountIdleAndWaitingAsFree() throws Exception {
    file(
        "proc/stat",
        "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 10 1 5 80 4 0 0 0 0 0\ncpu1 90 0 0 10 0 0 0 0 0 0\n"
            + "intr 5\n");
    assertEquals(List.of(new CoreTicks(16, 100), new CoreTicks(90, 100)), readings().cores());
  }

  @Test
  void processTimeIsFoundBehindANameWithSpacesAndParentheses() throws Exception {
    file("proc/self/stat", "123 (ja va) x) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 1 2 3\n");
    assertEquals(3_000_000_000L, readings().processCpuNanos());
  }

  @Test
  void thisMachineTellsItsResidentSet() {
    LinuxReadings here = LinuxReadings.ofThisMachine();
    long rss = here.process().rss();
    assertTrue(rss > 20 * MB);
    assertTrue(here.process().peak() >= rss, "read afterwards, a peak only grows");
    assertTrue(here.machine().total() > here.machine().available());
    assertTrue(!here.cores().isEmpty());
  }
}
