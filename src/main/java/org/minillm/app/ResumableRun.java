package org.minillm.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.minillm.base.MiniLlmException;
import org.minillm.train.Checkpoint;
import org.minillm.train.RunState;

/**
 * A training that was interrupted and can go on.
 *
 * @param dir directory of the model
 * @param step of its last checkpoint
 * @param totalSteps planned, 0 where not known
 * @param savedMillis when that was saved (milliseconds since 1970)
 */
public record ResumableRun(Path dir, String name, long step, long totalSteps, long savedMillis) {
  /**
   * The run in {@code dir}; empty when there is none, when it came to its end, and while a training
   * of this process or another one writes it.
   */
  static Optional<ResumableRun> read(Path dir) {
    Optional<Path> checkpoint = Checkpoint.locate(dir);
    if (checkpoint.isEmpty() || DirectoryLock.isTaken(dir)) {
      return Optional.empty();
    }
    try {
      RunState state = Checkpoint.readState(checkpoint.get());
      if (state.ended()) {
        return Optional.empty();
      }
      return Optional.of(
          new ResumableRun(
              dir,
              dir.getFileName().toString(),
              state.step(),
              state.totalSteps(),
              Files.getLastModifiedTime(checkpoint.get()).toMillis()));
    } catch (IOException | MiniLlmException e) { // not whole: nothing to go on from
      return Optional.empty();
    }
  }
}
