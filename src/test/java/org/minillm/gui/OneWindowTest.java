package org.minillm.gui;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneWindowTest {
  @TempDir Path home;
  private final Semaphore knocks = new Semaphore(0);
  private final OneWindow first = new OneWindow();
  private final OneWindow second = new OneWindow();

  @AfterEach
  void close() {
    first.close();
    second.close();
  }

  private Path directory(String name) throws IOException {
    return Files.createDirectories(home.resolve(name));
  }

  @Test
  void aSecondWindowIsRefusedAndTheFirstHearsOfIt() throws Exception {
    Path chats = directory("chats");
    Path models = directory("models");
    assertTrue(first.take(chats) && first.take(models));
    first.hear(knocks::release);
    assertFalse(second.take(chats));
    assertTrue(knocks.tryAcquire(10, TimeUnit.SECONDS));
    assertFalse(second.take(models));
    assertTrue(knocks.tryAcquire(10, TimeUnit.SECONDS));
    assertTrue(second.take(directory("others")));
  }

  @Test
  void aClosedWindowLeavesItsDirectoriesToTheNext() throws Exception {
    Path chats = directory("chats");
    assertTrue(first.take(chats));
    first.hear(knocks::release);
    first.close();
    assertTrue(second.take(chats));
    second.hear(knocks::release);
  }

  @Test
  void whatAKilledWindowLeftKeepsNobodyOut() throws Exception {
    Path chats = directory("chats");
    Files.writeString(chats.resolve(OneWindow.LOCK), chats.resolve(".window.door").toString());
    Files.createFile(chats.resolve(".window.door"));
    assertTrue(first.take(chats));
    first.hear(knocks::release);
    assertFalse(second.take(chats));
    assertTrue(knocks.tryAcquire(10, TimeUnit.SECONDS));
  }

  @Test
  void oneDirectoryForBothIsNoOtherWindow() throws Exception {
    Path chats = directory("chats");
    assertTrue(first.take(chats));
    assertTrue(first.take(home.resolve("chats/../chats")));
  }

  @Test
  void whereNothingCanBeLockedTheWindowOpensAllTheSame() throws Exception {
    assertTrue(first.take(home.resolve("missing")));
    Path unlockable = directory("unlockable");
    Files.createDirectories(unlockable.resolve(OneWindow.LOCK)); // no file can be made there
    assertTrue(first.take(unlockable));
    first.hear(knocks::release);
    assertTrue(second.take(unlockable));
  }

  @Test
  void aPathThatIsTooLongForADoorStillLocks() throws Exception {
    Path deep = directory("d".repeat(60) + "/" + "e".repeat(60));
    assertTrue(first.take(deep));
    first.hear(knocks::release);
    assertFalse(second.take(deep));
  }

  @Test
  void theSecondStartOpensNoApplication() throws Exception {
    Path config = home.resolve("config.json");
    Files.writeString(config, "{\"resources\": {\"max_memory_mb\": 4096}}");
    directory("models");
    Opening opened = Opening.open(home.resolve("data"), config);
    try {
      for (String data : new String[] {"data", "other"}) { // the same chats, the same models
        Opening again = Opening.open(home.resolve(data), config);
        assertEquals(Optional.empty(), again.app(), data);
        assertEquals(Optional.empty(), again.failure(), data);
      }
    } finally {
      opened.app().orElseThrow().close();
      opened.window().close();
    }
    Opening next = Opening.open(home.resolve("other"), config);
    next.app().orElseThrow().close();
    next.window().close();
  }
}
