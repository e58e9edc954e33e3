package org.minillm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;

/** Ctrl+C before and while a training runs. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainingFollowerTest {
  @TempDir private Path dir;

  private static TrainingFollower follower(MiniLlmApp app) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return new TrainingFollower(app, false, nowhere, nowhere);
  }

  @Test
  void stoppedBeforeItBeganNothingBeginsAndNobodyWaits() throws IOException {
    try (MiniLlmApp app = RoomyApp.open(dir, FrontEnd.COMMAND_LINE)) {
      TrainingFollower follower = follower(app);
      follower.stopAndWait();
      AtomicInteger begun = new AtomicInteger();
      assertFalse(follower.begin(begun::incrementAndGet));
      assertEquals(0, begun.get());
    }
  }

  @Test
  void stoppedAfterwardsItWaitsUntilAllIsTold() throws Exception {
    try (MiniLlmApp app = RoomyApp.open(dir, FrontEnd.COMMAND_LINE)) {
      TrainingFollower follower = follower(app);
      assertTrue(follower.begin(() -> {}));
      Thread hook = new Thread(follower::stopAndWait);
      hook.start();
      hook.join(200);
      assertTrue(hook.isAlive(), "it did not wait");
      follower.finish();
      hook.join();
    }
  }
}
