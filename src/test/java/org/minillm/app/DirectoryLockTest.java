package org.minillm.app;

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

  @Test
  void fileLeftByAKilledProcessDoesNotLock() throws Exception {
    Files.createFile(dir.resolve(".lock"));
    DirectoryLock.take(dir).close();
  }
}
