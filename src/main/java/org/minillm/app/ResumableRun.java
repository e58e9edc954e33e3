package org.minillm.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A training that was interrupted and can go on.
 *
 * @param dir directory of the model
 * @param step of its last checkpoint
 * @param totalSteps planned, 0 where not known
 * @param savedMillis when that was saved (milliseconds since 1970)
 */
public record ResumableRun(Path dir, String name, long step, long totalSteps, long savedMillis) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The run in {@code dir}; empty when there is none or it came to its end. */
  static Optional<ResumableRun> read(Path dir) {
    Path state = dir.resolve(ModelLibrary.CHECKPOINTS).resolve("last").resolve("state.json");
    if (!Files.isRegularFile(state)) {
      return Optional.empty();
    }
    try {
      JsonNode node = JSON.readTree(Files.readString(state));
      long step = node.path("step").asLong(-1);
      long total = node.path("total_steps").asLong(0);
      if (step < 0 || (total > 0 && step >= total)) {
        return Optional.empty();
      }
      return Optional.of(
          new ResumableRun(
              dir,
              dir.getFileName().toString(),
              step,
              total,
              Files.getLastModifiedTime(state).toMillis()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
