package org.minillm.app;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Threads that compute or compile leave the cores to those that draw. Java's own thread priorities
 * do nothing on Linux, but there every thread has a nice value, and {@code renice} takes a thread's
 * number. Where the system cannot, threads stay as they are.
 */
public final class Niceness {
  private static final System.Logger LOG = System.getLogger(Niceness.class.getName());

  /** About a tenth of a drawing thread's weight while both want the same core, all of it else. */
  static final int COMPUTING = 10;

  /** A third of a drawing thread's weight, and three times that of one that computes. */
  static final int COMPILING = 5;

  private static final Path THREAD = Path.of("/proc/thread-self");
  private static final Path THREADS = Path.of("/proc/self/task");

  private Niceness() {}

  /** Lowers the calling thread for good. */
  static void lowerThisThread() {
    try {
      if (Files.exists(THREAD)) {
        renice(COMPUTING, List.of(Files.readSymbolicLink(THREAD).getFileName().toString()));
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.DEBUG, "The thread keeps its priority", e);
    }
  }

  /**
   * Lowers the threads of the JVM that compile: a click that shows something new is code not yet
   * compiled, and its compilation would take a core from the one who waits for it.
   */
  public static void lowerCompilers() {
    try {
      if (Files.isDirectory(THREADS)) {
        renice(COMPILING, compilers());
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.DEBUG, "The compilers keep their priority", e);
    }
  }

  /** Numbers of the threads that compile. */
  static List<String> compilers() throws IOException {
    List<String> numbers = new ArrayList<>();
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        Path name = thread.resolve("comm");
        if (Files.exists(name) && Files.readString(name).matches("C[12] Compiler.*\\s*")) {
          numbers.add(thread.getFileName().toString());
        }
      }
    }
    return numbers;
  }

  private static void renice(int nice, List<String> threads) throws IOException {
    if (threads.isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("renice", "-n", Integer.toString(nice), "-p"));
    command.addAll(threads);
    Process renice =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      int status = renice.waitFor();
      if (status != 0) {
        LOG.log(Level.DEBUG, "renice ended with {0}", status);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
