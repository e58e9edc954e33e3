package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.base.MiniLlmException.Busy;

class DirectoryLockTest {
  @TempDir Path dir;

  @Test
  void secondHolderIsToldWhoHasIt() throws Exception {
    Path model = dir.resolve("a").resolve("b");
    try (DirectoryLock held = DirectoryLock.take(model)) {
      Busy busy = assertThrows(Busy.class, () -> DirectoryLock.take(model));
      assertTrue(busy.getMessage().contains(model.toString()));
    }
    DirectoryLock.take(model).close();
  }

  /** Closing any channel of a file gives back the locks that the process has on it. */
  @Test
  void askingWhetherItIsTakenDoesNotGiveItBack() throws Exception {
    assertFalse(DirectoryLock.isTaken(dir));
    try (DirectoryLock held = DirectoryLock.take(dir)) {
      assertTrue(DirectoryLock.isTaken(dir));
      assertThrows(Busy.class, () -> DirectoryLock.take(dir));
      assertFalse(anotherProcessCanLock());
    }
    assertFalse(DirectoryLock.isTaken(dir));
    assertTrue(anotherProcessCanLock());
  }

  /** The way of another program: flock of util-linux locks differently, Java locks with lockf. */
  private boolean anotherProcessCanLock() throws Exception {
    Path program = dir.resolve("Lock.java");
    Files.writeString(
        program,
        """
        import java.nio.channels.FileChannel;
        import java.nio.file.*;
        public class Lock {
          public static void main(String[] args) throws Exception {
            try (var channel = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
              System.exit(channel.tryLock() == null ? 1 : 0);
            }
          }
        }
        """);
    return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                program.toString(),
                dir.resolve(DirectoryLock.NAME).toString())
            .inheritIO()
            .start()
            .waitFor()
        == 0;
  }

  @Test
  void fileLeftByAKilledProcessDoesNotLock() throws Exception {
    Files.createFile(dir.resolve(".lock"));
    DirectoryLock.take(dir).close();
  }
}
