package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Threads that compute leave the cores to those that draw. Java's own thread priorities do nothing
 * on Linux, but there every thread has a nice value, and {@code renice} takes a thread's number.
 */
final class Niceness {
  private static final System.Logger LOG = System.getLogger(Niceness.class.getName());

  /** About a tenth of a drawing thread's weight while both want the same core, all of it else. */
  static final int COMPUTING = 10;

  private static final Path THREAD = Path.of("/proc/thread-self");

  private Niceness() {}

  /** Lowers the calling thread for good; where the system cannot, it stays as it is. */
  static void lowerThisThread() {
    try {
      if (!Files.exists(THREAD)) {
        return;
      }
      String number = Files.readSymbolicLink(THREAD).getFileName().toString();
      Process renice =
          new ProcessBuilder("renice", "-n", Integer.toString(COMPUTING), "-p", number)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      int status = renice.waitFor();
      if (status != 0) {
        LOG.log(Level.DEBUG, "renice ended with {0}", status);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.DEBUG, "The thread keeps its priority", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
