package org.minillm.format;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.BadFormat;

/**
 * Files made to harm are refused in words, with the file and the place, for less than 50 MB. As a
 * program (hostile.sh) it prints what each costs in time and memory.
 */
class HostileFilesTest {
  private static final long MOST_BYTES = 50L << 20;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void eachIsRefusedWithFileAndPlaceAndTakesLittleMemory(@TempDir Path directory)
      throws IOException {
    int count = 0;
    for (HostileFiles.Hostile hostile : HostileFiles.write(directory)) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      BadFormat e = assertThrows(BadFormat.class, () -> hostile.opening().open(), hostile.name());
      long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertTrue(bytes < MOST_BYTES, hostile.name() + " takes " + bytes);
      assertFalse(e.file().isBlank(), hostile.name());
      assertTrue(e.reason().length() > 10 && e.reason().length() < 1000, e.reason());
      assertTrue(e.offset() >= 0 || !hostile.offset(), hostile.name() + ": " + e.getMessage());
      count++;
    }
    assertTrue(count > 90, count + " files");
  }

  /** Prints a table: what, milliseconds, megabytes allocated on the reading thread, message. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("hostile");
    int count = 0;
    double slowest = 0;
    double largest = 0;
    try {
      for (HostileFiles.Hostile hostile : HostileFiles.write(directory)) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        String said = "OPENED";
        try {
          hostile.opening().open();
        } catch (BadFormat e) {
          said = e.getMessage();
        }
        double millis = (System.nanoTime() - start) / 1e6;
        double megabytes = (THREADS.getCurrentThreadAllocatedBytes() - before) / 1048576.0;
        System.out.printf(
            "%-60.60s %7.1f ms %6.1f MB  %s%n", hostile.name(), millis, megabytes, said);
        count += said.equals("OPENED") ? 0 : 1;
        slowest = Math.max(slowest, millis);
        largest = Math.max(largest, megabytes);
      }
      System.out.printf(
          "%d refused; slowest %.1f ms, most memory %.1f MB%n", count, slowest, largest);
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
