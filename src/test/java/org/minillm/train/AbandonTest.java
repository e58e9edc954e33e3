package org.minillm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AbandonTest {
  @TempDir Path dir;

  @Test
  void anAbandonedRunKeepsItsLastCheckpointAndSavesNoModel() throws IOException {
    SmallRun run = new SmallRun(dir);
    Path out = dir.resolve("abandoned");
    Trainer trainer = run.start(out, SmallRun.options());
    SmallRun.weightsOf(
        trainer,
        () -> {
          if (trainer.step() == 8) {
            trainer.abandon();
            return false;
          }
          return true;
        });
    assertFalse(Files.exists(out.resolve("model.safetensors")));
    RunState state = Checkpoint.readState(Checkpoint.find(out).orElseThrow());
    assertEquals(5, state.step());
    assertFalse(state.ended());

    float[] resumed = SmallRun.weightsOf(run.resume(out), () -> true);
    float[] undisturbed = run.undisturbed(dir.resolve("whole"), SmallRun.options());
    assertArrayEquals(undisturbed, resumed);
    assertTrue(Files.exists(out.resolve("model.safetensors")));
  }
}
